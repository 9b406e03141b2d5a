/**
 * What etcd, kube-apiserver, kube-controller-manager and kube-proxy say about their command lines before they begin: a flag that they
 * don't have or a value that can't be read ends them. Upstream: spf13/pflag, cmd/kube-apiserver/app/options,
 * cmd/kube-controller-manager/app/options, etcd server/etcdmain/config.go.
 *
 * **Simplified:** the flags that kubeadm sets and those that are commonly added are known, by name and kind of value. Of
 * those that change nothing the component's log tells (`flags-without-effect.ts`).
 */
import { parsePortRange } from "../apiserver/settings/port-range.ts";
import { parseGoDuration } from "../base/go-duration.ts";
import { parseGoBool } from "../base/go-errors.ts";

export type CheckedComponent = "etcd" | "kube-apiserver" | "kube-controller-manager";
type FlaggedComponent = CheckedComponent | "kube-proxy";

type Kind = "string" | "bool" | "int" | "float" | "duration" | "ip" | "ports" | "list";

const SERVING =
  "allow-metric-labels allow-metric-labels-manifest bind-address:ip cert-dir client-ca-file contention-profiling:bool disable-http2-serving:bool disabled-metrics emulated-version feature-gates:list http2-max-streams-per-connection:int log-flush-frequency:duration log-json-info-buffer-size log-json-split-stream:bool log-text-info-buffer-size log-text-split-stream:bool logging-format min-compatibility-version permit-port-sharing:bool profiling:bool requestheader-allowed-names requestheader-client-ca-file requestheader-extra-headers-prefix requestheader-group-headers requestheader-uid-headers requestheader-username-headers secure-port:int show-hidden-metrics-for-version tls-cert-file tls-cipher-suites tls-min-version tls-private-key-file tls-sni-cert-key v:int vmodule";

const FLAGS: Readonly<Record<FlaggedComponent, string>> = {
  "kube-apiserver": `${SERVING} admission-control-config-file advertise-address:ip aggregator-reject-forwarding-redirect:bool allow-privileged:bool anonymous-auth:bool api-audiences:list audit-log-batch-buffer-size:int audit-log-batch-max-size:int audit-log-batch-max-wait:duration audit-log-batch-throttle-burst:int audit-log-batch-throttle-enable:bool audit-log-batch-throttle-qps:float audit-log-compress:bool audit-log-format audit-log-maxage:int audit-log-maxbackup:int audit-log-maxsize:int audit-log-mode audit-log-path audit-log-truncate-enabled:bool audit-log-truncate-max-batch-size:int audit-log-truncate-max-event-size:int audit-log-version audit-policy-file audit-webhook-batch-buffer-size:int audit-webhook-batch-max-size:int audit-webhook-batch-max-wait:duration audit-webhook-batch-throttle-burst:int audit-webhook-batch-throttle-enable:bool audit-webhook-batch-throttle-qps:float audit-webhook-config-file audit-webhook-initial-backoff:duration audit-webhook-mode audit-webhook-truncate-enabled:bool audit-webhook-truncate-max-batch-size:int audit-webhook-truncate-max-event-size:int audit-webhook-version authentication-config authentication-token-webhook-cache-ttl:duration authentication-token-webhook-config-file authentication-token-webhook-version authorization-config authorization-mode:list authorization-policy-file authorization-webhook-cache-authorized-ttl:duration authorization-webhook-cache-unauthorized-ttl:duration authorization-webhook-config-file authorization-webhook-version coordinated-leadership-lease-duration:duration coordinated-leadership-renew-deadline:duration coordinated-leadership-retry-period:duration cors-allowed-origins:list debug-socket-path default-not-ready-toleration-seconds:int default-unreachable-toleration-seconds:int default-watch-cache-size:int delete-collection-workers:int disable-admission-plugins:list egress-selector-config-file emulation-forward-compatible:bool enable-admission-plugins:list enable-aggregator-routing:bool enable-bootstrap-token-auth:bool enable-garbage-collector:bool enable-priority-and-fairness:bool encryption-provider-config encryption-provider-config-automatic-reload:bool endpoint-reconciler-type etcd-cafile etcd-certfile etcd-compaction-interval:duration etcd-count-metric-poll-period:duration etcd-db-metric-poll-interval:duration etcd-healthcheck-timeout:duration etcd-keyfile etcd-prefix etcd-readycheck-timeout:duration etcd-servers etcd-servers-overrides event-ttl:duration external-hostname goaway-chance:float kubelet-certificate-authority kubelet-client-certificate kubelet-client-key kubelet-port:int kubelet-preferred-address-types kubelet-timeout:duration kubernetes-service-node-port:int lease-reuse-duration-seconds:int livez-grace-period:duration max-connection-bytes-per-sec:int max-mutating-requests-inflight:int max-requests-inflight:int min-request-timeout:int oidc-ca-file oidc-client-id oidc-groups-claim oidc-groups-prefix oidc-issuer-url oidc-required-claim oidc-signing-algs oidc-username-claim oidc-username-prefix peer-advertise-ip peer-advertise-port peer-ca-file proxy-client-cert-file proxy-client-key-file request-timeout:duration runtime-config:list runtime-config-emulation-forward-compatible:bool service-account-extend-token-expiration:bool service-account-issuer:list service-account-jwks-uri service-account-key-file service-account-lookup:bool service-account-max-token-expiration:duration service-account-signing-endpoint service-account-signing-key-file service-cluster-ip-range service-node-port-range:ports shutdown-delay-duration:duration shutdown-send-retry-after:bool shutdown-watch-termination-grace-period:duration storage-backend storage-media-type strict-transport-security-directives token-auth-file tracing-config-file watch-cache:bool watch-cache-sizes`,
  "kube-controller-manager": `${SERVING} allocate-node-cidrs:bool allow-untagged-cloud:bool attach-detach-reconcile-sync-period:duration authentication-kubeconfig authentication-skip-lookup:bool authentication-token-webhook-cache-ttl:duration authentication-tolerate-lookup-failure:bool authorization-always-allow-paths authorization-kubeconfig authorization-webhook-cache-authorized-ttl:duration authorization-webhook-cache-unauthorized-ttl:duration cidr-allocator-type cloud-config cloud-provider cluster-cidr cluster-name cluster-signing-cert-file cluster-signing-duration:duration cluster-signing-key-file cluster-signing-kube-apiserver-client-cert-file cluster-signing-kube-apiserver-client-key-file cluster-signing-kubelet-client-cert-file cluster-signing-kubelet-client-key-file cluster-signing-kubelet-serving-cert-file cluster-signing-kubelet-serving-key-file cluster-signing-legacy-unknown-cert-file cluster-signing-legacy-unknown-key-file concurrent-cron-job-syncs:int concurrent-daemonset-syncs:int concurrent-deployment-syncs:int concurrent-endpoint-syncs:int concurrent-ephemeralvolume-syncs:int concurrent-gc-syncs:int concurrent-horizontal-pod-autoscaler-syncs:int concurrent-job-syncs:int concurrent-namespace-syncs:int concurrent-rc-syncs:int concurrent-replicaset-syncs:int concurrent-resource-quota-syncs:int concurrent-service-endpoint-syncs:int concurrent-service-syncs:int concurrent-serviceaccount-token-syncs:int concurrent-statefulset-syncs:int concurrent-ttl-after-finished-syncs:int concurrent-validating-admission-policy-status-syncs:int configure-cloud-routes:bool controller-start-interval:duration controllers:list disable-attach-detach-reconcile-sync:bool disable-force-detach-on-timeout:bool enable-dynamic-provisioning:bool enable-garbage-collector:bool enable-hostpath-provisioner:bool enable-leader-migration:bool endpoint-updates-batch-period:duration endpointslice-updates-batch-period:duration external-cloud-volume-plugin flex-volume-plugin-dir horizontal-pod-autoscaler-cpu-initialization-period:duration horizontal-pod-autoscaler-downscale-stabilization:duration horizontal-pod-autoscaler-initial-readiness-delay:duration horizontal-pod-autoscaler-sync-period:duration horizontal-pod-autoscaler-tolerance:float kube-api-burst:int kube-api-content-type kube-api-qps:float kubeconfig large-cluster-size-threshold:int leader-elect:bool leader-elect-lease-duration:duration leader-elect-renew-deadline:duration leader-elect-resource-lock leader-elect-resource-name leader-elect-resource-namespace leader-elect-retry-period:duration legacy-service-account-token-clean-up-period:duration master max-endpoints-per-slice:int min-resync-period:duration mirroring-concurrent-service-endpoint-syncs:int mirroring-endpointslice-updates-batch-period:duration mirroring-max-endpoints-per-subset:int namespace-sync-period:duration node-cidr-mask-size:int node-cidr-mask-size-ipv4:int node-cidr-mask-size-ipv6:int node-eviction-rate:float node-monitor-grace-period:duration node-monitor-period:duration node-startup-grace-period:duration pv-recycler-increment-timeout-nfs:int pv-recycler-minimum-timeout-hostpath:int pv-recycler-minimum-timeout-nfs:int pv-recycler-pod-template-filepath-hostpath pv-recycler-pod-template-filepath-nfs pv-recycler-timeout-increment-hostpath:int pvclaimbinder-sync-period:duration resource-quota-sync-period:duration root-ca-file route-reconciliation-period:duration secondary-node-eviction-rate:float service-account-private-key-file service-cluster-ip-range terminated-pod-gc-threshold:int unhealthy-zone-threshold:float use-service-account-credentials:bool`,
  etcd: "advertise-client-urls auto-compaction-mode auto-compaction-retention auto-tls:bool cert-file cipher-suites client-cert-auth:bool config-file data-dir discovery-srv election-timeout:int enable-grpc-gateway:bool enable-pprof:bool feature-gates force-new-cluster:bool heartbeat-interval:int initial-advertise-peer-urls initial-cluster initial-cluster-state initial-cluster-token key-file listen-client-http-urls listen-client-urls listen-metrics-urls listen-peer-urls log-format log-level log-outputs logger max-request-bytes:int max-snapshots:int max-txn-ops:int max-wals:int metrics name peer-auto-tls:bool peer-cert-file peer-client-cert-auth:bool peer-key-file peer-trusted-ca-file pre-vote:bool quota-backend-bytes:int snapshot-count:int socket-reuse-address:bool socket-reuse-port:bool strict-reconfig-check:bool tls-max-version tls-min-version trusted-ca-file wal-dir watch-progress-notify-interval:duration",
  "kube-proxy":
    "bind-address:ip bind-address-hard-fail:bool cleanup:bool cluster-cidr config config-sync-period:duration conntrack-max-per-core:int conntrack-min:int conntrack-tcp-be-liberal:bool conntrack-tcp-timeout-close-wait:duration conntrack-tcp-timeout-established:duration conntrack-udp-timeout:duration conntrack-udp-timeout-stream:duration detect-local-mode feature-gates:list healthz-bind-address hostname-override init-only:bool iptables-localhost-nodeports:bool iptables-masquerade-bit:int iptables-min-sync-period:duration iptables-sync-period:duration ipvs-exclude-cidrs:list ipvs-min-sync-period:duration ipvs-scheduler ipvs-strict-arp:bool ipvs-sync-period:duration ipvs-tcp-timeout:duration ipvs-tcpfin-timeout:duration ipvs-udp-timeout:duration kube-api-burst:int kube-api-content-type kube-api-qps:float kubeconfig log-flush-frequency:duration logging-format masquerade-all:bool master metrics-bind-address nodeport-addresses:list oom-score-adj:int pod-bridge-interface pod-interface-name-prefix profiling:bool proxy-mode show-hidden-metrics-for-version v:int version:bool vmodule write-config-to",
};

const known = new Map<FlaggedComponent, ReadonlyMap<string, Kind>>();

function flagsOf(component: FlaggedComponent): ReadonlyMap<string, Kind> {
  let kinds = known.get(component);
  if (kinds === undefined) {
    kinds = new Map(
      FLAGS[component].split(" ").map((word) => {
        const [name = "", kind = "string"] = word.split(":");
        return [name, kind as Kind];
      }),
    );
    known.set(component, kinds);
  }
  return kinds;
}

/** What a flag's value says, the same for each of its spellings; the flag is known and the value can be read. */
export function meaningOf(component: CheckedComponent, name: string, value: string): string | number | boolean {
  switch (flagsOf(component).get(name)) {
    case "bool":
      return /^[1tT]/.test(value);
    case "int":
    case "float":
      return Number(value);
    case "duration": {
      const ms = parseGoDuration(value);
      return typeof ms === "number" ? ms : value;
    }
    default:
      return value;
  }
}

/** Flags by name, or what is wrong with them in the words of the flag library. */
export function readComponentFlags(
  component: FlaggedComponent,
  argv: readonly string[],
): { flags: ReadonlyMap<string, string>; problem?: undefined } | { problem: string } {
  const kinds = flagsOf(component);
  const flags = new Map<string, string>();
  const words = argv.slice(1);
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    // etcd reads its command line by Go's own library, where one dash does.
    const [, name, , given] =
      (component === "etcd" ? /^--?([^=-][^=]*)(=(.*))?$/s : /^--([^=-][^=]*)(=(.*))?$/s).exec(word) ?? [];
    if (name === undefined) return { problem: stray(component, word) };
    const kind = kinds.get(name);
    if (kind === undefined) {
      return { problem: component === "etcd" ? `flag provided but not defined: -${name}` : `unknown flag: --${name}` };
    }
    const value = given ?? (kind === "bool" ? "true" : words[++at]);
    if (value === undefined) {
      return {
        problem: component === "etcd" ? `flag needs an argument: -${name}` : `flag needs an argument: --${name}`,
      };
    }
    const why = unreadable(kind, value);
    if (why !== undefined) return { problem: invalid(component, { name, value, kind, why }) };
    const before = kind === "list" ? flags.get(name) : undefined;
    flags.set(name, before === undefined ? value : `${before},${value}`);
  }
  return { flags };
}

function stray(component: FlaggedComponent, word: string): string {
  if (component === "etcd") return `'${word}' is not a valid flag`;
  if (/^-[^-]/.test(word)) return `unknown shorthand flag: '${word[1]}' in ${word}`;
  return word.startsWith("--")
    ? `bad flag syntax: ${word}`
    : `unknown command ${JSON.stringify(word)} for "${component}"`;
}

/** What Go's parser of that kind says. */
function unreadable(kind: Kind, value: string): string | undefined {
  const quoted = JSON.stringify(value);
  switch (kind) {
    case "string":
    case "list":
      return undefined;
    case "ports": {
      const read = parsePortRange(value);
      return "problem" in read ? read.problem : undefined;
    }
    case "bool": {
      const read = parseGoBool(value);
      return typeof read === "boolean" ? undefined : read.problem;
    }
    case "int":
      return /^[+-]?\d+$/.test(value) ? undefined : `strconv.ParseInt: parsing ${quoted}: invalid syntax`;
    case "float":
      return value.trim() !== "" && Number.isFinite(Number(value))
        ? undefined
        : `strconv.ParseFloat: parsing ${quoted}: invalid syntax`;
    case "duration":
      if (value === "0" || /^-?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/.test(value)) return undefined;
      return /^-?\d+(\.\d*)?$/.test(value)
        ? `time: missing unit in duration ${quoted}`
        : `time: invalid duration ${quoted}`;
    case "ip":
      return (/^(\d{1,3}\.){3}\d{1,3}$/.test(value) && value.split(".").every((part) => Number(part) < 256)) ||
        value.includes(":")
        ? undefined
        : `failed to parse IP: ${quoted}`;
  }
}

function invalid(
  component: FlaggedComponent,
  { name, value, kind, why }: { name: string; value: string; kind: Kind; why: string },
): string {
  const quoted = JSON.stringify(value);
  if (component !== "etcd") return `invalid argument ${quoted} for "--${name}" flag: ${why}`;
  return kind === "bool"
    ? `invalid boolean value ${quoted} for -${name}: parse error`
    : `invalid value ${quoted} for flag -${name}: parse error`;
}
