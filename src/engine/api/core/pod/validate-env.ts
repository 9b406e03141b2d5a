/** Environment variables and references into pods. Upstream: pkg/apis/core/validation/validation.go (ValidateEnv). */
import type {
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  ObjectFieldSelector,
  ResourceFieldSelector,
} from "../../generated/types.ts";
import { invalidValue, notSupported, required, type FieldError } from "../../meta/field-error.ts";
import { isConfigMapKey, isDNS1123Subdomain, isEnvVarName, isQualifiedName } from "../../meta/names.ts";
import { quantityAsNumber } from "../../meta/quantity.ts";
import { validateLocalPath } from "./validate-paths.ts";

const ENV_FIELDS = [
  ...["metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName"],
  ...["status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"],
];
/** What a reference may name at all (upstream: ConvertDownwardAPIFieldLabel). */
const KNOWN_FIELDS = new Set([
  ...ENV_FIELDS,
  ...["metadata.annotations", "metadata.labels", "spec.restartPolicy", "spec.schedulerName", "status.phase"],
]);
const CONTAINER_AMOUNTS = [
  ...["limits.cpu", "limits.memory", "limits.ephemeral-storage"],
  ...["requests.cpu", "requests.memory", "requests.ephemeral-storage"],
];
const AMOUNT_NAMES: Readonly<Record<string, string>> = {
  cpu: "cpu",
  memory: "memory",
  "ephemeral-storage": "local ephemeral storage",
};
const CPU_DIVISORS = ["1m", "1"];
const BYTE_DIVISORS = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];
const SOURCE_NAMES = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"] as const;

export function validateEnv(variables: readonly EnvVar[], field: string, errors: FieldError[]): void {
  for (const [index, { name, value = "", valueFrom }] of variables.entries()) {
    const path = `${field}[${index}]`;
    if (!name) errors.push(required(`${path}.name`));
    else for (const text of isEnvVarName(name)) errors.push(invalidValue(`${path}.name`, name, text));
    if (valueFrom !== undefined) validateSource(valueFrom, value, `${path}.valueFrom`, errors);
  }
}

function validateSource(source: EnvVarSource, value: string, field: string, errors: FieldError[]): void {
  const present = SOURCE_NAMES.filter((name) => source[name] !== undefined);
  if (source.fieldRef !== undefined) {
    validateFieldReference(source.fieldRef, `${field}.fieldRef`, { errors, supported: ENV_FIELDS });
  }
  if (source.resourceFieldRef !== undefined) {
    validateResourceReference(source.resourceFieldRef, `${field}.resourceFieldRef`, { errors, inVolume: false });
  }
  for (const name of ["configMapKeyRef", "secretKeyRef"] as const) {
    const reference = source[name];
    if (reference === undefined) continue;
    for (const text of isDNS1123Subdomain(reference.name ?? "")) {
      errors.push(invalidValue(`${field}.${name}.name`, reference.name ?? "", text));
    }
    if (!reference.key) errors.push(required(`${field}.${name}.key`));
    else
      for (const text of isConfigMapKey(reference.key))
        errors.push(invalidValue(`${field}.${name}.key`, reference.key, text));
  }
  if (source.fileKeyRef !== undefined) {
    const { volumeName, path, key } = source.fileKeyRef;
    const at = `${field}.fileKeyRef`;
    if (!volumeName) errors.push(required(`${at}.volumeName`));
    if (!path) errors.push(required(`${at}.path`));
    else validateLocalPath(path, `${at}.path`, errors);
    if (!key) errors.push(required(`${at}.key`));
    else for (const text of isEnvVarName(key)) errors.push(invalidValue(`${at}.key`, key, text));
  }
  if (present.length === 0) {
    const detail =
      "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
    errors.push(invalidValue(field, "", detail));
  } else if (value !== "") {
    errors.push(invalidValue(field, "", "may not be specified when `value` is not empty"));
  } else if (present.length > 1) {
    errors.push(invalidValue(field, "", "may not have more than one field specified at a time"));
  }
}

/** `metadata.labels['x']` and `metadata.annotations['x']`, or one of `supported`. */
export function validateFieldReference(
  reference: ObjectFieldSelector,
  field: string,
  { errors, supported }: { errors: FieldError[]; supported: readonly string[] },
): void {
  const { apiVersion, fieldPath } = reference;
  if (!apiVersion) {
    errors.push(required(`${field}.apiVersion`));
    return;
  }
  if (!fieldPath) {
    errors.push(required(`${field}.fieldPath`));
    return;
  }
  const [, base = fieldPath, key] = /^(.*)\['(.*)'\]$/.exec(fieldPath) ?? [];
  const isMap = base === "metadata.annotations" || base === "metadata.labels";
  if (!isMap && (key !== undefined || !KNOWN_FIELDS.has(base))) {
    const why = key === undefined ? "field label not supported" : "field label does not support subscript";
    errors.push(invalidValue(`${field}.fieldPath`, fieldPath, `error converting fieldPath: ${why}: ${fieldPath}`));
  } else if (key === undefined) {
    if (!supported.includes(fieldPath)) errors.push(notSupported(`${field}.fieldPath`, fieldPath, supported));
  } else {
    const checked = base === "metadata.annotations" ? key.toLowerCase() : key;
    for (const text of isQualifiedName(checked)) errors.push(invalidValue(field, key, text));
  }
}

export function validateResourceReference(
  reference: ResourceFieldSelector,
  field: string,
  { errors, inVolume }: { errors: FieldError[]; inVolume: boolean },
): void {
  const { containerName, resource, divisor } = reference;
  if (inVolume && !containerName) {
    errors.push(required(`${field}.containerName`));
  } else if (!resource) {
    errors.push(required(`${field}.resource`));
  } else if (!CONTAINER_AMOUNTS.includes(resource) && !/^(?:limits|requests)\.hugepages-/.test(resource)) {
    errors.push(notSupported(`${field}.resource`, resource, CONTAINER_AMOUNTS));
  }
  if (divisor === undefined || quantityAsNumber(divisor) === 0) return;
  const kind = (resource ?? "").replace(/^(?:limits|requests)\./, "");
  const name = kind.startsWith("hugepages-") ? "hugepages" : AMOUNT_NAMES[kind];
  if (name === undefined || (name === "cpu" ? CPU_DIVISORS : BYTE_DIVISORS).includes(divisor)) return;
  const values = name === "cpu" ? "1m and 1" : BYTE_DIVISORS.join(", ");
  const detail = `only divisor's values ${values} are supported with the ${name} resource`;
  errors.push(invalidValue(`${field}.divisor`, resource, detail));
}

export function validateEnvFrom(sources: readonly EnvFromSource[], field: string, errors: FieldError[]): void {
  for (const [index, { prefix, configMapRef, secretRef }] of sources.entries()) {
    const path = `${field}[${index}]`;
    if (prefix) for (const text of isEnvVarName(prefix)) errors.push(invalidValue(`${path}.prefix`, prefix, text));
    for (const [name, reference] of [
      ["configMapRef", configMapRef],
      ["secretRef", secretRef],
    ] as const) {
      if (reference === undefined) continue;
      if (!reference.name) errors.push(required(`${path}.${name}.name`));
      else {
        for (const text of isDNS1123Subdomain(reference.name)) {
          errors.push(invalidValue(`${path}.${name}.name`, reference.name, text));
        }
      }
    }
    if (configMapRef === undefined && secretRef === undefined) {
      errors.push(invalidValue(field, "", "must specify one of: `configMapRef` or `secretRef`"));
    } else if (configMapRef !== undefined && secretRef !== undefined) {
      errors.push(invalidValue(field, "", "may not have more than one field specified at a time"));
    }
  }
}
