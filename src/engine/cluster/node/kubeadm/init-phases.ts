/**
 * `kubeadm init phase …`: single steps of init, run again on a node. Upstream: cmd/kubeadm/app/cmd/phases/init.
 *
 * **Simplified:** the authorities are the cluster's own ones: one that is made again is the same.
 */
import type { Call } from "../../../base/syscalls.ts";
import { MANIFESTS } from "../node-manifests.ts";
import { NEWEST, RELEASES } from "../../releases.ts";
import { OWNERS, ownerKubeconfig } from "../kubeconfig-files.ts";
import { issue, PKI, pkiLeaves } from "../pki-files.ts";
import { adminClient } from "./admin-client.ts";
import { withExtras } from "./manifest-extras.ts";
import type { Extras } from "./manifest-extras.ts";
import { KubeadmError } from "./subcommand.ts";
import type { KubeadmCall, Subcommand } from "./subcommand.ts";
import { uploadCertificates } from "./upload-certs.ts";

/** In upstream's order, by the names of the phases; `sa` comes behind them. */
const CERTIFICATES: Readonly<Record<string, string>> = {
  ca: "ca",
  apiserver: "apiserver",
  "apiserver-kubelet-client": "apiserver-kubelet-client",
  "front-proxy-ca": "front-proxy-ca",
  "front-proxy-client": "front-proxy-client",
  "etcd-ca": "etcd/ca",
  "etcd-server": "etcd/server",
  "etcd-peer": "etcd/peer",
  "etcd-healthcheck-client": "etcd/healthcheck-client",
  "apiserver-etcd-client": "apiserver-etcd-client",
};
const KUBECONFIGS = ["admin", "super-admin", "kubelet", "controller-manager", "scheduler"];
const COMPONENTS: Readonly<Record<string, string>> = {
  apiserver: "kube-apiserver",
  "controller-manager": "kube-controller-manager",
  scheduler: "kube-scheduler",
};

/** The phase's operand, one of `names` or `all`. */
export function which({ operands }: KubeadmCall, phase: string, names: readonly string[]): string {
  const [name] = operands;
  if (name === undefined) throw new KubeadmError(`missing subcommand; "${phase}" is not meant to be run on its own`);
  if (name === "all" || names.includes(name)) return name;
  throw new KubeadmError(`unknown command ${JSON.stringify(name)} for "kubeadm init phase ${phase}"`);
}

export function asRoot(call: KubeadmCall, phase: string, path: string): void {
  if (!call.host.isControlPlane && !call.host.isBare) {
    throw new KubeadmError(
      `init phase ${phase} is not simulated on ${call.host.name}: in this preset the control plane is elsewhere`,
    );
  }
  if (call.privilegeProblem.length > 0) {
    throw new KubeadmError(`error execution phase ${phase}: open ${path}: permission denied`);
  }
}

function write(call: KubeadmCall, path: string, text: string): void {
  const { disk } = call.host.kubelet;
  disk.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
  disk.writeFile(path, text, { mode: path.endsWith(".crt") || path.endsWith(".pub") ? 0o644 : 0o600 });
}

export const certificatesPhase: Subcommand = {
  flags: "cert-dir apiserver-cert-extra-sans",
  *run(call) {
    call.allowOnly({ "cert-dir": PKI });
    const name = which(call, "certs", [...Object.keys(CERTIFICATES), "sa"]);
    asRoot(call, name === "all" ? "certs" : `certs/${name}`, PKI);
    if (name === "all") yield* call.out(`[certs] Using certificateDir folder ${JSON.stringify(PKI)}\n`);
    for (const each of name === "all" ? Object.keys(CERTIFICATES) : [name]) {
      if (each !== "sa") yield* makeCertificate(call, each);
    }
    if (name === "all" || name === "sa") yield* makeTokenKey(call);
    return 0;
  },
};

function* makeTokenKey(call: KubeadmCall): Call<void> {
  const { host } = call;
  const files = ["sa.key", "sa.pub"].map((name) => `${PKI}/${name}`);
  if (files.every((path) => host.kubelet.disk.exists(path))) {
    yield* call.out('[certs] Using the existing "sa" key\n');
    return;
  }
  for (const { path, text } of host.clusterFiles()) if (files.includes(path)) write(call, path, text());
  yield* call.out('[certs] Generating "sa" key and public key\n');
}

function* makeCertificate(call: KubeadmCall, phase: string): Call<void> {
  const { disk, sim, node } = call.host.kubelet;
  const file = CERTIFICATES[phase] as string;
  const [crt, key] = [`${PKI}/${file}.crt`, `${PKI}/${file}.key`];
  const there = disk.exists(crt) && disk.exists(key);
  const leaf = pkiLeaves({ node: node.name, address: node.address }).find((each) => each.file === file);
  if (leaf === undefined) {
    if (there) yield* call.out(`[certs] Using existing ${file} certificate authority\n`);
    else {
      for (const { path, text } of call.host.clusterFiles())
        if (path === crt || path === key) write(call, path, text());
      yield* call.out(`[certs] Generating ${JSON.stringify(file)} certificate and key\n`);
    }
    return;
  }
  if (there) {
    yield* call.out(`[certs] Using existing ${file} certificate and key on disk\n`);
    return;
  }
  const authority = leaf.authority === "etcd-ca" ? "etcd/ca" : leaf.authority;
  if (!disk.exists(`${PKI}/${authority}.crt`) || !disk.exists(`${PKI}/${authority}.key`)) {
    throw new KubeadmError(
      `error execution phase certs/${phase}: couldn't load CA certificate ${leaf.authority}: couldn't load ${authority} certificate authority from ${PKI}`,
    );
  }
  const names = file === "apiserver" ? [...(leaf.alternativeNames ?? []), ...extraNames(call)] : leaf.alternativeNames;
  const made = issue(sim, { ...leaf, ...(names !== undefined && { alternativeNames: names }) }, sim.now);
  write(call, crt, made.certificate);
  write(call, key, made.key);
  yield* call.out(`[certs] Generating ${JSON.stringify(file)} certificate and key\n`);
  if (names !== undefined) yield* call.out(`[certs] ${file} serving cert is signed for ${signedFor(names)}\n`);
}

/** `--apiserver-cert-extra-sans` */
function extraNames(call: KubeadmCall): string[] {
  const given = (call.value("apiserver-cert-extra-sans") ?? "").split(",").filter((name) => name !== "");
  return given.map(alternativeName);
}

export function alternativeName(name: string): string {
  return /^[\d.]+$|:/.test(name) ? `IP:${name}` : `DNS:${name}`;
}

/** `DNS names [a b] and IPs [1.2.3.4]`, as kubeadm sorts them. */
export function signedFor(names: readonly string[]): string {
  const of = (kind: string): string =>
    names.flatMap((name) => (name.startsWith(kind) ? [name.slice(kind.length)] : [])).join(" ");
  return `DNS names [${of("DNS:").split(" ").sort().join(" ")}] and IPs [${of("IP:")}]`;
}

export const kubeconfigPhase: Subcommand = {
  flags: "kubeconfig-dir cert-dir",
  *run(call) {
    call.allowOnly({ "kubeconfig-dir": "/etc/kubernetes", "cert-dir": PKI });
    const name = which(call, "kubeconfig", KUBECONFIGS);
    asRoot(call, name === "all" ? "kubeconfig" : `kubeconfig/${name}`, "/etc/kubernetes");
    if (name === "all") yield* call.out('[kubeconfig] Using kubeconfig folder "/etc/kubernetes"\n');
    for (const each of name === "all" ? KUBECONFIGS : [name]) yield* makeKubeconfig(call, `${each}.conf`);
    return 0;
  },
};

function* makeKubeconfig(call: KubeadmCall, name: string): Call<void> {
  const { host } = call;
  const { disk, sim, node } = host.kubelet;
  const path = `/etc/kubernetes/${name}`;
  if (disk.exists(path)) {
    yield* call.out(`[kubeconfig] Using existing kubeconfig file: ${JSON.stringify(path)}\n`);
    return;
  }
  const facts = { sim, node: node.name, address: node.address, server: host.server, local: host.localServer };
  const made = name in OWNERS ? ownerKubeconfig(facts, name, sim.now) : undefined;
  const kept = host.clusterFiles().find((file) => file.path === path);
  write(call, path, made ?? kept?.text() ?? "");
  yield* call.out(`[kubeconfig] Writing ${JSON.stringify(name)} kubeconfig file\n`);
}

export const controlPlanePhase: Subcommand = {
  flags:
    "kubernetes-version apiserver-extra-args controller-manager-extra-args scheduler-extra-args cert-dir apiserver-advertise-address",
  *run(call) {
    call.allowOnly({ "cert-dir": PKI, "apiserver-advertise-address": call.host.kubelet.node.address });
    const name = which(call, "control-plane", Object.keys(COMPONENTS));
    asRoot(call, name === "all" ? "control-plane" : `control-plane/${name}`, MANIFESTS);
    const release = releaseFor(call);
    const manifests = call.host.manifestsAt(release);
    if (name === "all") yield* call.out(`[control-plane] Using manifest folder ${JSON.stringify(MANIFESTS)}\n`);
    call.host.adoptRelease(release);
    for (const each of name === "all" ? Object.keys(COMPONENTS) : [name]) {
      const component = COMPONENTS[each] as string;
      yield* call.out(`[control-plane] Creating static Pod manifest for ${JSON.stringify(component)}\n`);
      const extras = { args: argsOf(call, `${each}-extra-args`), volumes: [] };
      write(call, `${MANIFESTS}/${component}.yaml`, withExtras(manifests.get(component) ?? "", extras));
    }
    return 0;
  },
};

/** `a=b,c=d`, where a comma may stand in a value. */
function argsOf(call: KubeadmCall, flag: string): Extras["args"] {
  const text = call.value(flag);
  if (text === undefined) return [];
  const words = text.split(/,(?=[a-z][a-z0-9-]*=)/);
  return words.map((word) => {
    const at = word.indexOf("=");
    if (at < 1)
      throw new KubeadmError(
        `invalid argument ${JSON.stringify(text)} for "--${flag}" flag: ${word} must be formatted as key=value`,
      );
    return [word.slice(0, at), word.slice(at + 1)] as const;
  });
}

function releaseFor(call: KubeadmCall): string {
  const release = call.value("kubernetes-version") ?? NEWEST;
  if (RELEASES.includes(release)) return release;
  throw new KubeadmError(`--kubernetes-version=${release} is not simulated: there are ${RELEASES.join(", ")}`);
}

export const etcdPhase: Subcommand = {
  flags: "cert-dir",
  *run(call) {
    call.allowOnly({ "cert-dir": PKI });
    const [name] = call.operands;
    if (name === undefined) throw new KubeadmError('missing subcommand; "etcd" is not meant to be run on its own');
    if (name !== "local")
      throw new KubeadmError(`unknown command ${JSON.stringify(name)} for "kubeadm init phase etcd"`);
    asRoot(call, "etcd/local", MANIFESTS);
    yield* call.out(`[etcd] Creating static Pod manifest for local etcd in ${JSON.stringify(MANIFESTS)}\n`);
    write(call, `${MANIFESTS}/etcd.yaml`, call.host.manifestsAt(NEWEST).get("etcd") ?? "");
    return 0;
  },
};

export const uploadCertificatesPhase: Subcommand = {
  flags: "upload-certs:bool certificate-key kubeconfig",
  *run(call) {
    call.allowOnly({ kubeconfig: "/etc/kubernetes/admin.conf" });
    if (!call.has("upload-certs")) {
      yield* call.out("[upload-certs] Skipping phase. Please see --upload-certs\n");
      return 0;
    }
    asRoot(call, "upload-certs", `${PKI}/ca.key`);
    yield* call.out(uploadCertificates(call, adminClient(call)).said);
    return 0;
  },
};
