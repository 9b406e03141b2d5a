/**
 * Flags of the control plane's components that would change what a cluster does, and change nothing here. A component says
 * so in its log when somebody sets one to something else than the cluster was set up with.
 */
import type { CheckedComponent } from "./component-flags.ts";
import { isNamedFile } from "./component-files.ts";

/** Flags that are followed, beside those whose file must be there. */
const FOLLOWED: Readonly<Record<CheckedComponent, readonly string[]>> = {
  "kube-apiserver": ["advertise-address", "enable-bootstrap-token-auth", "etcd-servers"],
  "kube-controller-manager": [
    "leader-elect",
    "leader-elect-lease-duration",
    "leader-elect-renew-deadline",
    "leader-elect-retry-period",
    "legacy-service-account-token-clean-up-period",
    "node-monitor-grace-period",
    "terminated-pod-gc-threshold",
  ],
  etcd: [
    "advertise-client-urls",
    "client-cert-auth",
    "data-dir",
    "initial-advertise-peer-urls",
    "listen-client-urls",
    "name",
  ],
};

/** What nobody can tell from outside: how fast something works, how it measures itself, how its lines are encrypted. */
const UNSEEN: Readonly<Record<CheckedComponent, RegExp>> = {
  "kube-apiserver":
    /^(cert-dir|contention-profiling|default-watch-cache-size|delete-collection-workers|etcd-(compaction-interval|count-metric-poll-period|db-metric-poll-interval|healthcheck-timeout|readycheck-timeout)|goaway-chance|http2-max-streams-per-connection|livez-grace-period|log-flush-frequency|max-connection-bytes-per-sec|permit-port-sharing|profiling|proxy-client-.*|requestheader-.*|storage-media-type|tls-(cipher-suites|min-version)|watch-cache.*)$/,
  "kube-controller-manager":
    /^(authentication-(kubeconfig|skip-lookup|tolerate-lookup-failure)|authorization-(always-allow-paths|kubeconfig)|cert-dir|concurrent-.*|contention-profiling|controller-start-interval|http2-max-streams-per-connection|kube-api-.*|log-flush-frequency|min-resync-period|permit-port-sharing|profiling|requestheader-.*|tls-(cipher-suites|min-version))$/,
  etcd: /^(auto-tls|cipher-suites|election-timeout|enable-grpc-gateway|enable-pprof|heartbeat-interval|logger|max-snapshots|max-wals|peer-.*|pre-vote|snapshot-count|socket-reuse-(address|port)|tls-(max|min)-version|watch-progress-notify-interval)$/,
};

/**
 * Names of such flags among those that a component was started with. `asSetUp`: the command line that the cluster's own
 * component has on that node.
 */
export function flagsWithoutEffect(
  component: CheckedComponent,
  flags: ReadonlyMap<string, string>,
  asSetUp: readonly string[],
): string[] {
  return [...flags]
    .filter(
      ([name, value]) =>
        !FOLLOWED[component].includes(name) &&
        !isNamedFile(name) &&
        !UNSEEN[component].test(name) &&
        !asSetUp.includes(`--${name}=${value}`),
    )
    .map(([name]) => name);
}

/** What a component's log says of such a flag. */
export function withoutEffect(name: string): string {
  return `Drydock reads --${name} and does nothing about it`;
}
