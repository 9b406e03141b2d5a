/** What an environment variable's `valueFrom` names, in words and resolved. Upstream: kubectl pkg/cmd/set/env/env_resolve.go. */
import type { EnvVarSource } from "../engine/api/generated/types.ts";
import type { KubeObject } from "../engine/api/meta/object.ts";
import { decodeBase64 } from "../engine/base/base64.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { resourcePath } from "./discovery.ts";
import { ApiError, CommandError } from "./errors.ts";
import { CONFIG_MAPS, SECRETS } from "./generators/resources.ts";
import type { Invocation } from "./invocation.ts";
import { executeJsonPath, parseJsonPath } from "./printers/jsonpath.ts";

export function envReference(source: EnvVarSource): string {
  if (source.configMapKeyRef != null) {
    return `configmap ${source.configMapKeyRef.name}, key ${source.configMapKeyRef.key}`;
  }
  if (source.secretKeyRef != null) return `secret ${source.secretKeyRef.name}, key ${source.secretKeyRef.key}`;
  if (source.fieldRef != null) return `field path ${source.fieldRef.fieldPath}`;
  if (source.resourceFieldRef != null) {
    const { containerName, resource } = source.resourceFieldRef;
    return `resource field ${containerName == null || containerName === "" ? "" : `${containerName}/`}${resource}`;
  }
  return "invalid valueFrom";
}

/** Simplified: resource fields are not resolved. */
export function* resolveEnv(
  call: Invocation,
  source: EnvVarSource,
  object: KubeObject,
): Call<{ value: string } | { problem: string }> {
  const { configMapKeyRef, secretKeyRef, fieldRef } = source;
  if (fieldRef != null) {
    try {
      return {
        value: executeJsonPath(parseJsonPath(`{.${fieldRef.fieldPath}}`), object, {
          allowMissing: false,
          asJson: false,
        }),
      };
    } catch (error) {
      if (error instanceof CommandError) return { problem: error.message };
      throw error;
    }
  }
  const reference = configMapKeyRef ?? secretKeyRef;
  if (reference == null) return { problem: `${envReference(source)} is not resolved by this kubectl` };
  const [resource, noun] = configMapKeyRef == null ? [SECRETS, "secret"] : [CONFIG_MAPS, "config map"];
  try {
    const name = String(reference.name);
    const { data } = yield* call.rest.json<{ data?: Record<string, string> }>({
      path: resourcePath(resource, { namespace: call.namespace, name }),
    });
    const value = data?.[reference.key];
    if (value === undefined) return { problem: `key ${reference.key} not found in ${noun} ${name}` };
    return { value: resource === SECRETS ? decodeBase64(value) : value };
  } catch (error) {
    if (error instanceof ApiError) return { problem: error.message };
    throw error;
  }
}
