/**
 * Values that a container takes from its own pod: `fieldRef` and `resourceFieldRef`.
 * Upstream: pkg/fieldpath/fieldpath.go, pkg/api/v1/resource/helpers.go.
 */
import type { Container, ObjectFieldSelector, Pod, ResourceFieldSelector } from "../../generated/types.ts";
import { milliValue, quantityValue } from "../../meta/quantity.ts";

/** What kubelet knows of a pod besides its object. */
export interface PodFacts {
  /** One, or one of each family. */
  podIPs: readonly string[];
  hostIPs: readonly string[];
  allocatable: Readonly<Record<string, string>>;
}

/** The value at a field path; undefined when there is no such field. */
export function fieldValue(pod: Pod, selector: ObjectFieldSelector, facts: PodFacts): string | undefined {
  const path = selector.fieldPath;
  const { metadata, spec } = pod;
  const entry = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (entry !== null)
    return (entry[1] === "labels" ? metadata.labels : metadata.annotations)?.[entry[2] as string] ?? "";
  switch (path) {
    case "metadata.name":
      return metadata.name;
    case "metadata.namespace":
      return metadata.namespace;
    case "metadata.uid":
      return metadata.uid;
    case "metadata.labels":
      return formatMap(metadata.labels);
    case "metadata.annotations":
      return formatMap(metadata.annotations);
    case "spec.nodeName":
      return spec.nodeName ?? "";
    case "spec.serviceAccountName":
      return spec.serviceAccountName ?? "";
    case "status.hostIP":
      return facts.hostIPs[0] ?? "";
    case "status.hostIPs":
      return facts.hostIPs.join(",");
    case "status.podIP":
      return facts.podIPs[0] ?? "";
    case "status.podIPs":
      return facts.podIPs.join(",");
    default:
      return undefined;
  }
}

/** `key="value"` lines in order of keys. */
function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  const entries = Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join("\n");
}

/** The container's limit or request, divided and rounded up; a limit that isn't set is what the node has. */
export function resourceValue(
  pod: Pod,
  container: Container,
  question: { selector: ResourceFieldSelector; facts: PodFacts },
): string | undefined {
  const { selector, facts } = question;
  const [kind, name] = splitResource(selector.resource);
  const named = selector.containerName ?? "";
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const target = named === "" ? container : all.find((candidate) => candidate.name === named);
  if (target === undefined || (kind !== "limits" && kind !== "requests")) return undefined;
  const stated = target.resources?.[kind]?.[name];
  const text = stated ?? (kind === "limits" ? facts.allocatable[name] : undefined) ?? "0";
  const divisor = selector.divisor === undefined || selector.divisor === "0" ? "1" : selector.divisor;
  if (name === "cpu") return String(Math.ceil(milliValue(text) / milliValue(divisor)));
  return String(Math.ceil(quantityValue(text) / quantityValue(divisor)));
}

function splitResource(text: string): [string, string] {
  const dot = text.indexOf(".");
  return [text.slice(0, dot), text.slice(dot + 1)];
}
