/** Validation at create and update, and of parts of pods. The objects are checked as they are given, without defaulting. */
import type {
  Container,
  ContainerPort,
  EnvFromSource,
  EnvVar,
  PodDNSConfig,
  PodSpec,
  StatefulSet,
  TopologySpreadConstraint,
  Volume,
} from "../../../engine/api/generated/types.ts";
import {
  validateContainerPorts,
  validateContainers,
  validateInitContainers,
} from "../../../engine/api/core/pod/validate-container.ts";
import { validateEnv, validateEnvFrom } from "../../../engine/api/core/pod/validate-env.ts";
import { validateHandler, type Handler } from "../../../engine/api/core/pod/validate-handlers.ts";
import { validateResourceName } from "../../../engine/api/core/pod/validate-resources.ts";
import { validateSpread } from "../../../engine/api/core/pod/validate-scheduling.ts";
import { validateVolumes } from "../../../engine/api/core/pod/validate-volumes.ts";
import { checkDNSConfig, validatePodSpec } from "../../../engine/api/core/pod/validation.ts";
import { encodeBase64 } from "../../../engine/base/base64.ts";
import { decode } from "../../../engine/api/meta/decode.ts";
import { fieldErrorText, type FieldError } from "../../../engine/api/meta/field-error.ts";
import type { KubeObject } from "../../../engine/api/meta/object.ts";
import type { Resource } from "../../../engine/api/meta/resource.ts";
import { fieldsOf } from "../../../engine/api/meta/structure-type.ts";
import { resources } from "../../../engine/api/registry.ts";
import { metadataErrors } from "../../../engine/apiserver/validation.ts";
import { defineTopic, expectEqual, type DataCase, type Failure } from "../topic.ts";

/** What a case expects of the complaints; each field that is there is checked. */
interface Expectation {
  valid: boolean;
  errors?: { field: string; type: string }[];
  errorContains?: string;
  numErrors?: number;
  firstErrorField?: string;
  firstErrorContains?: string;
  errorFields?: string[];
}

/** Which of the other fields a case has depends on its kind. */
interface ValidationCase extends DataCase, Expectation {
  resource: string;
  object: KubeObject;
  old: KubeObject;
  ports: ContainerPort[];
  env: EnvVar[];
  envFrom: EnvFromSource[];
  volume: Volume;
  containers: Container[];
  initContainers: Container[];
  spec: PodSpec;
  constraints: TopologySpreadConstraint[];
  dnsConfig: PodDNSConfig | null;
  dnsPolicy: string | null;
  handler: Handler;
  name: string;
}

/** Kinds whose `field` is the end of the error's path. */
const SUFFIX_ONLY = new Set(["volume", "containerPorts"]);

const RELAXED_NAMES = "environment variables may have any printable name but `=` since 1.34";
const FILE_KEYS = "one more source of a variable since 1.35, `fileKeyRef`, stands in the text";
const OWN_RESTARTS = "containers may have restart policies of their own since 1.35";
const OVERWRITTEN = "the numbers are those that the source gives its variables later, for the table of failures";
const RESIZE = "resources change through the subresource `resize` since 1.32, no more through an update";
const EXTERNAL =
  "a service with external addresses is externally accessible since 1.29: it lacks externalTrafficPolicy too";
const STRICT_RANGES = "ranges of addresses have no bits beyond their prefix since 1.36 (StrictIPCIDRValidation)";

const DOES_NOT_APPLY: Readonly<Record<string, string>> = {
  "core/TestValidateEnv.errorCases#1": RELAXED_NAMES,
  "core/TestValidateEnv.errorCases#3": RELAXED_NAMES,
  "core/TestValidateEnv.errorCases#4": RELAXED_NAMES,
  "core/TestValidateEnv.errorCases#6": FILE_KEYS,
  "core/TestValidateEnvFrom.errorCases#2": RELAXED_NAMES,
  "core/TestValidateEnvFrom.errorCases#5": RELAXED_NAMES,
  "core/TestValidateContainers#26": "the server of the source allows no privileged containers, ours does",
  "core/TestValidateContainers#38": OWN_RESTARTS,
  "core/TestValidateContainers#39": OWN_RESTARTS,
  "core/TestValidateContainers#41": OWN_RESTARTS,
  "core/TestValidateContainers#42": OWN_RESTARTS,
  "core/TestValidateInitContainers#10": OWN_RESTARTS,
  "core/TestValidateInitContainers#11": OWN_RESTARTS,
  "core/TestValidatePodSpec.successCases#1": OVERWRITTEN,
  "core/TestValidatePodSpec.successCases#4": OVERWRITTEN,
  "core/TestValidatePodSpec.successCases#5": OVERWRITTEN,
  "core/TestValidatePodUpdate#26": RESIZE,
  "core/TestValidatePodUpdate#29": RESIZE,
  "core/TestValidatePodUpdate#32": RESIZE,
  "core/TestValidatePodUpdate#33": RESIZE,
  "core/TestValidatePodUpdate#35": RESIZE,
  "core/TestValidatePodUpdate#36": RESIZE,
  "core/TestValidatePodUpdate#38": RESIZE,
  "core/TestValidatePodUpdate#39": RESIZE,
  "core/TestValidateServiceCreate#28": EXTERNAL,
  "core/TestValidateServiceCreate#30": EXTERNAL,
  "core/TestValidateServiceCreate#31": EXTERNAL,
  "core/TestValidateTopologySpreadConstraints#20": "validated with an option that only updates of such an object have",
  "core/TestValidateServiceCreate#63": STRICT_RANGES,
  "core/TestValidateServiceCreate#67": STRICT_RANGES,
  "core/TestValidatePersistentVolumes#10": "ReadWriteOncePod is stable since v1.29",
  "core/TestValidatePersistentVolumeClaimUpdate#19":
    "a claim may ask for less than before, down to what its volume has, since v1.34",
  "apps/TestValidateStatefulSet.errorCases#12":
    "since 1.34 a stateful set's pods are checked like others: no restart policy is one more complaint",
  "batch/TestValidateJob.err#7": "values are shown as JSON now: []",
  "batch/TestValidateJob.err#37": "values are shown as JSON now",
  "batch/TestValidateCronJob.err#2": "since 1.29 no new schedule may name a time zone, with or without the field",
  "apps/TestValidateDeployment.err#8": "the negative number stands in `rollbackTo`, a field that v1 does not have",
};

export const validation = defineTopic<ValidationCase>({
  topic: "validation",
  doesNotApply: DOES_NOT_APPLY,
  run(item) {
    if (item.kind === "create" || item.kind === "update") {
      const resource = resources.find(({ kind }) => kind === item.resource);
      if (resource === undefined) return { expected: "a kind of the registry", got: item.resource };
      return judge(item, objectErrors(resource, item));
    }
    return judge(item, partErrors(item));
  },
});

/** Fields that hold bytes by key. */
const BINARY: Readonly<Record<string, string>> = { Secret: "data", ConfigMap: "binaryData" };

/**
 * The object as the server would have decoded it: quantities are canonical, and what is no pointer upstream is there.
 * Binary data stands in the source as the bytes it is.
 */
function asDecoded(resource: Resource, given: KubeObject): KubeObject {
  const binary = BINARY[resource.kind];
  const bytes: unknown = binary === undefined ? undefined : Object.entries(given).find(([key]) => key === binary)?.[1];
  const encoded = Object.entries(bytes ?? {}).map(([key, text]) => [key, encodeBase64(String(text))]);
  const sent = bytes === undefined ? given : { ...given, [binary as string]: Object.fromEntries(encoded) };
  const empty = fieldsOf(resource.structure)?.has("spec") === true ? { metadata: {}, spec: {} } : { metadata: {} };
  const { object } = decode<KubeObject>(resource, { ...empty, ...sent });
  return resource.kind === "StatefulSet" ? withContainerPolicies(object as StatefulSet) : object;
}

function objectErrors(resource: Resource, item: ValidationCase): readonly FieldError[] {
  const object = asDecoded(resource, item.object);
  if (item.kind === "create") return [...metadataErrors(resource, object), ...(resource.validate?.(object) ?? [])];
  const old = asDecoded(resource, item.old);
  const own = resource.validateUpdate?.(object, old) ?? resource.validate?.(object) ?? [];
  return [...metadataErrors(resource, object, old), ...own];
}

/** Before 1.34 nobody looked into a stateful set's pods, so that their containers lack what defaulting gives them. */
function withContainerPolicies(object: StatefulSet): StatefulSet {
  const { spec } = object.spec?.template ?? {};
  if (spec === undefined) return object;
  const containers = spec.containers?.map((container) => ({ terminationMessagePolicy: "File", ...container }));
  return { ...object, spec: { ...object.spec, template: { ...object.spec.template, spec: { ...spec, containers } } } };
}

function partErrors(item: ValidationCase): readonly FieldError[] {
  const errors: FieldError[] = [];
  const context = { errors, volumes: new Map<string, Volume>(), claimNames: new Set<string>(), spec: {} };
  switch (item.kind) {
    case "containerPorts":
      validateContainerPorts(item.ports, "", errors);
      return errors;
    case "env":
      validateEnv(item.env, "field", errors);
      return errors;
    case "envFrom":
      validateEnvFrom(item.envFrom, "field", errors);
      return errors;
    case "volume":
      validateVolumes([item.volume], "field", { errors, isPod: true });
      return errors;
    case "containers":
      validateContainers(item.containers, "containers", context);
      return errors;
    case "initContainers":
      validateInitContainers(item.initContainers, "initContainers", { ...context, others: item.containers });
      return errors;
    case "podSpec":
      return validatePodSpec(item.spec, "field");
    case "topologySpreadConstraints":
      validateSpread(item.constraints, "field", errors);
      return errors;
    case "dnsConfig":
      checkDNSConfig(item.dnsConfig ?? undefined, item.dnsPolicy ?? undefined, "dnsConfig", errors);
      return errors;
    case "probeHandler":
      validateHandler(item.handler, "field", { errors, gracePeriod: undefined });
      return errors;
    case "resourceName":
      validateResourceName(item.name, "field", errors);
      return errors;
    default:
      throw new Error(`the runner knows no part ${item.kind}`);
  }
}

function judge(item: ValidationCase, got: readonly FieldError[]): Failure {
  const texts = got.map(fieldErrorText);
  const refuse = (expected: unknown): Failure => ({ expected, got: texts });
  if (item.valid) return got.length === 0 ? undefined : refuse("valid");
  if (got.length === 0) return refuse("invalid");
  const { errors, errorContains, numErrors, firstErrorField, firstErrorContains, errorFields } = item;
  if (errors !== undefined && errors.length > 0) {
    // The test of stateful sets sorts the complaints.
    const ordered = item.resource === "StatefulSet" ? got.toSorted((a, b) => (a.field < b.field ? -1 : 1)) : got;
    const same =
      errors.length === got.length &&
      errors.every(
        ({ field, type }, at) => type === ordered[at]?.type && sameField(item.kind, field, ordered[at]?.field ?? ""),
      );
    if (!same) return refuse(errors);
  }
  if (errorContains !== undefined && !texts.join(", ").includes(errorContains)) return refuse({ errorContains });
  if (numErrors !== undefined && numErrors !== got.length) return refuse({ numErrors });
  if (firstErrorField !== undefined && firstErrorField !== got[0]?.field) return refuse({ firstErrorField });
  if (firstErrorContains !== undefined && texts[0]?.includes(firstErrorContains) !== true) {
    return refuse({ firstErrorContains });
  }
  if (errorFields === undefined) return undefined;
  return expectEqual(
    errorFields,
    got.map(({ field }) => field),
  );
}

function sameField(kind: string, expected: string, got: string): boolean {
  return SUFFIX_ONLY.has(kind) ? got.endsWith(expected) : got === expected;
}
