/** kube-proxy as kubeadm sets it up. Upstream: cmd/kubeadm/app/phases/addons/proxy/manifests.go. */
import type { ConfigMap, DaemonSet, ServiceAccount } from "../api/generated/types.ts";
import type { Draft } from "../api/meta/object.ts";
import { isNotFound } from "../api/meta/status-error.ts";
import { daemonSets } from "../api/registry.ts";
import type { Client } from "../client/client.ts";
import type { Preset } from "./presets.ts";
import { componentImage } from "./static-pods.ts";

const NAMESPACE = "kube-system";
const NAME = "kube-proxy";
const LABELS = { "k8s-app": NAME };
const EVERY_NODE = { "kubernetes.io/os": "linux" };
/** No node has it: where `drydock stop kube-proxy` sends the daemon. */
const NO_NODE = { "kubernetes.io/os": "linux", "drydock/stopped": "true" };

export function kubeProxyServiceAccount(): Draft<ServiceAccount> {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: NAME, namespace: NAMESPACE } };
}

export function kubeProxyConfig({ clusterCIDR, server }: Preset): Draft<ConfigMap> {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: NAME, namespace: NAMESPACE, labels: { app: NAME } },
    data: {
      "config.conf": `apiVersion: kubeproxy.config.k8s.io/v1alpha1
bindAddress: 0.0.0.0
bindAddressHardFail: false
clientConnection:
  acceptContentTypes: ""
  burst: 0
  contentType: ""
  kubeconfig: /var/lib/kube-proxy/kubeconfig.conf
  qps: 0
clusterCIDR: ${clusterCIDR === "" ? '""' : clusterCIDR}
configSyncPeriod: 0s
conntrack:
  maxPerCore: null
  min: null
  tcpBeLiberal: false
  tcpCloseWaitTimeout: null
  tcpEstablishedTimeout: null
  udpStreamTimeout: 0s
  udpTimeout: 0s
detectLocal:
  bridgeInterface: ""
  interfaceNamePrefix: ""
detectLocalMode: ""
enableProfiling: false
healthzBindAddress: ""
hostnameOverride: ""
iptables:
  localhostNodePorts: null
  masqueradeAll: false
  masqueradeBit: null
  minSyncPeriod: 0s
  syncPeriod: 0s
ipvs:
  excludeCIDRs: null
  minSyncPeriod: 0s
  scheduler: ""
  strictARP: false
  syncPeriod: 0s
  tcpFinTimeout: 0s
  tcpTimeout: 0s
  udpTimeout: 0s
kind: KubeProxyConfiguration
logging:
  flushFrequency: 0
  options:
    json:
      infoBufferSize: "0"
    text:
      infoBufferSize: "0"
  verbosity: 0
metricsBindAddress: ""
mode: ""
nftables:
  masqueradeAll: false
  masqueradeBit: null
  minSyncPeriod: 0s
  syncPeriod: 0s
nodePortAddresses: null
oomScoreAdj: null
portRange: ""
showHiddenMetricsForVersion: ""
winkernel:
  enableDSR: false
  forwardHealthCheckVip: false
  networkName: ""
  rootHnsEndpointName: ""
  sourceVip: ""
`,
      "kubeconfig.conf": `apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt
    server: ${server}
  name: default
contexts:
- context:
    cluster: default
    namespace: default
    user: default
  name: default
current-context: default
users:
- name: default
  user:
    tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token
`,
    },
  };
}

/** Simplified: without the node's modules and lock file, which nothing here would use. */
export function kubeProxyDaemonSet(release?: string): Draft<DaemonSet> {
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: NAME, namespace: NAMESPACE, labels: LABELS },
    spec: {
      selector: { matchLabels: LABELS },
      updateStrategy: { type: "RollingUpdate" },
      template: {
        metadata: { labels: LABELS },
        spec: {
          priorityClassName: "system-node-critical",
          serviceAccountName: NAME,
          hostNetwork: true,
          nodeSelector: EVERY_NODE,
          tolerations: [{ operator: "Exists" }],
          containers: [
            {
              name: NAME,
              image: componentImage(NAME, release),
              imagePullPolicy: "IfNotPresent",
              command: [
                "/usr/local/bin/kube-proxy",
                "--config=/var/lib/kube-proxy/config.conf",
                "--hostname-override=$(NODE_NAME)",
              ],
              env: [{ name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
              securityContext: { privileged: true },
              volumeMounts: [{ name: NAME, mountPath: "/var/lib/kube-proxy" }],
            },
          ],
          volumes: [{ name: NAME, configMap: { name: NAME } }],
        },
      },
    },
  };
}

/** Takes kube-proxy off every node, or puts it back; who has deleted the daemon set gets a new one. */
export function setKubeProxy(client: Client, on: boolean): void {
  const resource = client.resource(daemonSets);
  const nodeSelector = on ? { ...EVERY_NODE, "drydock/stopped": null } : NO_NODE;
  try {
    resource.patch(NAMESPACE, NAME, { spec: { template: { spec: { nodeSelector } } } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    if (on) resource.create(kubeProxyDaemonSet());
  }
}
