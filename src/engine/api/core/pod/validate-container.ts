/** Containers. Upstream: pkg/apis/core/validation/validation.go (validateContainers, validateInitContainers). */
import type {
  Container,
  ContainerPort,
  EphemeralContainer,
  SecurityContext,
  VolumeMount,
} from "../../generated/types.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notFoundField,
  notSupported,
  required,
  type FieldError,
} from "../../meta/field-error.ts";
import { isDNS1123Label, isValidId, isValidPortName, isValidPortNum } from "../../meta/names.ts";
import { isSidecar } from "./sidecar.ts";
import { validateEnv, validateEnvFrom } from "./validate-env.ts";
import { validateLifecycle, validateOneSuccess, validateProbe } from "./validate-handlers.ts";
import { validateRequirements } from "./validate-resources.ts";
import { validateDescendingPath } from "./validate-volumes.ts";

export interface ContainerContext {
  errors: FieldError[];
  volumes: ReadonlySet<string>;
  claimNames: ReadonlySet<string>;
  hostNetwork: boolean;
}

const PROTOCOLS = ["TCP", "UDP", "SCTP"];
const PULL_POLICIES = ["Always", "IfNotPresent", "Never"];
const MESSAGE_POLICIES = ["File", "FallbackToLogsOnError"];

export function validateContainers(containers: readonly Container[], field: string, context: ContainerContext): void {
  const { errors } = context;
  if (containers.length === 0) {
    errors.push(required(field));
    return;
  }
  const names = new Set<string>();
  for (const [index, container] of containers.entries()) {
    const path = `${field}[${index}]`;
    validateCommon(container, path, context);
    const { name } = container;
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
    names.add(name);
    if (container.lifecycle !== undefined) validateLifecycle(container.lifecycle, `${path}.lifecycle`, errors);
    validateProbes(container, path, errors);
    validateRestartPolicy(container, path, errors);
  }
  validateHostPorts(containers, field, errors);
}

export function validateInitContainers(
  containers: readonly Container[],
  field: string,
  context: ContainerContext & { others: readonly Container[] },
): void {
  const { errors, others } = context;
  const names = new Set(others.map(({ name }) => name));
  for (const [index, container] of containers.entries()) {
    const path = `${field}[${index}]`;
    validateCommon(container, path, context);
    if (!container.name) continue;
    if (names.has(container.name)) errors.push(duplicate(`${path}.name`, container.name));
    names.add(container.name);
    validateHostPorts([container], field, errors);
    if (isSidecar(container)) {
      if (container.lifecycle !== undefined) validateLifecycle(container.lifecycle, `${path}.lifecycle`, errors);
      validateProbes(container, path, errors);
    } else {
      for (const name of ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const) {
        if (container[name] === undefined) continue;
        const detail = "may not be set for init containers without restartPolicy=Always";
        errors.push(forbiddenField(`${path}.${name}`, detail));
      }
    }
    validateRestartPolicy(container, path, errors);
  }
}

export function validateEphemeralContainers(
  containers: readonly EphemeralContainer[],
  field: string,
  context: ContainerContext & { others: readonly Container[] },
): void {
  const { errors, others } = context;
  const names = new Set(others.map(({ name }) => name));
  for (const [index, container] of containers.entries()) {
    const path = `${field}[${index}]`;
    validateCommon(container, path, context);
    if (names.has(container.name)) errors.push(duplicate(`${path}.name`, container.name));
    names.add(container.name);
    const target = container.targetContainerName;
    if (target && !others.some(({ name }) => name === target)) {
      errors.push(notFoundField(`${path}.targetContainerName`, target));
    }
    for (const name of ["ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"] as const) {
      if (container[name] === undefined) continue;
      errors.push(forbiddenField(`${path}.${name}`, "cannot be set for an Ephemeral Container"));
    }
  }
}

function validateRestartPolicy(container: Container, path: string, errors: FieldError[]): void {
  const policy = container.restartPolicy;
  const supported = ["Always", "Never", "OnFailure"];
  if (policy !== undefined && !supported.includes(policy)) {
    errors.push(notSupported(`${path}.restartPolicy`, policy, supported));
  }
}

function validateCommon(container: Container | EphemeralContainer, path: string, context: ContainerContext): void {
  const { errors, claimNames, hostNetwork } = context;
  const { name, image, terminationMessagePolicy = "", imagePullPolicy = "" } = container;
  if (!name) errors.push(required(`${path}.name`));
  else for (const text of isDNS1123Label(name)) errors.push(invalidValue(`${path}.name`, name, text));
  if (!image) errors.push(required(`${path}.image`));
  if (terminationMessagePolicy === "") errors.push(required(`${path}.terminationMessagePolicy`));
  else if (!MESSAGE_POLICIES.includes(terminationMessagePolicy)) {
    errors.push(notSupported(`${path}.terminationMessagePolicy`, terminationMessagePolicy, MESSAGE_POLICIES));
  }
  validateContainerPorts(container.ports ?? [], `${path}.ports`, { errors, hostNetwork });
  validateEnv(container.env ?? [], `${path}.env`, errors);
  validateEnvFrom(container.envFrom ?? [], `${path}.envFrom`, errors);
  validateMounts(container, path, context);
  if (imagePullPolicy === "") errors.push(required(`${path}.imagePullPolicy`));
  else if (!PULL_POLICIES.includes(imagePullPolicy)) {
    errors.push(notSupported(`${path}.imagePullPolicy`, imagePullPolicy, PULL_POLICIES));
  }
  if (container.resources !== undefined) {
    validateRequirements(container.resources, `${path}.resources`, { errors, claimNames });
  }
  for (const { resourceName, restartPolicy } of container.resizePolicy ?? []) {
    if (resourceName !== "cpu" && resourceName !== "memory") {
      errors.push(notSupported(`${path}.resizePolicy`, resourceName, ["cpu", "memory"]));
    }
    if (restartPolicy !== "NotRequired" && restartPolicy !== "RestartContainer") {
      errors.push(notSupported(`${path}.resizePolicy`, restartPolicy, ["NotRequired", "RestartContainer"]));
    }
  }
  const security = container.securityContext;
  if (security !== undefined) validateSecurityContext(security, `${path}.securityContext`, errors);
}

export function validateContainerPorts(
  ports: readonly ContainerPort[],
  field: string,
  { errors, hostNetwork }: { errors: FieldError[]; hostNetwork: boolean },
): void {
  const names = new Set<string>();
  for (const [index, { name, containerPort, hostPort, protocol = "" }] of ports.entries()) {
    const path = `${field}[${index}]`;
    if (name) {
      const texts = isValidPortName(name);
      for (const text of texts) errors.push(invalidValue(`${path}.name`, name, text));
      if (texts.length === 0) {
        if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
        names.add(name);
      }
    }
    if (!containerPort) errors.push(required(`${path}.containerPort`));
    else {
      for (const text of isValidPortNum(containerPort)) {
        errors.push(invalidValue(`${path}.containerPort`, containerPort, text));
      }
    }
    if (hostPort) {
      for (const text of isValidPortNum(hostPort)) errors.push(invalidValue(`${path}.hostPort`, hostPort, text));
    }
    if (protocol === "") errors.push(required(`${path}.protocol`));
    else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${path}.protocol`, protocol, PROTOCOLS));
    if (hostNetwork && hostPort && hostPort !== containerPort) {
      const detail = "must match `hostPort` when `hostNetwork` is true";
      errors.push(invalidValue(`${path}.containerPort`, containerPort, detail));
    }
  }
}

function validateHostPorts(containers: readonly Container[], field: string, errors: FieldError[]): void {
  const taken = new Set<string>();
  for (const [index, { ports = [] }] of containers.entries()) {
    for (const [at, { hostPort, hostIP = "", protocol }] of ports.entries()) {
      if (!hostPort) continue;
      const key = `${protocol}/${hostIP}/${hostPort}`;
      if (taken.has(key)) errors.push(duplicate(`${field}[${index}].ports[${at}].hostPort`, key));
      taken.add(key);
    }
  }
}

function validateMounts(container: Container | EphemeralContainer, field: string, context: ContainerContext): void {
  const { errors, volumes } = context;
  const paths = new Set<string>();
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const path = `${field}.volumeMounts[${index}]`;
    const { name, mountPath, subPath = "", subPathExpr = "" } = mount;
    if (!name) errors.push(required(`${path}.name`));
    if (!volumes.has(name)) errors.push(notFoundField(`${path}.name`, name ?? ""));
    if (!mountPath) errors.push(required(`${path}.mountPath`));
    if (paths.has(mountPath)) errors.push(invalidValue(`${path}.mountPath`, mountPath, "must be unique"));
    paths.add(mountPath);
    if (subPath !== "") validateDescendingPath(subPath, `${path}.subPath`, errors);
    if (subPathExpr !== "") {
      if (subPath !== "")
        errors.push(invalidValue(`${path}.subPathExpr`, subPathExpr, "subPathExpr and subPath are mutually exclusive"));
      validateDescendingPath(subPathExpr, `${path}.subPathExpr`, errors);
    }
    validatePropagation(mount, container, path, errors);
  }
  const devices = new Set<string>();
  for (const [index, { name, devicePath }] of (container.volumeDevices ?? []).entries()) {
    const path = `${field}.volumeDevices[${index}]`;
    if (!name) errors.push(required(`${path}.name`));
    if (!volumes.has(name)) errors.push(notFoundField(`${path}.name`, name ?? ""));
    if (!devicePath) errors.push(required(`${path}.devicePath`));
    if (devices.has(devicePath)) errors.push(invalidValue(`${path}.devicePath`, devicePath, "must be unique"));
    devices.add(devicePath);
  }
}

function validatePropagation(
  { mountPropagation }: VolumeMount,
  container: Container | EphemeralContainer,
  path: string,
  errors: FieldError[],
): void {
  if (mountPropagation === undefined) return;
  const supported = ["Bidirectional", "HostToContainer", "None"];
  if (!supported.includes(mountPropagation)) {
    errors.push(notSupported(`${path}.mountPropagation`, mountPropagation, supported));
  } else if (mountPropagation === "Bidirectional" && container.securityContext?.privileged !== true) {
    const detail = "Bidirectional mount propagation is available only to privileged containers";
    errors.push(forbiddenField(`${path}.mountPropagation`, detail));
  }
}

function validateProbes(container: Container, path: string, errors: FieldError[]): void {
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"] as const) {
    const probe = container[name];
    if (probe === undefined) continue;
    validateProbe(probe, `${path}.${name}`, errors);
    if (name !== "readinessProbe") validateOneSuccess(probe, `${path}.${name}`, errors);
    else if (probe.terminationGracePeriodSeconds !== undefined) {
      const detail = "must not be set for readinessProbes";
      errors.push(
        invalidValue(`${path}.${name}.terminationGracePeriodSeconds`, probe.terminationGracePeriodSeconds, detail),
      );
    }
  }
}

function validateSecurityContext(context: SecurityContext, field: string, errors: FieldError[]): void {
  for (const name of ["runAsUser", "runAsGroup"] as const) {
    const id = context[name];
    if (id === undefined) continue;
    for (const text of isValidId(id)) errors.push(invalidValue(`${field}.${name}`, id, text));
  }
  const { procMount, allowPrivilegeEscalation, privileged, capabilities } = context;
  if (procMount !== undefined && procMount !== "Default" && procMount !== "Unmasked") {
    errors.push(notSupported(`${field}.procMount`, procMount, ["Default", "Unmasked"]));
  }
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
}
