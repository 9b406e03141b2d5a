/**
 * A container's environment. Upstream: pkg/kubelet/kubelet_pods.go, makeEnvironmentVariables. Any key of a ConfigMap or
 * Secret is a valid name since RelaxedEnvironmentVariableValidation (v1.34).
 */
import type { Container, EnvVarSource, Pod } from "../api/generated/types.ts";
import { decodeBase64 } from "../base/base64.ts";
import type { ConfigReader } from "../storage/volume-plugin.ts";
import { expand } from "./expansion.ts";
import { fieldValue, resourceValue } from "../api/core/pod/field-reference.ts";
import type { PodFacts } from "../api/core/pod/field-reference.ts";

/** A container can't be configured: reason CreateContainerConfigError. */
export class ConfigError extends Error {}

export interface EnvironmentSource extends PodFacts {
  config: ConfigReader;
  /** Variables of services that this pod sees. */
  services: Readonly<Record<string, string>>;
}

/** All variables of the container. Throws a ConfigError as upstream words it. */
export function containerEnvironment(
  pod: Pod,
  container: Container,
  source: EnvironmentSource,
): Record<string, string> {
  const { services } = source;
  if ((container.env?.length ?? 0) === 0 && (container.envFrom?.length ?? 0) === 0) return services;
  const env: Record<string, string> = {};
  addEnvFrom(env, pod, { container, source });
  const known = (name: string): string | undefined => env[name] ?? services[name];
  for (const { name, value = "", valueFrom } of container.env ?? []) {
    if (valueFrom === undefined) env[name] = expand(value, known);
    else {
      const found = sourceValue(valueFrom, pod, { container, source });
      if (found !== undefined) env[name] = found;
    }
  }
  return { ...services, ...env };
}

interface Question {
  container: Container;
  source: EnvironmentSource;
}

function addEnvFrom(env: Record<string, string>, pod: Pod, { container, source }: Question): void {
  const { namespace } = pod.metadata;
  for (const { configMapRef, secretRef, prefix = "" } of container.envFrom ?? []) {
    if (configMapRef !== undefined) {
      const name = configMapRef.name ?? "";
      const found = source.config.configMap(namespace, name);
      if (found === undefined && configMapRef.optional !== true) throw missing("configmap", name);
      for (const [key, value] of Object.entries(found?.data ?? {})) env[prefix + key] = value;
    } else if (secretRef !== undefined) {
      const name = secretRef.name ?? "";
      const found = source.config.secret(namespace, name);
      if (found === undefined && secretRef.optional !== true) throw missing("secret", name);
      for (const [key, value] of Object.entries(found?.data ?? {})) env[prefix + key] = decodeBase64(value);
    }
  }
}

/** undefined: the variable is optional and isn't set. */
function sourceValue(from: EnvVarSource, pod: Pod, { container, source }: Question): string | undefined {
  const { namespace } = pod.metadata;
  if (from.fieldRef !== undefined) {
    const value = fieldValue(pod, from.fieldRef, source);
    if (value === undefined) throw new ConfigError(`unsupported fieldPath: ${from.fieldRef.fieldPath}`);
    return value;
  }
  if (from.resourceFieldRef !== undefined) {
    const value = resourceValue(pod, container, { selector: from.resourceFieldRef, facts: source });
    if (value === undefined)
      throw new ConfigError(`unsupported container resource : ${from.resourceFieldRef.resource}`);
    return value;
  }
  if (from.configMapKeyRef !== undefined) {
    const { name = "", key, optional } = from.configMapKeyRef;
    const found = source.config.configMap(namespace, name);
    if (found === undefined && optional !== true) throw missing("configmap", name);
    const value = found?.data?.[key];
    if (value === undefined && optional !== true) {
      throw new ConfigError(`couldn't find key ${key} in ConfigMap ${namespace}/${name}`);
    }
    return value;
  }
  if (from.secretKeyRef !== undefined) {
    const { name = "", key, optional } = from.secretKeyRef;
    const found = source.config.secret(namespace, name);
    if (found === undefined && optional !== true) throw missing("secret", name);
    const value = found?.data?.[key];
    if (value === undefined && optional !== true) {
      throw new ConfigError(`couldn't find key ${key} in Secret ${namespace}/${name}`);
    }
    return value === undefined ? undefined : decodeBase64(value);
  }
  throw new ConfigError("environment variables from files are not supported by this node");
}

function missing(kind: string, name: string): ConfigError {
  return new ConfigError(`${kind} ${JSON.stringify(name)} not found`);
}
