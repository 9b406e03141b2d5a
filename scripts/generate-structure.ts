/**
 * Writes the API's structure (names and types, no prose) from the installed @kubernetes/client-node:
 *   src/engine/api/generated/types.ts      TypeScript interfaces
 *   src/engine/api/generated/structure.ts  the same as data, for decoding, explain and the editor's schema
 * Fields stand in the order of Go's structs, which is the order of their protobuf messages: the server's JSON has it too.
 * The package itself has the alphabet; what has no message keeps it. New kinds have their order once generate-protobuf.ts
 * has run after this, and this again after it.
 * Run with `npm run generate:structure` after changing ROOTS or the package's version; the output is committed.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { fieldNumbers } from "../src/engine/apiserver/http/protobuf/generated/field-numbers.ts";

/** Top-level objects by group, in client-node's names without their `V1`. Everything they reach is generated too. */
const KINDS = `
  Pod Node Namespace Service Endpoints ConfigMap Secret ServiceAccount ReplicationController PodTemplate LimitRange
  ResourceQuota PersistentVolume PersistentVolumeClaim ComponentStatus Binding
  Deployment ReplicaSet StatefulSet DaemonSet ControllerRevision Job CronJob HorizontalPodAutoscaler Scale
  PodDisruptionBudget Eviction EndpointSlice Lease PriorityClass RuntimeClass
  Ingress IngressClass NetworkPolicy IPAddress ServiceCIDR
  StorageClass CSIDriver CSINode CSIStorageCapacity VolumeAttachment VolumeAttributesClass
  Role RoleBinding ClusterRole ClusterRoleBinding CertificateSigningRequest FlowSchema PriorityLevelConfiguration
  ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy MutatingAdmissionPolicyBinding
  ValidatingWebhookConfiguration MutatingWebhookConfiguration CustomResourceDefinition APIService
  SelfSubjectReview TokenReview LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview
  DeviceClass ResourceClaimTemplate ResourceSlice
  DeleteOptions Status
`;
const ROOTS = [
  ...KINDS.trim()
    .split(/\s+/)
    .map((kind) => `V1${kind}`),
  ...[
    "CoreV1Event",
    "EventsV1Event",
    "V2HorizontalPodAutoscaler",
    "ResourceV1ResourceClaim",
    "AuthenticationV1TokenRequest",
  ],
];
const CLUSTER_SCOPED = new Set(
  `Node Namespace PersistentVolume ComponentStatus PriorityClass RuntimeClass IngressClass IPAddress ServiceCIDR StorageClass
  CSIDriver CSINode VolumeAttachment VolumeAttributesClass ClusterRole ClusterRoleBinding CertificateSigningRequest FlowSchema
  PriorityLevelConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy
  MutatingAdmissionPolicyBinding ValidatingWebhookConfiguration MutatingWebhookConfiguration CustomResourceDefinition
  APIService SelfSubjectReview TokenReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview DeviceClass
  ResourceSlice`
    .split(/\s+/)
    .map((kind) => `V1${kind}`),
);
const MODELS = new URL("../node_modules/@kubernetes/client-node/dist/gen/models/", import.meta.url);
const OUT = new URL("../src/engine/api/generated/", import.meta.url);

interface Field {
  name: string;
  type: string;
  format: string;
  required: boolean;
}

/** `V1PodSpec` → `PodSpec`, `CoreV1Event` → `Event`; names of the second group that has one keep their group. */
function shortName(model: string): string {
  return model.replace(/^(?:CoreV1|V1)(?=[A-Z])/, "").replace(/^(\w+?)V1(?=[A-Z])/, "$1");
}

function readFields(model: string): Field[] {
  const script = readFileSync(new URL(`${model}.js`, MODELS), "utf8");
  const declaration = readFileSync(new URL(`${model}.d.ts`, MODELS), "utf8");
  const table = /attributeTypeMap = (\[[\s\S]*?\n\]);/.exec(script)?.[1] ?? "[]";
  const rows = JSON.parse(table) as { baseName: string; name: string; type: string; format: string }[];
  return rows.map((row) => ({
    name: row.baseName,
    type: row.type,
    format: row.format,
    required: new RegExp(`^    '${row.name.replaceAll("$", "\\$")}': `, "m").test(declaration),
  }));
}

/** Names of a message's fields, those of inlined ones where they are inlined. */
function declared(message: string): string[] {
  const names = (fieldNumbers[message] ?? "").split(" ").map((item) => item.replace(/:\d+$/, ""));
  return names.flatMap((name) => (name.startsWith("*") ? declared(name.slice(1)) : [name]));
}

function inOrder(name: string, fields: readonly Field[]): Field[] {
  const own = declared(name);
  // A kind says what it is before all that its message has; a reference says it where its message does.
  const order = own.includes("kind") ? own : ["kind", "apiVersion", ...own];
  const place = (field: Field): number => (order.includes(field.name) ? order.indexOf(field.name) : order.length);
  return [...fields].sort((a, b) => place(a) - place(b));
}

function structureType(type: string, format: string): string {
  const list = /^(?:Array|Set)<(.*)>$/.exec(type)?.[1];
  if (list !== undefined) return `[]${structureType(list, format)}`;
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (map !== undefined) return `{}${structureType(map, format)}`;
  if (type === "Date") return "time";
  if (type === "V1MicroTime") return "microtime";
  if (type === "IntOrString") return "int-or-string";
  if (type === "number") return format === "double" ? "number" : format || "integer";
  if (type === "string") return format === "byte" ? "bytes" : "string";
  if (type === "boolean" || type === "any") return type;
  return shortName(type);
}

function tsType(structure: string): string {
  if (structure.startsWith("[]")) return `${tsType(structure.slice(2))}[]`;
  if (structure.startsWith("{}")) return `Record<string, ${tsType(structure.slice(2))}>`;
  const scalars: Record<string, string> = {
    time: "string",
    microtime: "string",
    bytes: "string",
    string: "string",
    boolean: "boolean",
    any: "unknown",
    "int-or-string": "IntOrString",
    number: "number",
    integer: "number",
    int32: "number",
    int64: "number",
  };
  return scalars[structure] ?? structure;
}

const models = new Map<string, Field[]>();
const pending = [...ROOTS];
for (let model = pending.pop(); model !== undefined; model = pending.pop()) {
  if (models.has(model)) continue;
  const fields = readFields(model);
  models.set(model, fields);
  for (const field of fields)
    for (const used of field.type.match(/\b[A-Z]\w*\b/g) ?? [])
      if (/V\d/.test(used) && used !== "V1MicroTime") pending.push(used);
}

const header = "// Generated by scripts/generate-structure.ts from @kubernetes/client-node. Do not edit.\n\n";
let types = `${header}export type IntOrString = number | string;\n`;
let structure = `${header}/** Definition → field → type. A name ending in "!" is a required field; "[]T" is a list, "{}T" a map. */\nexport const structure: Readonly<Record<string, Readonly<Record<string, string>>>> = {\n`;
for (const model of [...models.keys()].sort((a, b) => (shortName(a) < shortName(b) ? -1 : 1))) {
  const fields = models.get(model) ?? [];
  const name = shortName(model);
  const isRoot = ROOTS.includes(model) && fields.some((field) => field.name === "metadata");
  types += `\nexport interface ${name} {\n`;
  structure += `  ${name}: {\n`;
  for (const field of inOrder(name, fields)) {
    const type = structureType(field.type, field.format);
    structure += `    ${JSON.stringify(field.required ? `${field.name}!` : field.name)}: ${JSON.stringify(type)},\n`;
  }
  for (const field of fields) {
    let ts = tsType(structureType(field.type, field.format));
    let required = field.required;
    if (name === "ObjectMeta")
      required ||= ["name", "uid", "resourceVersion", "creationTimestamp"].includes(field.name);
    if (isRoot) {
      required ||= ["apiVersion", "kind", "metadata", "spec", "status"].includes(field.name);
      if (field.name === "metadata" && ts === "ObjectMeta" && !CLUSTER_SCOPED.has(model)) ts = "NamespacedMeta";
    }
    if (!isRoot && ts === "ObjectMeta") ts = "Partial<ObjectMeta>";
    types += `  ${JSON.stringify(field.name)}${required ? "" : "?"}: ${ts}${required ? "" : " | undefined"};\n`;
  }
  types += "}\n";
  structure += "  },\n";
}
types += "\nexport interface NamespacedMeta extends ObjectMeta {\n  namespace: string;\n}\n";
writeFileSync(new URL("types.ts", OUT), types);
writeFileSync(new URL("structure.ts", OUT), `${structure}};\n`);
execFileSync("npx", ["oxfmt", "src/engine/api/generated"], { stdio: "inherit", cwd: new URL("..", import.meta.url) });
