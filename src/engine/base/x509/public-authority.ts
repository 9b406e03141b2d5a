import { CertificateAuthority } from "./certificate.ts";

const FROM = Date.UTC(2025, 0, 1);
const UNTIL = Date.UTC(2035, 0, 1);

let authority: CertificateAuthority | undefined;

/** Who signs for the simulated internet's hosts: every machine's store of authorities has it. */
export function publicAuthority(): CertificateAuthority {
  authority ??= new CertificateAuthority(
    [
      ["O", "Drydock"],
      ["CN", "Drydock Internet CA"],
    ],
    { secret: "internet", notBefore: FROM, notAfter: UNTIL },
  );
  return authority;
}
