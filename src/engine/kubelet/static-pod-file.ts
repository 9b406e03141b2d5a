/**
 * A file of the kubelet's manifest folder as a pod. Upstream: pkg/kubelet/config/{file,common}.go (tryDecodeSinglePod).
 */
import { pods } from "../api/core/pod/index.ts";
import { validatePodMetadataAndSpec } from "../api/core/pod/validation.ts";
import type { Pod } from "../api/generated/types.ts";
import { decode, DecodeError } from "../api/meta/decode.ts";
import { fieldErrorText } from "../api/meta/field-error.ts";
import { isObject } from "../base/json.ts";
import { readYaml } from "../base/yaml-text.ts";

export interface StaticPodManifest {
  metadata: { name: string; namespace: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: Pod["spec"];
}

/** A file in the folder; `manifest` spares reading a text that is known. */
export interface ManifestFile {
  path: string;
  text: string;
  manifest?: StaticPodManifest | undefined;
}

/** The pod in a file, or why there is none, as the kubelet's log says it. */
export function readStaticPod(file: ManifestFile): StaticPodManifest | { error: string } {
  if (file.manifest !== undefined) return file.manifest;
  const unreadable = (why: string): { error: string } => ({
    error: `${file.path}: couldn't parse as pod(${why}), please check config file`,
  });
  const read = readYaml(file.text);
  if ("problem" in read) return unreadable(read.problem);
  const { value } = read;
  if (!isObject(value) || value["kind"] === undefined) {
    return unreadable(`Object 'Kind' is missing in '${JSON.stringify(value)}'`);
  }
  if (value["apiVersion"] !== "v1" || value["kind"] !== "Pod") {
    const [apiVersion, kind] = [String(value["apiVersion"] ?? ""), String(value["kind"])];
    return unreadable(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  }
  try {
    return checked(decode<Pod>(pods, value).object);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return unreadable(error.message);
  }
}

function checked(pod: Pod): StaticPodManifest | { error: string } {
  const { namespace = "default" } = pod.metadata ?? {};
  const whole = pods.defaults?.({ ...pod, metadata: { ...pod.metadata, namespace }, status: {} } as Pod) ?? pod;
  const errors = validatePodMetadataAndSpec(whole);
  if (errors.length > 0) return { error: `invalid pod: [${errors.map(fieldErrorText).join(", ")}]` };
  const { name, labels, annotations } = whole.metadata;
  return {
    metadata: {
      name,
      namespace,
      ...(labels !== undefined && { labels }),
      ...(annotations !== undefined && { annotations }),
    },
    spec: whole.spec,
  };
}
