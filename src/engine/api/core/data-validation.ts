/** ConfigMaps and Secrets. Upstream: ValidateConfigMap, ValidateSecret in pkg/apis/core/validation/validation.go. */
import { decodeBase64 } from "../../base/base64.ts";
import { deepEqual } from "../../base/json.ts";
import type { ConfigMap, Secret } from "../generated/types.ts";
import { forbiddenField, invalidValue, required, type FieldError } from "../meta/field-error.ts";
import { isConfigMapKey } from "../meta/names.ts";
import { validateImmutable } from "../meta/validate-meta.ts";

const MAX_SIZE = 1024 * 1024;
const LOCKED = "field is immutable when `immutable` is set";

function tooLarge(field: string): FieldError {
  return { type: "FieldValueTooLong", field, badValue: "", detail: `may not be more than ${MAX_SIZE} bytes` };
}

export function validateConfigMap({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, text] of Object.entries(data)) {
    for (const problem of isConfigMapKey(key)) errors.push(invalidValue(`data[${key}]`, key, problem));
    if (key in binaryData) errors.push(invalidValue(`data[${key}]`, key, "duplicate of key present in binaryData"));
    size += text.length;
  }
  for (const [key, encoded] of Object.entries(binaryData)) {
    for (const problem of isConfigMapKey(key)) errors.push(invalidValue(`binaryData[${key}]`, key, problem));
    size += Math.floor((encoded.length * 3) / 4);
  }
  if (size > MAX_SIZE) errors.push(tooLarge(""));
  return errors;
}

export function validateConfigMapUpdate(configMap: ConfigMap, old: ConfigMap): FieldError[] {
  const errors: FieldError[] = [];
  if (old.immutable === true) {
    if (configMap.immutable !== true) errors.push(forbiddenField("immutable", LOCKED));
    if (!deepEqual(configMap.data ?? {}, old.data ?? {})) errors.push(forbiddenField("data", LOCKED));
    if (!deepEqual(configMap.binaryData ?? {}, old.binaryData ?? {})) errors.push(forbiddenField("binaryData", LOCKED));
  }
  return [...errors, ...validateConfigMap(configMap)];
}

export function validateSecret(secret: Secret): FieldError[] {
  const errors: FieldError[] = [];
  const { data = {}, metadata, type } = secret;
  let size = 0;
  for (const [key, encoded] of Object.entries(data)) {
    for (const problem of isConfigMapKey(key)) errors.push(invalidValue(`data[${key}]`, key, problem));
    size += Math.floor((encoded.length * 3) / 4);
  }
  if (size > MAX_SIZE) errors.push(tooLarge("data"));
  switch (type) {
    case "kubernetes.io/service-account-token":
      if (!metadata?.annotations?.["kubernetes.io/service-account.name"]) {
        errors.push(required("metadata.annotations[kubernetes.io/service-account.name]"));
      }
      break;
    case "kubernetes.io/dockercfg":
      validateJsonKey(data, ".dockercfg", errors);
      break;
    case "kubernetes.io/dockerconfigjson":
      validateJsonKey(data, ".dockerconfigjson", errors);
      break;
    case "kubernetes.io/basic-auth":
      if (data.username === undefined && data.password === undefined) {
        errors.push(required("data[username]"), required("data[password]"));
      }
      break;
    case "kubernetes.io/ssh-auth":
      if (!data["ssh-privatekey"]) errors.push(required("data[ssh-privatekey]"));
      break;
    case "kubernetes.io/tls":
      for (const key of ["tls.crt", "tls.key"]) if (data[key] === undefined) errors.push(required(`data[${key}]`));
      break;
  }
  return errors;
}

function validateJsonKey(data: Readonly<Record<string, string>>, key: string, errors: FieldError[]): void {
  const encoded = data[key];
  if (encoded === undefined) {
    errors.push(required(`data[${key}]`));
    return;
  }
  try {
    JSON.parse(decodeBase64(encoded));
  } catch (error) {
    errors.push(invalidValue(`data[${key}]`, "<secret contents redacted>", (error as Error).message));
  }
}

export function validateSecretUpdate(secret: Secret, old: Secret): FieldError[] {
  const errors: FieldError[] = [];
  validateImmutable(secret.type, old.type, "type", errors);
  if (old.immutable === true) {
    if (secret.immutable !== true) errors.push(forbiddenField("immutable", LOCKED));
    if (!deepEqual(secret.data ?? {}, old.data ?? {})) errors.push(forbiddenField("data", LOCKED));
  }
  return [...errors, ...validateSecret(secret)];
}
