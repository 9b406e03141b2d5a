/** Containers. Upstream: pkg/apis/core/validation/validation.go (validateContainers, validateInitContainers). */
import type {
  Container,
  ContainerPort,
  ContainerRestartRule,
  EphemeralContainer,
  PodSpec,
  Volume,
} from "../../generated/types.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notFoundField,
  notSupported,
  notSupportedInOrder,
  required,
  tooMany,
  type FieldError,
} from "../../meta/field-error.ts";
import { isDNS1123Label, isValidPortName, isValidPortNum } from "../../meta/names.ts";
import { isSidecar } from "./sidecar.ts";
import { validateEnv, validateEnvFrom } from "./validate-env.ts";
import { validateLifecycle, validateOneSuccess, validateProbe } from "./validate-handlers.ts";
import { validateDevices, validateMounts } from "./validate-mounts.ts";
import { validateRequirements } from "./validate-resources.ts";
import { validateSecurityContext } from "./validate-security-context.ts";
import { PULL_POLICIES } from "./validate-volumes.ts";

/** What the rules of containers know of the pod around them. */
export interface ContainerContext {
  errors: FieldError[];
  /** The volumes that are sound, by name. */
  volumes: ReadonlyMap<string, Volume>;
  claimNames: ReadonlySet<string>;
  spec: Pick<PodSpec, "hostUsers" | "restartPolicy" | "terminationGracePeriodSeconds" | "os">;
}

const PROTOCOLS = ["TCP", "UDP", "SCTP"];
const MESSAGE_POLICIES = ["File", "FallbackToLogsOnError"];
const RESTART_POLICIES = ["Always", "Never", "OnFailure"];
const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;

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
    validateHooksAndProbes(container, path, context);
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
    validateRestartPolicy(container, path, errors);
    const { name } = container;
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
    else if (name) names.add(name);
    // Init containers run one by one: their ports are no conflict. Upstream's path is that of the first in the list.
    validateHostPorts([container], field, errors);
    if (isSidecar(container)) {
      validateHooksAndProbes(container, path, context);
      continue;
    }
    for (const probe of ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const) {
      if (container[probe] === undefined) continue;
      const detail = "may not be set for init containers without restartPolicy=Always";
      errors.push(forbiddenField(`${path}.${probe}`, detail));
    }
  }
}

/** Fields of a container that an ephemeral one has no use for. */
const NOT_EPHEMERAL = [
  ...["ports", "resources", "resizePolicy", "restartPolicy", "restartPolicyRules"],
  ...["livenessProbe", "readinessProbe", "startupProbe", "lifecycle"],
] as const;

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
    validateImageIsTrimmed(container, path, errors);
    if (names.has(container.name)) errors.push(duplicate(`${path}.name`, container.name));
    names.add(container.name);
    const target = container.targetContainerName;
    if (target && !others.some(({ name }) => name === target)) {
      errors.push(notFoundField(`${path}.targetContainerName`, target));
    }
    for (const name of NOT_EPHEMERAL) {
      const value = container[name];
      // Defaulting gives every container an empty set of resources.
      if (value === undefined || Object.keys(value).length === 0) continue;
      errors.push(forbiddenField(`${path}.${name}`, "cannot be set for an Ephemeral Container"));
    }
    for (const [at, { subPath, subPathExpr }] of (container.volumeMounts ?? []).entries()) {
      const complain = (name: string): void =>
        void errors.push(
          forbiddenField(`${path}.volumeMounts[${at}].${name}`, "cannot be set for an Ephemeral Container"),
        );
      if (subPath) complain("subPath");
      if (subPathExpr) complain("subPathExpr");
    }
  }
}

/** Pods, unlike templates, take no image with blanks around it. */
export function validateImageIsTrimmed(
  { image = "" }: Pick<Container, "image">,
  path: string,
  errors: FieldError[],
): void {
  if (image.trim() === image) return;
  errors.push(invalidValue(`${path}.image`, image, "must not have leading or trailing whitespace"));
}

function validateRestartPolicy(container: Container, path: string, errors: FieldError[]): void {
  const { restartPolicy, restartPolicyRules = [] } = container;
  const field = `${path}.restartPolicy`;
  if (restartPolicy === undefined) {
    if (restartPolicyRules.length > 0) {
      errors.push(required(field, "must specify restartPolicy when restart rules are used"));
    }
  } else if (!RESTART_POLICIES.includes(restartPolicy)) {
    errors.push(notSupported(field, restartPolicy, RESTART_POLICIES));
  }
  const list = `${path}.restartPolicyRules`;
  if (restartPolicyRules.length > MAX_RULES) errors.push(tooMany(list, restartPolicyRules.length, MAX_RULES));
  for (const [index, rule] of restartPolicyRules.entries()) validateRestartRule(rule, `${list}[${index}]`, errors);
}

function validateRestartRule(
  { action = "", exitCodes }: ContainerRestartRule,
  path: string,
  errors: FieldError[],
): void {
  const actions = ["Restart", "RestartAllContainers"];
  if (!actions.includes(action)) errors.push(notSupported(`${path}.action`, action, actions));
  if (exitCodes === undefined) {
    errors.push(required(`${path}.exitCodes`, "must be specified"));
    return;
  }
  const { operator = "", values = [] } = exitCodes;
  const operators = ["In", "NotIn"];
  if (!operators.includes(operator)) errors.push(notSupported(`${path}.exitCodes.operator`, operator, operators));
  if (values.length > MAX_EXIT_CODES) {
    errors.push(tooMany(`${path}.exitCodes.values`, values.length, MAX_EXIT_CODES));
  }
}

function validateCommon(container: Container | EphemeralContainer, path: string, context: ContainerContext): void {
  const { errors, claimNames, spec } = context;
  const { name, image, terminationMessagePolicy = "", imagePullPolicy = "" } = container;
  if (!name) errors.push(required(`${path}.name`));
  else for (const text of isDNS1123Label(name)) errors.push(invalidValue(`${path}.name`, name, text));
  if (!image) errors.push(required(`${path}.image`));
  if (terminationMessagePolicy === "") errors.push(required(`${path}.terminationMessagePolicy`));
  else if (!MESSAGE_POLICIES.includes(terminationMessagePolicy)) {
    errors.push(notSupportedInOrder(`${path}.terminationMessagePolicy`, terminationMessagePolicy, MESSAGE_POLICIES));
  }
  validateContainerPorts(container.ports ?? [], `${path}.ports`, errors);
  validateEnv(container.env ?? [], `${path}.env`, errors);
  validateEnvFrom(container.envFrom ?? [], `${path}.envFrom`, errors);
  validateMounts(container, path, context);
  validateDevices(container, path, context);
  if (imagePullPolicy === "") errors.push(required(`${path}.imagePullPolicy`));
  else if (!PULL_POLICIES.includes(imagePullPolicy)) {
    errors.push(notSupported(`${path}.imagePullPolicy`, imagePullPolicy, PULL_POLICIES));
  }
  if (container.resources !== undefined) {
    validateRequirements(container.resources, `${path}.resources`, { errors, claimNames });
  }
  validateResizePolicy(container, `${path}.resizePolicy`, context);
  const security = container.securityContext;
  if (security === undefined) return;
  validateSecurityContext(security, `${path}.securityContext`, { errors, hostUsers: spec.hostUsers ?? true });
}

function validateResizePolicy(
  { resizePolicy = [] }: Container | EphemeralContainer,
  field: string,
  { errors, spec }: ContainerContext,
): void {
  const policies = ["NotRequired", "RestartContainer"];
  const seen = new Set<string>();
  for (const [index, { resourceName = "", restartPolicy = "" }] of resizePolicy.entries()) {
    if (seen.has(resourceName)) errors.push(duplicate(`${field}[${index}]`, resourceName));
    seen.add(resourceName);
    if (resourceName === "") errors.push(required(field));
    else if (resourceName !== "cpu" && resourceName !== "memory") {
      errors.push(notSupported(field, resourceName, ["cpu", "memory"]));
    }
    if (restartPolicy === "") errors.push(required(field));
    else if (!policies.includes(restartPolicy)) errors.push(notSupported(field, restartPolicy, policies));
    if (spec.restartPolicy === "Never" && restartPolicy !== "NotRequired") {
      errors.push(invalidValue(field, restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'"));
    }
  }
}

export function validateContainerPorts(ports: readonly ContainerPort[], field: string, errors: FieldError[]): void {
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

function validateHooksAndProbes(container: Container, path: string, { errors, spec }: ContainerContext): void {
  const context = { errors, gracePeriod: spec.terminationGracePeriodSeconds, os: spec.os?.name };
  if (container.lifecycle !== undefined) validateLifecycle(container.lifecycle, `${path}.lifecycle`, context);
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"] as const) {
    const probe = container[name];
    if (probe === undefined) continue;
    validateProbe(probe, `${path}.${name}`, context);
    if (name !== "readinessProbe") validateOneSuccess(probe, `${path}.${name}`, errors);
    else if (probe.terminationGracePeriodSeconds !== undefined) {
      const detail = "must not be set for readinessProbes";
      errors.push(
        invalidValue(`${path}.${name}.terminationGracePeriodSeconds`, probe.terminationGracePeriodSeconds, detail),
      );
    }
  }
}
