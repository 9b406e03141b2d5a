/**
 * Files of volumes that come from API objects. Upstream: pkg/volume/{configmap,secret,downwardapi,projected}.
 */
import type { DownwardAPIVolumeFile, KeyToPath, Pod, ProjectedVolumeSource, Volume } from "../api/generated/types.ts";
import { decodeBase64, encodeBase64 } from "../base/base64.ts";
import { ConfigError } from "./environment.ts";
import type { ConfigReader } from "./environment.ts";
import { fieldValue, resourceValue } from "./field-reference.ts";
import type { PodFacts } from "./field-reference.ts";

export interface VolumeFile {
  text: string;
  mode: number;
}

/** By path inside the volume. */
export type VolumeFiles = Record<string, VolumeFile>;

/** A volume that can't be set up yet: event FailedMount with this text. */
export class VolumeError extends ConfigError {}

export interface VolumeFacts extends PodFacts {
  config: ConfigReader;
}

const DEFAULT_MODE = 0o644;

/** The files of a configMap, secret, downwardAPI or projected volume; undefined for any other kind. */
export function volumeFiles(pod: Pod, volume: Volume, facts: VolumeFacts): VolumeFiles | undefined {
  const { namespace } = pod.metadata;
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap !== undefined) {
    const data = configMapData(namespace, { name: configMap.name ?? "", optional: configMap.optional ?? false }, facts);
    return pick(data, configMap.items, configMap.defaultMode ?? DEFAULT_MODE);
  }
  if (secret !== undefined) {
    const data = secretData(namespace, { name: secret.secretName ?? "", optional: secret.optional ?? false }, facts);
    return pick(data, secret.items, secret.defaultMode ?? DEFAULT_MODE);
  }
  if (downwardAPI !== undefined) {
    return downward(pod, downwardAPI.items ?? [], { facts, mode: downwardAPI.defaultMode ?? DEFAULT_MODE });
  }
  return projected === undefined ? undefined : projectedFiles(pod, projected, facts);
}

function projectedFiles(pod: Pod, projected: ProjectedVolumeSource, facts: VolumeFacts): VolumeFiles {
  const { namespace } = pod.metadata;
  const mode = projected.defaultMode ?? DEFAULT_MODE;
  const files: VolumeFiles = {};
  for (const { configMap, secret, downwardAPI, serviceAccountToken } of projected.sources ?? []) {
    if (configMap !== undefined) {
      const data = configMapData(
        namespace,
        { name: configMap.name ?? "", optional: configMap.optional ?? false },
        facts,
      );
      Object.assign(files, pick(data, configMap.items, mode));
    } else if (secret !== undefined) {
      const data = secretData(namespace, { name: secret.name ?? "", optional: secret.optional ?? false }, facts);
      Object.assign(files, pick(data, secret.items, mode));
    } else if (downwardAPI !== undefined) {
      Object.assign(files, downward(pod, downwardAPI.items ?? [], { facts, mode }));
    } else if (serviceAccountToken !== undefined) {
      files[serviceAccountToken.path] = { text: serviceAccountJwt(pod), mode };
    } else throw new VolumeError("projected volume source is not supported by this node");
  }
  return files;
}

/** Simplified: an unsigned token; its subject is what a verifier would read. */
function serviceAccountJwt(pod: Pod): string {
  const account = pod.spec.serviceAccountName ?? "default";
  const claims = {
    iss: "https://kubernetes.default.svc.cluster.local",
    sub: `system:serviceaccount:${pod.metadata.namespace}:${account}`,
  };
  const part = (value: object): string => encodeBase64(JSON.stringify(value)).replaceAll("=", "");
  return `${part({ alg: "none" })}.${part(claims)}.`;
}

interface Named {
  name: string;
  optional: boolean;
}

function configMapData(namespace: string, { name, optional }: Named, facts: VolumeFacts): Record<string, string> {
  const found = facts.config.configMap(namespace, name);
  if (found === undefined && !optional) throw new VolumeError(`configmap ${JSON.stringify(name)} not found`);
  const data: Record<string, string> = { ...found?.data };
  for (const [key, value] of Object.entries(found?.binaryData ?? {})) data[key] = decodeBase64(value);
  return data;
}

function secretData(namespace: string, { name, optional }: Named, facts: VolumeFacts): Record<string, string> {
  const found = facts.config.secret(namespace, name);
  if (found === undefined && !optional) throw new VolumeError(`secret ${JSON.stringify(name)} not found`);
  const data: Record<string, string> = {};
  for (const [key, value] of Object.entries(found?.data ?? {})) data[key] = decodeBase64(value);
  return data;
}

function pick(data: Record<string, string>, items: readonly KeyToPath[] | undefined, mode: number): VolumeFiles {
  const files: VolumeFiles = {};
  if (items === undefined || items.length === 0) {
    for (const key in data) files[key] = { text: data[key] as string, mode };
    return files;
  }
  for (const item of items) {
    const text = data[item.key];
    if (text === undefined) throw new VolumeError(`references non-existent config key: ${item.key}`);
    files[item.path] = { text, mode: item.mode ?? mode };
  }
  return files;
}

function downward(
  pod: Pod,
  items: readonly DownwardAPIVolumeFile[],
  how: { facts: VolumeFacts; mode: number },
): VolumeFiles {
  const files: VolumeFiles = {};
  for (const { path, mode, fieldRef, resourceFieldRef } of items) {
    const { facts } = how;
    const container = pod.spec.containers.find(({ name }) => name === resourceFieldRef?.containerName);
    const text =
      fieldRef !== undefined
        ? fieldValue(pod, fieldRef, facts)
        : resourceFieldRef !== undefined && container !== undefined
          ? resourceValue(pod, container, { selector: resourceFieldRef, facts })
          : undefined;
    if (text === undefined) throw new VolumeError(`unsupported downward API field of ${path}`);
    files[path] = { text, mode: mode ?? how.mode };
  }
  return files;
}
