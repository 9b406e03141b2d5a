/** What `kubeadm join` is told by its flags. */
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
}

export function joinOptions(call: KubeadmCall): JoinOptions {
  const { host } = call;
  call.allowOnly({
    config: undefined,
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
  });
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
