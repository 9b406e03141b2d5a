/**
 * flannel's manifest: what a cluster that kubeadm has made gets its pod network from. Upstream: flannel-io/flannel
 * Documentation/kustomization/kube-flannel.
 */
import type { ConfigMap, DaemonSet, EnvVar } from "../../api/generated/types.ts";
import type { Draft } from "../../api/meta/object.ts";
import { rules } from "../../apiserver/auth/policy/rule-text.ts";
import { yamlDocuments } from "../../network/internet/examples/examples.ts";
import { CNI_CONF, NET_CONF } from "../flannel/flannel-files.ts";
import type { GithubFile } from "./github-file.ts";

const NAMESPACE = "kube-flannel";
const ACCOUNT = "flannel";
const OWN = { "k8s-app": ACCOUNT };
const LABELS = { app: "flannel", ...OWN, tier: "node" };
const CONFIG = "kube-flannel-cfg";
const FIELD = (name: string, fieldPath: string): EnvVar => ({ name, valueFrom: { fieldRef: { fieldPath } } });

/** Tags of its releases with that of the plugin that goes with each. The first ones are from Docker Hub. */
const PLUGINS: readonly (readonly [release: RegExp, registry: string, plugin: string])[] = [
  [/^v0\.25\.[0-4]$/, "docker.io/flannel", "v1.4.1-flannel1"],
  [/^v0\.25\.5$/, "docker.io/flannel", "v1.5.1-flannel1"],
  [/^v0\.2(5\.[67]|6\.0)$/, "docker.io/flannel", "v1.5.1-flannel2"],
  [/^v0\.26\.[1-3]$/, "docker.io/flannel", "v1.6.0-flannel1"],
  [/^v0\.26\.[4-7]$/, "ghcr.io/flannel-io", "v1.6.2-flannel1"],
  [/^v0\.27\.[0-2]$/, "ghcr.io/flannel-io", "v1.7.1-flannel1"],
  [/^v0\.27\.[34]$/, "ghcr.io/flannel-io", "v1.8.0-flannel1"],
];

function imagesOf(release: string): { daemon: string; plugin: string } {
  const [, registry = "", plugin = ""] = PLUGINS.find(([releases]) => releases.test(release)) ?? [];
  return { daemon: `${registry}/flannel:${release}`, plugin: `${registry}/flannel-cni-plugin:${plugin}` };
}

function configMap(): Draft<ConfigMap> {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: CONFIG, namespace: NAMESPACE, labels: LABELS },
    data: { "cni-conf.json": CNI_CONF, "net-conf.json": NET_CONF },
  };
}

function daemonSet(release: string): Draft<DaemonSet> {
  const { daemon, plugin } = imagesOf(release);
  const linux = { key: "kubernetes.io/os", operator: "In", values: ["linux"] };
  const copy = (name: string, image: string, files: readonly [from: string, to: string]) => ({
    ...{ name, image, command: ["cp"], args: ["-f", ...files] },
  });
  const settings = { name: "flannel-cfg", mountPath: "/etc/kube-flannel/" };
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "kube-flannel-ds", namespace: NAMESPACE, labels: LABELS },
    spec: {
      selector: { matchLabels: { app: LABELS.app, ...OWN } },
      template: {
        metadata: { labels: LABELS },
        spec: {
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [linux] }] },
            },
          },
          hostNetwork: true,
          priorityClassName: "system-node-critical",
          tolerations: [{ operator: "Exists", effect: "NoSchedule" }],
          serviceAccountName: ACCOUNT,
          initContainers: [
            {
              ...copy("install-cni-plugin", plugin, ["/flannel", "/opt/cni/bin/flannel"]),
              volumeMounts: [{ name: "cni-plugin", mountPath: "/opt/cni/bin" }],
            },
            {
              ...copy("install-cni", daemon, ["/etc/kube-flannel/cni-conf.json", "/etc/cni/net.d/10-flannel.conflist"]),
              volumeMounts: [{ name: "cni", mountPath: "/etc/cni/net.d" }, settings],
            },
          ],
          containers: [
            {
              name: "kube-flannel",
              image: daemon,
              command: ["/opt/bin/flanneld"],
              args: ["--ip-masq", "--kube-subnet-mgr"],
              resources: { requests: { cpu: "100m", memory: "50Mi" } },
              securityContext: { privileged: false, capabilities: { add: ["NET_ADMIN", "NET_RAW"] } },
              env: [
                FIELD("POD_NAME", "metadata.name"),
                FIELD("POD_NAMESPACE", "metadata.namespace"),
                { name: "EVENT_QUEUE_DEPTH", value: "5000" },
                ...(release.startsWith("v0.27.") ? [{ name: "CONT_WHEN_CACHE_NOT_READY", value: "false" }] : []),
              ],
              volumeMounts: [
                { name: "run", mountPath: "/run/flannel" },
                settings,
                { name: "xtables-lock", mountPath: "/run/xtables.lock" },
              ],
            },
          ],
          volumes: [
            { name: "run", hostPath: { path: "/run/flannel" } },
            { name: "cni-plugin", hostPath: { path: "/opt/cni/bin" } },
            { name: "cni", hostPath: { path: "/etc/cni/net.d" } },
            { name: "flannel-cfg", configMap: { name: CONFIG } },
            { name: "xtables-lock", hostPath: { path: "/run/xtables.lock", type: "FileOrCreate" } },
          ],
        },
      },
    },
  };
}

function manifest(release: string): string {
  const rbac = "rbac.authorization.k8s.io";
  const cluster = (kind: string, fields: object): object => ({
    ...{ apiVersion: `${rbac}/v1`, kind, metadata: { name: ACCOUNT, labels: OWN } },
    ...fields,
  });
  const subjects = [{ kind: "ServiceAccount", name: ACCOUNT, namespace: NAMESPACE }];
  const privileged = { ...OWN, "pod-security.kubernetes.io/enforce": "privileged" };
  return yamlDocuments([
    { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE, labels: privileged } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: ACCOUNT, namespace: NAMESPACE, labels: OWN } },
    cluster("ClusterRole", {
      rules: rules(["get core pods", "get,list,watch core nodes", "patch core nodes/status"]),
    }),
    cluster("ClusterRoleBinding", { roleRef: { apiGroup: rbac, kind: "ClusterRole", name: ACCOUNT }, subjects }),
    configMap(),
    daemonSet(release),
  ]);
}

const SHARED = {
  has: (tag: string): boolean => PLUGINS.some(([releases]) => releases.test(tag)),
  newest: "v0.27.4",
  text: manifest,
};

/** Its repository had another owner once, and is still found there. */
export const flannelFiles: readonly GithubFile[] = [
  {
    ...SHARED,
    repository: "flannel-io/flannel",
    asset: "kube-flannel.yml",
    path: "Documentation/kube-flannel.yml",
    branch: "master",
  },
  { ...SHARED, repository: "coreos/flannel", path: "Documentation/kube-flannel.yml", branch: "master" },
];
