/**
 * Flags of the control plane's components that would change what a cluster does, and change nothing here. A component says
 * so in its log when somebody sets one to something else than the cluster was set up with.
 */
import { admissionPlugins } from "../apiserver/admission/registry.ts";
import { isAdmissionPlugin } from "../apiserver/settings/admission-plugins.ts";
import { betaVersions } from "../api/beta-versions.ts";
import { resources } from "../api/registry.ts";
import { parseRuntimeConfig, servedBy } from "../apiserver/settings/runtime-config.ts";
import { meaningOf } from "./component-flags.ts";
import type { CheckedComponent } from "./component-flags.ts";
import { isCredentialFile } from "./component-files.ts";

/** Flags that are followed, beside those that name a credential. */
const FOLLOWED: Readonly<Record<CheckedComponent, readonly string[]>> = {
  "kube-apiserver": [
    "admission-control-config-file",
    "advertise-address",
    "anonymous-auth",
    "api-audiences",
    "audit-log-maxage",
    "audit-log-maxbackup",
    "audit-log-maxsize",
    "audit-log-path",
    "audit-policy-file",
    "default-not-ready-toleration-seconds",
    "default-unreachable-toleration-seconds",
    "enable-bootstrap-token-auth",
    "etcd-servers",
    "encryption-provider-config",
    "event-ttl",
    "feature-gates",
    "secure-port",
    "service-account-issuer",
    "service-node-port-range",
  ],
  "kube-controller-manager": [
    "allocate-node-cidrs",
    "bind-address",
    "cluster-signing-duration",
    "controllers",
    "enable-garbage-collector",
    "feature-gates",
    "horizontal-pod-autoscaler-cpu-initialization-period",
    "horizontal-pod-autoscaler-downscale-stabilization",
    "horizontal-pod-autoscaler-initial-readiness-delay",
    "horizontal-pod-autoscaler-sync-period",
    "horizontal-pod-autoscaler-tolerance",
    "large-cluster-size-threshold",
    "leader-elect",
    "leader-elect-lease-duration",
    "leader-elect-renew-deadline",
    "leader-elect-retry-period",
    "legacy-service-account-token-clean-up-period",
    "max-endpoints-per-slice",
    "node-eviction-rate",
    "node-monitor-grace-period",
    "node-startup-grace-period",
    "secure-port",
    "secondary-node-eviction-rate",
    "terminated-pod-gc-threshold",
    "unhealthy-zone-threshold",
  ],
  etcd: [
    "advertise-client-urls",
    "client-cert-auth",
    "data-dir",
    "initial-advertise-peer-urls",
    "initial-cluster",
    "initial-cluster-state",
    "listen-client-urls",
    "name",
  ],
};

/** What nobody can tell from outside: how fast something works, how it measures itself, how its lines are encrypted. */
const UNSEEN: Readonly<Record<CheckedComponent, RegExp>> = {
  "kube-apiserver":
    /^(audit-log-batch-.*|cert-dir|contention-profiling|debug-socket-path|default-watch-cache-size|delete-collection-workers|etcd-(compaction-interval|count-metric-poll-period|db-metric-poll-interval|healthcheck-timeout|readycheck-timeout)|goaway-chance|http2-max-streams-per-connection|livez-grace-period|log-flush-frequency|max-connection-bytes-per-sec|permit-port-sharing|profiling|proxy-client-.*|log-(json|text)-.*|requestheader-.*|storage-media-type|tls-(cipher-suites|min-version)|watch-cache.*)$/,
  "kube-controller-manager":
    /^(authentication-(kubeconfig|skip-lookup|tolerate-lookup-failure)|authorization-(always-allow-paths|kubeconfig)|cert-dir|concurrent-.*|contention-profiling|controller-start-interval|http2-max-streams-per-connection|disable-force-detach-on-timeout|kube-api-.*|log-(json|text)-.*|log-flush-frequency|min-resync-period|mirroring-concurrent-.*|permit-port-sharing|profiling|requestheader-.*|tls-(cipher-suites|min-version))$/,
  etcd: /^(auto-tls|cipher-suites|election-timeout|enable-grpc-gateway|enable-pprof|heartbeat-interval|logger|max-snapshots|max-wals|peer-.*|pre-vote|snapshot-count|socket-reuse-(address|port)|tls-(max|min)-version|watch-progress-notify-interval)$/,
};

/** The value of a flag with which a cluster is as it is here, where that isn't nothing (0, "", false). */
const AS_HERE: Readonly<Record<CheckedComponent, string>> = {
  "kube-apiserver":
    "allow-privileged=true audit-log-format=json audit-log-mode=blocking audit-log-truncate-max-batch-size=10485760 audit-log-truncate-max-event-size=102400 audit-log-version=audit.k8s.io/v1 audit-webhook-batch-max-wait=30s audit-webhook-mode=batch authentication-token-webhook-cache-ttl=2m authorization-webhook-cache-authorized-ttl=5m authorization-webhook-cache-unauthorized-ttl=30s bind-address=0.0.0.0 enable-garbage-collector=true enable-priority-and-fairness=true endpoint-reconciler-type=lease etcd-prefix=/registry kubelet-preferred-address-types=Hostname,InternalDNS,InternalIP,ExternalDNS,ExternalIP kubelet-port=10250 kubelet-timeout=5s logging-format=text max-mutating-requests-inflight=200 max-requests-inflight=400 min-request-timeout=1800 oidc-signing-algs=RS256 oidc-username-claim=sub request-timeout=1m service-account-extend-token-expiration=true service-account-lookup=true storage-backend=etcd3",
  "kube-controller-manager":
    "attach-detach-reconcile-sync-period=1m bind-address=127.0.0.1 cidr-allocator-type=RangeAllocator cluster-name=kubernetes configure-cloud-routes=true enable-dynamic-provisioning=true mirroring-max-endpoints-per-subset=1000 leader-elect-resource-lock=leases leader-elect-resource-name=kube-controller-manager leader-elect-resource-namespace=kube-system logging-format=text namespace-sync-period=5m node-cidr-mask-size=24 node-cidr-mask-size-ipv4=24 node-cidr-mask-size-ipv6=64 node-monitor-period=5s pvclaimbinder-sync-period=15s resource-quota-sync-period=5m route-reconciliation-period=10s secure-port=10257 use-service-account-credentials=true",
  etcd: "auto-compaction-mode=periodic auto-compaction-retention=0 initial-cluster-token=etcd-cluster log-format=json log-level=info log-outputs=default max-request-bytes=1572864 max-txn-ops=128 metrics=basic strict-reconfig-check=true",
};

const asHere = new Map<CheckedComponent, ReadonlyMap<string, string>>();

function valueHere(component: CheckedComponent, name: string): string | undefined {
  let values = asHere.get(component);
  if (values === undefined) {
    const pairs = AS_HERE[component].split(" ").map((word) => word.split("=") as [string, string]);
    values = new Map(pairs);
    asHere.set(component, values);
  }
  return values.get(name);
}

/** Whether a flag says, in whatever spelling, what holds anyway. */
function saysNothing(component: CheckedComponent, name: string, value: string): boolean {
  const here = valueHere(component, name);
  const meaning = meaningOf(component, name, value);
  return here === undefined
    ? meaning === "" || meaning === 0 || meaning === false
    : meaning === meaningOf(component, name, here);
}

/** Of flags that are followed word for word, the words that change nothing. */
const IDLE_WORDS: Readonly<Record<string, (word: string) => boolean>> = {
  "authorization-mode": (mode) => mode === "Webhook" || mode === "ABAC",
  "enable-admission-plugins": isIdlePlugin,
  "disable-admission-plugins": isIdlePlugin,
  "runtime-config": isIdleVersion,
};

/** What would serve a version that isn't here. */
function isIdleVersion(word: string): boolean {
  const config = parseRuntimeConfig(word);
  if ("problem" in config || ![...config.values()].includes(true)) return false;
  return ![...resources, ...betaVersions].some((resource) => servedBy(config, resource) === true);
}

/** What no server has ends it, and needs no further word. */
function isIdlePlugin(plugin: string): boolean {
  return isAdmissionPlugin(plugin) && !admissionPlugins.some(({ name }) => name === plugin);
}

/**
 * Names of such flags among those that a component was started with, with the word that changes nothing where others of
 * its words do. `asSetUp`: the command line that the cluster's own
 * component has on that node.
 */
export function flagsWithoutEffect(
  component: CheckedComponent,
  flags: ReadonlyMap<string, string>,
  asSetUp: readonly string[],
): string[] {
  return [...flags].flatMap(([name, value]) => {
    const idle = IDLE_WORDS[name];
    if (idle !== undefined)
      return value
        .split(",")
        .filter((word) => word !== "" && idle(word))
        .map((word) => `${name}=${word}`);
    const follows =
      FOLLOWED[component].includes(name) ||
      isCredentialFile(name) ||
      UNSEEN[component].test(name) ||
      saysNothing(component, name, value) ||
      asSetUp.includes(`--${name}=${value}`);
    return follows ? [] : [name];
  });
}

/** What a component's log says of such a flag. */
export function withoutEffect(name: string): string {
  return `Drydock reads --${name} and does nothing about it`;
}
