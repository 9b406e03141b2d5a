/** `kubeadm certs check-expiration`: what stands in the node's files. Upstream: cmd/kubeadm/app/cmd/certs.go. */
import { decodeBase64 } from "../../../base/base64.ts";
import type { FileSystem } from "../../../base/program.ts";
import { HOUR } from "../../../base/time.ts";
import { parseCertificate } from "../../../base/x509/certificate.ts";
import { firstEntries, OWNERS } from "../kubeconfig-files.ts";
import type { NodeHost } from "../node-host.ts";
import { PKI, pkiLeaves } from "../pki-files.ts";
import { table } from "../text-table.ts";
import { adminClient } from "./admin-client.ts";
import { readingConfiguration } from "./cluster-configuration.ts";
import type { Subcommand } from "./subcommand.ts";

const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

export const expirations: Subcommand = {
  flags: "",
  *run(call) {
    adminClient(call);
    yield* call.out(`${readingConfiguration("check-expiration")}\n${expirationTables(call.host)}`);
    return 0;
  },
};

function expirationTables({ kubelet }: NodeHost): string {
  const { disk, sim, node } = kubelet;
  const row = (name: string, text: string | undefined, rest: readonly string[]): string[] => {
    const end = text === undefined ? undefined : parseCertificate(text)?.notAfter;
    if (end === undefined) return [`!MISSING! ${name}`, "", "", ...rest.map(() => "")];
    return [name, dateText(end), residual(end - sim.now), ...rest];
  };
  const leaves = pkiLeaves({ node: node.name, address: node.address }).map(({ file, name, authority }) =>
    row(name, read(disk, `${PKI}/${file}.crt`), [authority, "no      "]),
  );
  const configs = Object.keys(OWNERS).map((name) => row(name, embedded(disk, name), ["ca", "no      "]));
  const rows = [...leaves, ...configs].sort(([a = ""], [b = ""]) => (bare(a) < bare(b) ? -1 : 1));
  const authorities = ["ca", "etcd/ca", "front-proxy-ca"].map((file) =>
    row(file.replace("/", "-"), read(disk, `${PKI}/${file}.crt`), ["no      "]),
  );
  return [
    table([["CERTIFICATE", "EXPIRES", "RESIDUAL TIME", "CERTIFICATE AUTHORITY", "EXTERNALLY MANAGED"], ...rows]),
    "\n",
    table([["CERTIFICATE AUTHORITY", "EXPIRES", "RESIDUAL TIME", "EXTERNALLY MANAGED"], ...authorities]),
  ].join("");
}

function bare(name: string): string {
  return name.replace("!MISSING! ", "");
}

function read(disk: FileSystem, path: string): string | undefined {
  return disk.exists(path) ? disk.readFile(path) : undefined;
}

/** The certificate in a kubeconfig. */
function embedded(disk: FileSystem, name: string): string | undefined {
  const text = read(disk, `/etc/kubernetes/${name}`);
  const data = text === undefined ? undefined : firstEntries(text).user["client-certificate-data"];
  return typeof data === "string" ? decodeBase64(data) : undefined;
}

/** `Dec 30, 2026 00:00 UTC` */
function dateText(ms: number): string {
  const [, day = "", month = "", year = "", time = ""] = new Date(ms).toUTCString().split(" ");
  return `${month} ${day}, ${year} ${time.slice(0, 5)} UTC`;
}

function residual(ms: number): string {
  if (ms <= 0) return "<invalid>";
  if (ms >= 2 * YEAR) return `${Math.floor(ms / YEAR)}y`;
  if (ms >= 2 * DAY) return `${Math.floor(ms / DAY)}d`;
  return ms >= HOUR ? `${Math.floor(ms / HOUR)}h` : `${Math.floor(ms / 60_000)}m`;
}
