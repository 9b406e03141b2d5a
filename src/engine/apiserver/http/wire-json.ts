/**
 * Answers as Go's encoder writes them: the fields of built-in kinds in the order of their structs, those of custom
 * resources in the alphabet's, `<`, `>` and `&` escaped. Upstream: apimachinery pkg/runtime/serializer/json, encoding/json.
 */
import { fieldsOf, type FieldType } from "../../api/meta/structure-type.ts";
import { structureOf } from "../../api/registry.ts";

type JsonObject = Readonly<Record<string, unknown>>;

const LIST = /List$/;
const PARTIAL = "PartialObjectMetadata";
const METADATA: FieldType = { kind: "struct", name: "ObjectMeta" };
/** Kinds that no registry has: they are built by the server, in their own order. */
const OWN_ORDER: ReadonlySet<unknown> = new Set(["Table", "Status"]);

/**
 * Times that are no pointers in Go's structs: its encoder writes `null` where there is none, whatever their tags say.
 * Upstream: staging/src/k8s.io/api/{core,apps,batch,autoscaling,certificates,events,storage}, `metav1.Time`.
 */
const NULL_TIMES: Readonly<Record<string, readonly string[]>> = {
  APIServiceCondition: ["lastTransitionTime"],
  CertificateSigningRequestCondition: ["lastTransitionTime", "lastUpdateTime"],
  Condition: ["lastTransitionTime"],
  ContainerStateRunning: ["startedAt"],
  ContainerStateTerminated: ["finishedAt", "startedAt"],
  CustomResourceDefinitionCondition: ["lastTransitionTime"],
  DaemonSetCondition: ["lastTransitionTime"],
  DeploymentCondition: ["lastTransitionTime", "lastUpdateTime"],
  Event: ["eventTime", "firstTimestamp", "lastTimestamp"],
  EventsEvent: ["deprecatedFirstTimestamp", "deprecatedLastTimestamp", "eventTime"],
  JobCondition: ["lastProbeTime", "lastTransitionTime"],
  NamespaceCondition: ["lastTransitionTime"],
  NodeCondition: ["lastHeartbeatTime", "lastTransitionTime"],
  PersistentVolumeClaimCondition: ["lastProbeTime", "lastTransitionTime"],
  PodCondition: ["lastProbeTime", "lastTransitionTime"],
  ReplicaSetCondition: ["lastTransitionTime"],
  ReplicationControllerCondition: ["lastTransitionTime"],
  StatefulSetCondition: ["lastTransitionTime"],
  V2HorizontalPodAutoscalerCondition: ["lastTransitionTime"],
  VolumeError: ["time"],
};

/** Structs that are no pointers in others: the encoder writes them even when they are empty. */
const EMPTY_STRUCTS: Readonly<Record<string, string>> = { Event: "source", EventsEvent: "deprecatedSource" };

/** One answer. `pretty`: as people want to read it, and then without a newline at the end. */
export function writeJson(body: unknown, { pretty = false }: { pretty?: boolean } = {}): string {
  const value = inOrder(body);
  return escapeMarkup(pretty ? JSON.stringify(value, null, 2) : `${JSON.stringify(value)}\n`);
}

/** A line of a watch. */
export function writeEvent({ type, object }: { type: string; object: unknown }): string {
  return escapeMarkup(`${JSON.stringify({ type, object: inOrder(object) })}\n`);
}

function escapeMarkup(text: string): string {
  return /[<>&\u2028\u2029]/.test(text)
    ? text.replace(/[<>&\u2028\u2029]/g, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`)
    : text;
}

/** Lists of the server's own pages have no metadata, and their own order. */
function inOrder(body: unknown): unknown {
  if (!isObject(body)) return body;
  const { kind, apiVersion, metadata, items } = body;
  if (typeof kind !== "string" || typeof apiVersion !== "string" || metadata === undefined || OWN_ORDER.has(kind)) {
    return body;
  }
  if (!LIST.test(kind) || !Array.isArray(items)) return objectInOrder(body, kind, apiVersion);
  const item = kind.replace(LIST, "");
  const shown = items.map((each: JsonObject) => objectInOrder(each, item, apiVersion));
  return structureOf(apiVersion, item) === undefined && item !== PARTIAL
    ? alphabetical({ ...body, items: shown })
    : { kind, apiVersion, metadata, items: shown };
}

function objectInOrder(object: JsonObject, kind: string, apiVersion: string): JsonObject {
  const structure = structureOf(apiVersion, kind);
  if (structure !== undefined) return struct(structure, object);
  return kind === PARTIAL ? { ...object, metadata: value(METADATA, object["metadata"]) } : alphabetical(object);
}

function struct(name: string, object: JsonObject): JsonObject {
  const fields = fieldsOf(name);
  if (fields === undefined) return object;
  const out: Record<string, unknown> = {};
  const nullable = NULL_TIMES[name];
  for (const field of fields.values()) {
    const found = object[field.name];
    if (found !== undefined) out[field.name] = value(field.type, found);
    else if (nullable?.includes(field.name) === true) out[field.name] = null;
    else if (EMPTY_STRUCTS[name] === field.name) out[field.name] = {};
  }
  // What no struct knows is not lost.
  for (const key in object) if (!(key in out)) out[key] = object[key];
  return out;
}

function value(type: FieldType, found: unknown): unknown {
  switch (type.kind) {
    case "struct":
      return isObject(found) ? struct(type.name, found) : found;
    case "list":
      return type.item.kind === "scalar" || !Array.isArray(found) ? found : found.map((each) => value(type.item, each));
    case "map":
      return isObject(found) ? map(type.item, found) : found;
    case "scalar":
      return found;
  }
}

/** Go writes a map's keys in order. */
function map(item: FieldType, found: JsonObject): JsonObject {
  const keys = Object.keys(found).sort();
  return Object.fromEntries(keys.map((key) => [key, value(item, found[key])]));
}

function alphabetical(found: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.keys(found)
      .sort()
      .map((key) => [key, anyInOrder(found[key])]),
  );
}

function anyInOrder(found: unknown): unknown {
  if (Array.isArray(found)) return found.map(anyInOrder);
  return isObject(found) ? alphabetical(found) : found;
}

function isObject(found: unknown): found is JsonObject {
  return typeof found === "object" && found !== null && !Array.isArray(found);
}
