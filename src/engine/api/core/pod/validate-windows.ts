/**
 * What only Windows has, and what it lacks: options of security contexts, host process containers, `spec.os`.
 * Upstream: validateWindowsSecurityContextOptions, validateWindowsHostProcessPod, validateOS, validateLinux and
 * validateWindows in pkg/apis/core/validation/validation.go.
 */
import type { PodSpec, SecurityContext, WindowsSecurityContextOptions } from "../../generated/types.ts";
import { forbiddenField, invalidValue, notSupported, required, type FieldError } from "../../meta/field-error.ts";
import { isDNS1123Subdomain } from "../../meta/names.ts";

const MAX_CREDENTIAL_KIB = 64;
const MAX_DOMAIN = 256;
const MAX_USER = 104;
const NETBIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
const DOMAIN = new RegExp(`^${DNS_LABEL}(?:\\.${DNS_LABEL})*$`);
const NOT_FOR_WINDOWS = "cannot be set for a windows pod";
const NOT_FOR_LINUX = "windows options cannot be set for a linux pod";

export function validateWindowsOptions(
  options: WindowsSecurityContextOptions | undefined,
  field: string,
  errors: FieldError[],
): void {
  if (options === undefined) return;
  const { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName } = options;
  if (gmsaCredentialSpecName !== undefined) {
    for (const text of isDNS1123Subdomain(gmsaCredentialSpecName)) {
      errors.push(invalidValue(`${field}.gmsaCredentialSpecName`, gmsaCredentialSpecName, text));
    }
  }
  if (gmsaCredentialSpec !== undefined) {
    const complain = (detail: string): void =>
      void errors.push(invalidValue(`${field}.gmsaCredentialSpec`, gmsaCredentialSpec, detail));
    if (gmsaCredentialSpec === "") complain("gmsaCredentialSpec cannot be an empty string");
    else if (gmsaCredentialSpec.length > MAX_CREDENTIAL_KIB * 1024) {
      complain(`gmsaCredentialSpec size must be under ${MAX_CREDENTIAL_KIB} KiB`);
    }
  }
  if (runAsUserName === undefined) return;
  for (const problem of userNameProblems(runAsUserName)) {
    errors.push(invalidValue(`${field}.runAsUserName`, runAsUserName, problem));
  }
}

/** `DOMAIN\user` or `user`. */
function userNameProblems(name: string): string[] {
  if (name === "") return ["runAsUserName cannot be an empty string"];
  if (/[\x00-\x1f\x7f]/.test(name)) return ["runAsUserName cannot contain control characters"];
  const parts = name.split("\\");
  if (parts.length > 2) return ["runAsUserName cannot contain more than one backslash"];
  const problems: string[] = [];
  const [domain, user = ""] = parts.length === 1 ? [undefined, parts[0]] : parts;
  if (domain !== undefined) {
    if (domain.length >= MAX_DOMAIN)
      problems.push(`runAsUserName's Domain length must be under ${MAX_DOMAIN} characters`);
    if (!NETBIOS.test(domain) && !DOMAIN.test(domain)) {
      problems.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
    }
  }
  if (user === "") problems.push("runAsUserName's User cannot be empty");
  else if (user.length > MAX_USER) {
    problems.push(`runAsUserName's User length must not be longer than ${MAX_USER} characters`);
  }
  if (/^[. ]+$/.test(user)) problems.push("runAsUserName's User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) {
    problems.push("runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]");
  }
  return problems;
}

interface PlacedContext {
  /** Path of the container, which begins with a dot. */
  path: string;
  context: SecurityContext | undefined;
}

/** Upstream's order: init containers, containers, ephemeral containers. */
function containersOf(spec: PodSpec): PlacedContext[] {
  return (["initContainers", "containers", "ephemeralContainers"] as const).flatMap((list) =>
    (spec[list] ?? []).map(({ securityContext }, at) => ({ path: `.${list}[${at}]`, context: securityContext })),
  );
}

export function validateHostProcess(spec: PodSpec, errors: FieldError[]): void {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  const containers = containersOf(spec);
  let count = 0;
  for (const { path, context } of containers) {
    const own = context?.windowsOptions?.hostProcess;
    if (ofPod !== undefined && own !== undefined && ofPod !== own) {
      const detail = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
      errors.push(invalidValue(`${path}.securityContext.windowsOptions.hostProcess`, own, detail));
    }
    if (own ?? ofPod) count++;
  }
  if (count === 0) return;
  if (count !== containers.length) {
    const detail = "If pod contains any hostProcess containers then all containers must be HostProcess containers";
    errors.push(invalidValue("", "", detail));
  }
  if (spec.hostNetwork !== true) {
    const detail = "hostNetwork must be true if pod contains any hostProcess containers";
    errors.push(invalidValue(".hostNetwork", false, detail));
  }
}

export function validateOS(spec: PodSpec, errors: FieldError[]): void {
  const { os } = spec;
  if (os === undefined) return;
  if (!os.name) errors.push(required(".os.name", "cannot be empty"));
  else if (os.name === "linux") validateLinux(spec, errors);
  else if (os.name === "windows") validateWindows(spec, errors);
  else errors.push(notSupported(".os", os.name, ["linux", "windows"]));
}

function validateLinux(spec: PodSpec, errors: FieldError[]): void {
  const all = [{ path: "", context: spec.securityContext }, ...containersOf(spec)];
  for (const { path, context } of all) {
    if (context?.windowsOptions === undefined) continue;
    errors.push(forbiddenField(`${path}.securityContext.windowsOptions`, NOT_FOR_LINUX));
  }
}

const POD_FIELDS = [
  ...["securityContext.appArmorProfile", "securityContext.seLinuxOptions", "hostUsers", "hostPID", "hostIPC"],
  ...["securityContext.seccompProfile", "securityContext.fsGroup", "securityContext.fsGroupChangePolicy"],
  ...["securityContext.sysctls", "shareProcessNamespace", "securityContext.runAsUser", "securityContext.runAsGroup"],
  ...["securityContext.supplementalGroups", "securityContext.supplementalGroupsPolicy"],
  "securityContext.seLinuxChangePolicy",
];
const CONTAINER_FIELDS = [
  ...["appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities", "readOnlyRootFilesystem"],
  ...["privileged", "allowPrivilegeEscalation", "procMount", "runAsUser", "runAsGroup"],
] as const;
/** For these, upstream can't tell false and empty from absent. */
const PLAIN_FIELDS = new Set(["hostPID", "hostIPC", "securityContext.sysctls"]);

function validateWindows(spec: PodSpec, errors: FieldError[]): void {
  for (const name of POD_FIELDS) {
    const key = name.replace("securityContext.", "");
    const holder = (key === name ? spec : spec.securityContext) as Readonly<Record<string, unknown>> | undefined;
    const value = holder?.[key];
    const empty = value === false || (Array.isArray(value) && value.length === 0);
    if (value === undefined || (empty && PLAIN_FIELDS.has(name))) continue;
    errors.push(forbiddenField(`.${name}`, NOT_FOR_WINDOWS));
  }
  for (const { path, context } of containersOf(spec)) {
    for (const name of CONTAINER_FIELDS) {
      if (context?.[name] === undefined) continue;
      errors.push(forbiddenField(`${path}.securityContext.${name}`, NOT_FOR_WINDOWS));
    }
  }
}

/** A pod with users of its own shares no other namespace with its host. */
export function validateHostUsers(spec: PodSpec, errors: FieldError[]): void {
  if (spec.hostUsers !== false) return;
  const detail = "when `pod.Spec.HostUsers` is false";
  if (spec.hostNetwork === true) errors.push(forbiddenField(".hostNetwork", detail));
  if (spec.hostPID === true) errors.push(forbiddenField(".HostPID", detail));
  if (spec.hostIPC === true) errors.push(forbiddenField(".HostIPC", detail));
}
