/** What restricted pods may not do or must say, besides what is baseline. Upstream: k8s.io/pod-security-admission/policy/check_*.go. */
import type { Volume } from "../../../api/generated/types.ts";
import { addedText, explicitSeccomp, procMount } from "./baseline.ts";
import {
  badContainers,
  containersText,
  hasOwnUsers,
  isWindows,
  plural,
  quoted,
  setters,
  sorted,
  type Check,
  type CheckedPod,
  type Violation,
} from "./check.ts";

const ALL = "ALL";
const BIND = "NET_BIND_SERVICE";
const VOLUME_TYPES = new Set([
  ...["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"],
]);

export const restrictedChecks: readonly Check[] = [
  { id: "allowPrivilegeEscalation", since: 8, find: escalation },
  { id: "capabilities_restricted", since: 22, replaces: ["capabilities_baseline"], find: capabilities },
  { id: "procMount_restricted", since: 35, replaces: ["procMount_baseline"], find: procMount },
  { id: "restrictedVolumes", replaces: ["hostPathVolumes"], find: volumes },
  { id: "runAsNonRoot", find: nonRoot },
  { id: "runAsUser", since: 23, find: rootUser },
  { id: "seccompProfile_restricted", since: 19, replaces: ["seccompProfile_baseline"], find: seccomp },
];

function escalation({ spec }: CheckedPod, minor: number): Violation | undefined {
  if (isWindows(spec, minor)) return undefined;
  const bad = badContainers(spec, (context) => context.allowPrivilegeEscalation !== false);
  if (bad.length === 0) return undefined;
  return {
    reason: "allowPrivilegeEscalation != false",
    detail: `${containersText(bad)} must set securityContext.allowPrivilegeEscalation=false`,
  };
}

function capabilities({ spec }: CheckedPod, minor: number): Violation | undefined {
  if (isWindows(spec, minor)) return undefined;
  const isForbidden = (capability: string): boolean => capability !== BIND;
  const keeping = badContainers(spec, (context) => context.capabilities?.drop?.includes(ALL) !== true);
  const adding = badContainers(spec, (context) => context.capabilities?.add?.some(isForbidden) === true);
  const details = [
    ...(keeping.length > 0 ? [`${containersText(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adding.length > 0 ? [addedText(spec, adding, isForbidden)] : []),
  ];
  return details.length === 0 ? undefined : { reason: "unrestricted capabilities", detail: details.join("; ") };
}

function volumes({ spec }: CheckedPod): Violation | undefined {
  const bad = (spec.volumes ?? []).filter((volume) => !VOLUME_TYPES.has(typeOf(volume)));
  if (bad.length === 0) return undefined;
  const names = quoted(bad.map(({ name }) => name));
  const types = sorted(bad.map(typeOf));
  const uses = bad.length === 1 ? "uses" : "use";
  const what = `${plural("restricted volume type", types.length)} ${quoted(types)}`;
  return { reason: "restricted volume types", detail: `${plural("volume", bad.length)} ${names} ${uses} ${what}` };
}

/** A volume without any source becomes an emptyDir. */
function typeOf({ name: _name, ...sources }: Volume): string {
  return Object.keys(sources)[0] ?? "emptyDir";
}

function nonRoot({ spec }: CheckedPod, minor: number): Violation | undefined {
  if (hasOwnUsers(spec, minor)) return undefined;
  const own = spec.securityContext?.runAsNonRoot;
  const reason = "runAsNonRoot != true";
  const who = setters(
    own === false,
    badContainers(spec, (context) => context.runAsNonRoot === false),
  );
  if (who !== "") return { reason, detail: `${who} must not set securityContext.runAsNonRoot=false` };
  const silent = own === true ? [] : badContainers(spec, (context) => context.runAsNonRoot === undefined);
  if (silent.length === 0) return undefined;
  return { reason, detail: `pod or ${containersText(silent)} must set securityContext.runAsNonRoot=true` };
}

function rootUser({ spec }: CheckedPod, minor: number): Violation | undefined {
  if (hasOwnUsers(spec, minor)) return undefined;
  const who = setters(
    spec.securityContext?.runAsUser === 0,
    badContainers(spec, (context) => context.runAsUser === 0),
  );
  return who === "" ? undefined : { reason: "runAsUser=0", detail: `${who} must not set runAsUser=0` };
}

function seccomp(pod: CheckedPod, minor: number): Violation | undefined {
  const { spec } = pod;
  if (isWindows(spec, minor)) return undefined;
  const explicit = explicitSeccomp(pod);
  if (explicit !== undefined || spec.securityContext?.seccompProfile !== undefined) return explicit;
  const silent = badContainers(spec, (context) => context.seccompProfile === undefined);
  if (silent.length === 0) return undefined;
  return {
    reason: "seccompProfile",
    detail: `pod or ${containersText(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  };
}
