/** `kubeadm config print init-defaults|join-defaults`. Upstream: cmd/kubeadm/app/cmd/config.go, apis/kubeadm/v1beta4. */
import { clusterConfigurationText } from "../../kubeadm-config-maps.ts";
import { PKI } from "../pki-files.ts";
import { KubeadmError } from "./subcommand.ts";
import type { KubeadmCall, Subcommand } from "./subcommand.ts";

export const API_VERSION = "kubeadm.k8s.io/v1beta4";
/** What stands where a real token would. */
const PLACEHOLDER = "abcdef.0123456789abcdef";

const NODE = `nodeRegistration:
  criSocket: unix:///var/run/containerd/containerd.sock
  imagePullPolicy: IfNotPresent
  imagePullSerial: true
  name: node
  taints: null
`;

/** How long kubeadm waits for what. */
export const TIMEOUTS: Readonly<Record<string, string>> = {
  controlPlaneComponentHealthCheck: "4m0s",
  discovery: "5m0s",
  etcdAPICall: "2m0s",
  kubeletHealthCheck: "4m0s",
  kubernetesAPICall: "1m0s",
  tlsBootstrap: "5m0s",
  upgradeManifests: "5m0s",
};

function timeouts(): string {
  const lines = Object.entries(TIMEOUTS).map(([name, value]) => `  ${name}: ${value}\n`);
  return `timeouts:\n${lines.join("")}`;
}

/** Of the package on the node, without a `v`: `1.36.0`. */
function release({ host }: KubeadmCall): string {
  const [, minor] = /^v(\d+\.\d+)/.exec(host.packages.release("kubeadm")) ?? [];
  return `${minor}.0`;
}

function refuseComponents(call: KubeadmCall): void {
  const components = call.value("component-configs");
  if (components !== undefined) throw new KubeadmError(`--component-configs=${components} is not simulated`);
}

export const printInitDefaults: Subcommand = {
  flags: "component-configs",
  *run(call) {
    refuseComponents(call);
    yield* call.out(`apiVersion: ${API_VERSION}
bootstrapTokens:
- groups:
  - system:bootstrappers:kubeadm:default-node-token
  token: ${PLACEHOLDER}
  ttl: 24h0m0s
  usages:
  - signing
  - authentication
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: 1.2.3.4
  bindPort: 6443
${NODE}${timeouts()}---
${clusterConfigurationText({ release: release(call), podSubnet: "", serviceSubnet: "10.96.0.0/12", endpoint: "" })}`);
    return 0;
  },
};

export const printJoinDefaults: Subcommand = {
  flags: "component-configs",
  *run(call) {
    refuseComponents(call);
    yield* call.out(`apiVersion: ${API_VERSION}
caCertPath: ${PKI}/ca.crt
discovery:
  bootstrapToken:
    apiServerEndpoint: kube-apiserver:6443
    token: ${PLACEHOLDER}
    unsafeSkipCAVerification: true
  tlsBootstrapToken: ${PLACEHOLDER}
kind: JoinConfiguration
${NODE.replace("name: node", `name: ${call.host.name}`)}${timeouts()}`);
    return 0;
  },
};
