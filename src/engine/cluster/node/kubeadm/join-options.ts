/** What `kubeadm join` is told, by its flags or by a JoinConfiguration. Upstream: app/util/config/joinconfiguration.go. */
import { isObject } from "../../../base/json.ts";
import { PKI } from "../pki-files.ts";
import { check, listOf, partOf, readDocuments, registrationFields } from "./configuration-file.ts";
import type { Fields, KnownFields } from "./configuration-file.ts";
import { BOOTSTRAP_TOKEN } from "../../../apiserver/auth/authentication/bootstrap-token.ts";
import { KubeadmError } from "./subcommand.ts";
import type { KubeadmCall } from "./subcommand.ts";
import { TOKEN_PATTERN } from "./token.ts";

export interface JoinOptions {
  /** `172.18.0.2:6443` */
  endpoint: string;
  token: string;
  /** Of the authority; none: whatever it shows is taken. */
  hashes: readonly string[];
  /** Undefined: it joins as a worker. */
  controlPlane: { certificateKey: string | undefined } | undefined;
  warnings: readonly string[];
}

/** Flags that go with a configuration file. */
const BESIDE_FILE = new Set(["config", "ignore-preflight-errors", "cri-socket", "node-name"]);

export function joinOptions(call: KubeadmCall): JoinOptions {
  const { host } = call;
  const path = call.value("config");
  if (path !== undefined) return fromFile(call, path);
  call.allowOnly({
    "node-name": host.name,
    "apiserver-advertise-address": host.kubelet.node.address,
    "apiserver-bind-port": String(host.serverPort),
  });
  const [endpoint = ""] = call.operands;
  const token = call.value("token") ?? call.value("discovery-token") ?? "";
  call.allowOnly({ "tls-bootstrap-token": token });
  const hash = call.value("discovery-token-ca-cert-hash");
  return validJoin({
    endpoint,
    token,
    hashes: hash?.split(",") ?? [],
    unsafe: call.has("discovery-token-unsafe-skip-ca-verification"),
    controlPlane: call.has("control-plane") ? { certificateKey: call.value("certificate-key") } : undefined,
    warnings:
      call.has("control-plane") || !CONTROL_PLANE_FLAGS.some((flag) => call.flags.includes(flag)) ? [] : [LONELY],
  });
}

const CONTROL_PLANE_FLAGS = ["certificate-key", "apiserver-advertise-address", "apiserver-bind-port"];
const LONELY = `W join.go:394] [preflight] WARNING: --control-plane is also required when passing control-plane related flags such as [${CONTROL_PLANE_FLAGS.join(", ")}]`;

function fromFile(call: KubeadmCall, path: string): JoinOptions {
  const beside = [...call.flags.filter((flag) => !BESIDE_FILE.has(flag))];
  if (beside.length > 0) throw new KubeadmError(`can not mix '--config' with arguments [${beside.sort().join(" ")}]`);
  const { documents, warnings } = readDocuments(call, path);
  const join = documents.find(({ kind }) => kind === "JoinConfiguration");
  if (join === undefined) throw new KubeadmError("no JoinConfiguration found in the supplied config");
  const others = documents.filter((each) => each !== join);
  const discovery = partOf(join, "discovery");
  const bootstrap = partOf(discovery, "bootstrapToken");
  const token = String(bootstrap["token"] ?? discovery["tlsBootstrapToken"] ?? "");
  check(join, knownFields(call, token), "JoinConfiguration", "");
  const controlPlane = join["controlPlane"];
  const key = isObject(controlPlane) ? controlPlane["certificateKey"] : undefined;
  return validJoin({
    endpoint: String(bootstrap["apiServerEndpoint"] ?? ""),
    token,
    hashes: listOf(bootstrap, "caCertHashes").map(String),
    unsafe: bootstrap["unsafeSkipCAVerification"] === true,
    controlPlane: isObject(controlPlane) ? { certificateKey: key === undefined ? undefined : String(key) } : undefined,
    warnings: [...warnings, ...others.map(ignored)],
  });
}

function ignored({ apiVersion, kind }: Fields): string {
  const which = `${String(apiVersion)}, Kind=${String(kind)}`;
  return `W joinconfiguration.go:124] [config] WARNING: Ignored configuration document with GroupVersionKind ${which}`;
}

function knownFields({ host }: KubeadmCall, token: string): KnownFields {
  return new Map<string, true | readonly unknown[]>([
    ["apiVersion", true],
    ["kind", true],
    ["caCertPath", [`${PKI}/ca.crt`]],
    ["controlPlane.certificateKey", true],
    ["controlPlane.localAPIEndpoint.advertiseAddress", [host.kubelet.node.address]],
    ["controlPlane.localAPIEndpoint.bindPort", [host.serverPort]],
    ["discovery.bootstrapToken.apiServerEndpoint", true],
    ["discovery.bootstrapToken.caCertHashes", true],
    ["discovery.bootstrapToken.token", true],
    ["discovery.bootstrapToken.unsafeSkipCAVerification", true],
    ["discovery.tlsBootstrapToken", [token]],
    ...registrationFields(host.name),
  ]);
}

/** Upstream: cmd/kubeadm/app/apis/kubeadm/validation. */
export function validJoin({ unsafe, ...options }: JoinOptions & { unsafe: boolean }): JoinOptions {
  const { endpoint, token, hashes } = options;
  if (endpoint === "" && token === "") {
    throw new KubeadmError('discovery: Invalid value: "": bootstrapToken or file must be set', 3);
  }
  if (endpoint === "") {
    throw new KubeadmError(
      'discovery.bootstrapToken.apiServerEndpoint: Required value: "APIServerEndpoint" is not set',
      3,
    );
  }
  if (!BOOTSTRAP_TOKEN.test(token)) {
    const quoted = JSON.stringify(token);
    throw new KubeadmError(
      `discovery.bootstrapToken.token: Invalid value: ${quoted}: the bootstrap token ${quoted} was not of the form ${TOKEN_PATTERN}`,
      3,
    );
  }
  if (hashes.length === 0 && !unsafe) {
    throw new KubeadmError(
      'discovery.bootstrapToken: Invalid value: "": using token-based discovery without caCertHashes can be unsafe. Set unsafeSkipCAVerification as true in your kubeadm config file or pass --discovery-token-unsafe-skip-ca-verification flag to continue',
      3,
    );
  }
  return { ...options, endpoint: /:\d+$/.test(endpoint) ? endpoint : `${endpoint}:6443` };
}
