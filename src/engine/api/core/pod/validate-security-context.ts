/**
 * Security contexts of pods and containers. Upstream: validatePodSpecSecurityContext, ValidateSecurityContext in
 * pkg/apis/core/validation/validation.go. Windows' options are in `validate-windows.ts`.
 */
import type {
  AppArmorProfile,
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
  Sysctl,
} from "../../generated/types.ts";
import { duplicate, invalidValue, notSupported, required, tooLong, type FieldError } from "../../meta/field-error.ts";
import { isValidId } from "../../meta/names.ts";
import { validateWindowsOptions } from "./validate-windows.ts";
import { validateDescendingPath } from "./validate-paths.ts";

const PROFILE_TYPES = ["Localhost", "RuntimeDefault", "Unconfined"];
const MAX_LOCALHOST_PROFILE = 4095;
const SYSCTL = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
const SYSCTL_PATTERN = new RegExp(SYSCTL);
const MAX_SYSCTL = 253;

/** `field` is the path of the spec's securityContext. */
export function validatePodSecurityContext(spec: PodSpec, field: string, errors: FieldError[]): void {
  const context: PodSecurityContext = spec.securityContext ?? {};
  for (const name of ["fsGroup", "runAsUser", "runAsGroup"] as const) {
    validateId(context[name], `${field}.${name}`, errors);
  }
  for (const [index, id] of (context.supplementalGroups ?? []).entries()) {
    validateId(id, `${field}.supplementalGroups[${index}]`, errors);
  }
  if (spec.hostPID === true && spec.shareProcessNamespace === true) {
    const detail = "ShareProcessNamespace and HostPID cannot both be enabled";
    errors.push(invalidValue(`${field}.shareProcessNamespace`, true, detail));
  }
  validateSysctls(context.sysctls ?? [], `${field}.sysctls`, { spec, errors });
  oneOf(context.fsGroupChangePolicy, ["Always", "OnRootMismatch"], `${field}.fsGroupChangePolicy`, errors);
  validateSeccompProfile(context.seccompProfile, `${field}.seccompProfile`, errors);
  validateWindowsOptions(context.windowsOptions, `${field}.windowsOptions`, errors);
  validateAppArmorProfile(context.appArmorProfile, `${field}.appArmorProfile`, errors);
  oneOf(context.supplementalGroupsPolicy, ["Merge", "Strict"], `${field}.supplementalGroupsPolicy`, errors);
  oneOf(context.seLinuxChangePolicy, ["MountOption", "Recursive"], `${field}.seLinuxChangePolicy`, errors);
}

/** Of a container. */
export function validateSecurityContext(
  context: SecurityContext,
  field: string,
  { errors, hostUsers }: { errors: FieldError[]; hostUsers: boolean },
): void {
  validateId(context.runAsUser, `${field}.runAsUser`, errors);
  validateId(context.runAsGroup, `${field}.runAsGroup`, errors);
  const { procMount, allowPrivilegeEscalation, privileged, capabilities } = context;
  oneOf(procMount, ["Default", "Unmasked"], `${field}.procMount`, errors);
  if (hostUsers && procMount === "Unmasked") {
    errors.push(invalidValue(`${field}.procMount`, procMount, "`hostUsers` must be false to use `Unmasked`"));
  }
  validateSeccompProfile(context.seccompProfile, `${field}.seccompProfile`, errors);
  if (allowPrivilegeEscalation === false) {
    if (privileged === true) {
      const detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
      errors.push(invalidValue(field, context, detail));
    }
    if (capabilities?.add?.includes("CAP_SYS_ADMIN") === true) {
      const detail = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
      errors.push(invalidValue(field, context, detail));
    }
  }
  validateWindowsOptions(context.windowsOptions, `${field}.windowsOptions`, errors);
  validateAppArmorProfile(context.appArmorProfile, `${field}.appArmorProfile`, errors);
}

function validateId(id: number | undefined, field: string, errors: FieldError[]): void {
  if (id !== undefined) for (const text of isValidId(id)) errors.push(invalidValue(field, id, text));
}

function oneOf(value: string | undefined, supported: readonly string[], field: string, errors: FieldError[]): void {
  if (value !== undefined && !supported.includes(value)) errors.push(notSupported(field, value, supported));
}

function validateSysctls(
  sysctls: readonly Sysctl[],
  field: string,
  { spec, errors }: { spec: PodSpec; errors: FieldError[] },
): void {
  const names = new Set<string>();
  for (const [index, { name = "" }] of sysctls.entries()) {
    const path = `${field}[${index}].name`;
    if (name === "") errors.push(required(path));
    else if (name.length > MAX_SYSCTL || !SYSCTL_PATTERN.test(name)) {
      errors.push(invalidValue(path, name, `must have at most ${MAX_SYSCTL} characters and match regex ${SYSCTL}`));
    } else if (names.has(name)) errors.push(duplicate(path, name));
    const namespace = sysctlNamespace(name);
    if (spec.hostNetwork === true && namespace === "net") {
      errors.push(invalidValue(path, name, "may not be specified when 'hostNetwork' is true"));
    } else if (spec.hostIPC === true && namespace === "ipc") {
      errors.push(invalidValue(path, name, "may not be specified when 'hostIPC' is true"));
    }
    names.add(name);
  }
}

/** The kernel namespace that a sysctl belongs to. Upstream: component-helpers node/util/sysctl/namespace.go. */
function sysctlNamespace(sysctl: string): "net" | "ipc" | undefined {
  // A slash that comes before any dot separates: then `/` and `.` change places.
  const first = /[./]/.exec(sysctl)?.[0];
  const name = first === "/" ? sysctl.replace(/[./]/g, (mark) => (mark === "/" ? "." : "/")) : sysctl;
  if (name.startsWith("net.")) return "net";
  return /^(?:kernel\.(?:sem|shm|msg)|fs\.mqueue\.)/.test(name) ? "ipc" : undefined;
}

function validateSeccompProfile(profile: SeccompProfile | undefined, field: string, errors: FieldError[]): void {
  if (profile === undefined) return;
  const { type, localhostProfile } = profile;
  if (!type) errors.push(required(`${field}.type`, "type is required when seccompProfile is set"));
  else if (!PROFILE_TYPES.includes(type)) errors.push(notSupported(`${field}.type`, type, PROFILE_TYPES));
  const path = `${field}.localhostProfile`;
  if (type !== "Localhost") {
    if (localhostProfile === undefined) return;
    errors.push(invalidValue(path, profile, "can only be set when seccomp type is Localhost"));
  } else if (localhostProfile === undefined) {
    errors.push(required(path, "must be set when seccomp type is Localhost"));
  } else validateDescendingPath(localhostProfile, path, errors);
}

function validateAppArmorProfile(profile: AppArmorProfile | undefined, field: string, errors: FieldError[]): void {
  if (profile === undefined) return;
  const { type, localhostProfile } = profile;
  const path = `${field}.localhostProfile`;
  if (!type) {
    errors.push(required(`${field}.type`, "type is required when appArmorProfile is set"));
  } else if (!PROFILE_TYPES.includes(type)) {
    errors.push(notSupported(`${field}.type`, type, PROFILE_TYPES));
  } else if (type !== "Localhost") {
    if (localhostProfile === undefined) return;
    errors.push(invalidValue(path, localhostProfile, "can only be set when AppArmor type is Localhost"));
  } else if (localhostProfile === undefined || localhostProfile === "") {
    errors.push(required(path, "must be set when AppArmor type is Localhost"));
  } else {
    if (localhostProfile.trim() !== localhostProfile) {
      errors.push(invalidValue(path, localhostProfile, "must not be padded with whitespace"));
    }
    if (localhostProfile.length > MAX_LOCALHOST_PROFILE) errors.push(tooLong(path, "", MAX_LOCALHOST_PROFILE));
  }
}
