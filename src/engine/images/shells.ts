/** Images that bring a userland and little else. */
import type { ImageProgram } from "../runtime/containers/image.ts";
import { digBefore918 } from "../userland/commands/dig.ts";
import { nslookupAs } from "../userland/commands/nslookup.ts";
import { socat } from "../userland/commands/socat.ts";
import { openssl } from "../userland/openssl.ts";
import { shellProgram } from "../userland/shell/main.ts";
import { defineImage } from "./define-image.ts";
import { alpineFiles, debianFiles, ubuntuFiles } from "./os-release.ts";
import { mtr } from "../userland/packet-tools/mtr.ts";
import { nmap } from "../userland/packet-tools/nmap.ts";
import { packetTools } from "../userland/packet-tools/registry.ts";
import { tags } from "./tags.ts";

export const busybox = defineImage({
  name: "docker.io/library/busybox",
  tags: tags(
    2.2,
    "latest 1 1.26..37 1.28.0..4 1.29.0..3 1.30.0..1 1.31.0..1 1.32.0..1 1.33.0..1 1.34.0..1 1.35.0 1.36.0..1 1.37.0 stable glibc musl uclibc",
    ["", "-glibc", "-musl", "-uclibc"],
  ),
  cmd: ["sh"],
  userland: "busybox",
  programs: (tag) => (/^1\.2[0-8](\D|$)/.test(tag) ? olderNslookup() : {}),
});

/** Up to 1.28 busybox' nslookup asked the C library. */
export function olderNslookup(): Readonly<Record<string, ImageProgram>> {
  return { "/bin/nslookup": { kind: "program", run: nslookupAs("busybox-1.28") } };
}

export const alpine = defineImage({
  name: "docker.io/library/alpine",
  tags: tags(3.8, "latest 3 3.6..22 3.18.0..12 3.19.0..8 3.20.0..7 3.21.0..4 3.22.0..2 edge"),
  cmd: ["/bin/sh"],
  userland: "busybox",
  filesOf: alpineFiles,
});

export const debian = defineImage({
  name: "docker.io/library/debian",
  tags: tags(
    49.3,
    "latest 11 12 13 bullseye bookworm trixie stable bullseye-slim bookworm-slim trixie-slim stable-slim",
  ),
  cmd: ["bash"],
  userland: "debian",
  filesOf: debianFiles,
});

/** What empties volumes that are recycled. */
export const debianBase = defineImage({
  name: "registry.k8s.io/build-image/debian-base",
  tags: tags(21, "bookworm-v1.0.7"),
  cmd: ["sh"],
  userland: "debian",
});

export const ubuntu = defineImage({
  name: "docker.io/library/ubuntu",
  tags: tags(29.7, "latest 20.04 22.04 24.04 25.04 focal jammy noble"),
  cmd: ["/bin/bash"],
  userland: "debian",
  filesOf: ubuntuFiles,
});

export const bash = defineImage({
  name: "docker.io/library/bash",
  tags: tags(6.6, "latest 4 4.4 5 5.0 5.1 5.1.16 5.2 5.2.15 5.2.21 5.2.37 5.3 5.3.0..3 devel", ["", "-alpine3.22"]),
  cmd: ["bash"],
  // **Simplified:** Debian's tools, because busybox' bring no bash.
  userland: "debian",
  programs: () => ({ "/usr/local/bin/bash": { kind: "program", run: shellProgram({ dialect: "bash" }) } }),
});

/** Arguments that name no command of the image are curl's. */
const CURL_ENTRYPOINT = `#!/bin/sh
if [ "\${1#-}" != "$1" ] || ! command -v "$1" >/dev/null; then
  set -- curl "$@"
fi
exec "$@"
`;

export const curl = defineImage({
  name: "docker.io/curlimages/curl",
  tags: tags(9.6, "latest 7.88.1 8.00.1 8.5.0 8.10.1 8.12.1 8.14.1 8.15.0 8.16.0"),
  entrypoint: ["/entrypoint.sh"],
  cmd: ["curl"],
  files: { "/entrypoint.sh": CURL_ENTRYPOINT },
  user: 100,
  userland: "busybox",
});

export const dnsutils = defineImage({
  name: "registry.k8s.io/e2e-test-images/jessie-dnsutils",
  tags: tags(111.6, "1.3 1.7"),
  cmd: ["sleep", "infinity"],
  userland: "debian",
  programs: () => ({
    "/usr/bin/nslookup": { kind: "program", run: nslookupAs("bind-9.9") },
    "/usr/bin/dig": { kind: "program", run: digBefore918() },
  }),
});

/** Alpine with what one looks into networks with. */
export const netshoot = defineImage({
  name: "docker.io/nicolaka/netshoot",
  tags: tags(204, "latest v0.13 v0.14"),
  cmd: ["bash"],
  // **Simplified:** Debian's tools, because busybox' bring no bash.
  userland: "debian",
  programs: () =>
    Object.fromEntries(
      [
        ...packetTools("debian"),
        ["/usr/bin/openssl", openssl] as const,
        [nmap.path, nmap.program("debian")] as const,
        [mtr.path, mtr.program("debian")] as const,
        ["/usr/bin/socat", socat] as const,
      ].map(([path, run]) => [path, { kind: "program" as const, run }]),
    ),
});

export const alpineOpenssl = defineImage({
  name: "docker.io/alpine/openssl",
  tags: tags(8.5, "latest 3.3.3 3.5.1 3.5.4"),
  entrypoint: ["openssl"],
  userland: "busybox",
  programs: () => ({ "/usr/bin/openssl": { kind: "program", run: openssl } }),
});

export const alpineSocat = defineImage({
  name: "docker.io/alpine/socat",
  tags: tags(4.2, "latest 1.7.4.4 1.8.0.0..3"),
  entrypoint: ["socat"],
  userland: "busybox",
  programs: () => ({ "/usr/bin/socat": { kind: "program", run: socat } }),
});
