/**
 * What an instance of kube-apiserver is told by its flags. Upstream: cmd/kube-apiserver/app/options,
 * pkg/kubeapiserver/options.
 *
 * **Simplified:** there is one server: where several instances run, what the one that started last was told holds.
 */
import type { UserInfo } from "../../api/meta/user-info.ts";
import { HOUR } from "../../base/time.ts";
import type { EventLimit } from "../admission/event-rate-limit/settings.ts";
import type { TolerationSettings } from "../admission/pod-toleration-restriction.ts";
import type { ImagePolicySettings } from "../admission/image-policy/settings.ts";
import { DEFAULT_POD_SECURITY } from "../admission/pod-security/settings.ts";
import type { PodSecuritySettings } from "../admission/pod-security/settings.ts";
import type { AuditSettings } from "../audit/auditor.ts";
import type { AuthorizationMode } from "../auth/authorization.ts";
import type { EncryptionRule } from "../storage/encryption.ts";
import { enabledPlugins } from "./admission-plugins.ts";
import type { RuntimeConfig } from "./runtime-config.ts";
import type { PortRange } from "./port-range.ts";

export interface ServerSettings {
  /** `--enable-bootstrap-token-auth`: whether bootstrap tokens let anybody in. */
  readonly bootstrapTokens: boolean;
  /** `--anonymous-auth`: whether who sends no credential is `system:anonymous`, and not nobody. */
  readonly anonymous: boolean;
  /** `--token-auth-file`: users by their tokens. */
  readonly staticTokens: ReadonlyMap<string, UserInfo>;
  /** `--service-account-issuer`: whose tokens of service accounts count; the first one's are given out. At least one. */
  readonly issuers: readonly string[];
  /** `--api-audiences`: what a token has to be for. Default: the issuers. */
  readonly audiences: readonly string[];
  /** `--authorization-mode`: who is asked, in this order. */
  readonly authorizationModes: readonly AuthorizationMode[];
  /** `--enable-admission-plugins` and `--disable-admission-plugins`: the names of those that are on. */
  readonly admissionPlugins: ReadonlySet<string>;
  /** Of `--admission-control-config-file`. */
  readonly podSecurity: PodSecuritySettings;
  readonly imagePolicy?: ImagePolicySettings;
  readonly tolerations?: TolerationSettings;
  readonly eventLimits?: readonly EventLimit[];
  /** `--default-not-ready-toleration-seconds` */
  readonly notReadySeconds: number;
  /** `--default-unreachable-toleration-seconds` */
  readonly unreachableSeconds: number;
  /** `--service-node-port-range` */
  readonly nodePorts: PortRange;
  /** `--event-ttl`, in milliseconds. */
  readonly eventTtl: number;
  /** `--encryption-provider-config` */
  readonly encryption: readonly EncryptionRule[];
  /** `--runtime-config` */
  readonly runtimeConfig: RuntimeConfig;
  /** What is told of requests; undefined: nothing. */
  readonly audit?: AuditSettings;
}

const ISSUERS = ["https://kubernetes.default.svc.cluster.local"];

/** As kubeadm sets a server up. */
export const DEFAULT_SERVER_SETTINGS: ServerSettings = {
  bootstrapTokens: false,
  anonymous: true,
  staticTokens: new Map(),
  issuers: ISSUERS,
  audiences: ISSUERS,
  authorizationModes: ["Node", "RBAC"],
  admissionPlugins: enabledPlugins(["NodeRestriction"], []),
  podSecurity: DEFAULT_POD_SECURITY,
  notReadySeconds: 300,
  unreachableSeconds: 300,
  nodePorts: { first: 30000, last: 32767 },
  eventTtl: HOUR,
  encryption: [],
  runtimeConfig: new Map(),
};
