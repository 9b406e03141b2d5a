import { PKI, pkiLeaves } from "../pki-files.ts";
import { signedFor } from "./init-phases.ts";
import type { KubeadmCall } from "./subcommand.ts";

/** In upstream's order; each file is made beside its key. */
const CERTIFICATES = [
  "ca",
  "apiserver",
  "apiserver-kubelet-client",
  "front-proxy-ca",
  "front-proxy-client",
  "etcd/ca",
  "etcd/server",
  "etcd/peer",
  "etcd/healthcheck-client",
  "apiserver-etcd-client",
] as const;
/** `names`: of the API server besides its own. `present`: those that are there already. */
export function certificatesText(
  { host }: KubeadmCall,
  names: readonly string[],
  present: readonly string[] = [],
): string {
  const { address, name } = host.kubelet.node;
  const [server] = pkiLeaves({ node: name, address });
  const signed: Readonly<Record<string, string>> = {
    apiserver: signedFor([...(server?.alternativeNames ?? []), ...names]),
    "etcd/server": `DNS names [${name} localhost] and IPs [${address} 127.0.0.1 ::1]`,
    "etcd/peer": `DNS names [${name} localhost] and IPs [${address} 127.0.0.1 ::1]`,
  };
  const lines = CERTIFICATES.filter((file) => !present.includes(file)).flatMap((file) => [
    `[certs] Generating ${JSON.stringify(file)} certificate and key\n`,
    ...(signed[file] === undefined ? [] : [`[certs] ${file} serving cert is signed for ${signed[file]}\n`]),
  ]);
  return `[certs] Using certificateDir folder ${JSON.stringify(PKI)}\n${lines.join("")}`;
}
