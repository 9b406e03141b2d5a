/**
 * Writes the field numbers of the API's protobuf messages, src/engine/apiserver/http/protobuf/generated/field-numbers.ts:
 *   npx tsx scripts/generate-protobuf.ts [path of a kubectl binary]
 * Every Go program that links k8s.io/api carries the descriptors of its messages, gzipped; a kubectl is the one most at
 * hand. Numbers never change their meaning, so the output of an older kubectl lacks newer fields and is right otherwise.
 * Run after `npm run generate:structure`; the output is committed.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { constants, gunzipSync } from "node:zlib";
import { structure } from "../src/engine/api/generated/structure.ts";

const OUT = new URL("../src/engine/apiserver/http/protobuf/generated/field-numbers.ts", import.meta.url);
const GZIP = Buffer.from([0x1f, 0x8b, 8]);
const MOST_COMPRESSED = 400_000;
/** Messages that JSON writes as one value; decoding knows them by heart. */
const SCALARS = /\.(Time|MicroTime|Quantity|IntOrString|FieldsV1|Duration)$/;

interface Field {
  name: string;
  number: number;
  /** Full name of the message, "" for a scalar. */
  message: string;
}

const messages = new Map<string, Field[]>();

type Wire = [number: number, value: Buffer | number];

function readWire(bytes: Buffer): Wire[] {
  const out: Wire[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] as number;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    if (tag % 8 === 0) out.push([number, varint()]);
    else {
      const size = varint();
      out.push([number, bytes.subarray(at, at + size)]);
      at += size;
    }
  }
  return out;
}

const all = (wire: Wire[], number: number): Buffer[] => wire.filter(([n]) => n === number).map(([, v]) => v as Buffer);
const text = (wire: Wire[], number: number): string => all(wire, number)[0]?.toString("utf8") ?? "";

function readMessage(bytes: Buffer, scope: string): void {
  const wire = readWire(bytes);
  const name = `${scope}.${text(wire, 1)}`;
  const fields = all(wire, 2).map((field): Field => {
    const parts = readWire(field);
    return { name: text(parts, 1), number: parts.find(([n]) => n === 3)?.[1] as number, message: text(parts, 6) };
  });
  messages.set(name, fields);
  for (const nested of all(wire, 3)) readMessage(nested, name);
}

function readDescriptors(path: string): void {
  const binary = readFileSync(path);
  for (let at = binary.indexOf(GZIP); at >= 0; at = binary.indexOf(GZIP, at + 1)) {
    let file: Buffer;
    try {
      const options = { finishFlush: constants.Z_SYNC_FLUSH };
      file = gunzipSync(binary.subarray(at, at + MOST_COMPRESSED), options);
    } catch {
      continue;
    }
    if (!file.subarray(0, 80).toString("latin1").includes("k8s.io/api")) continue;
    const wire = readWire(file);
    for (const message of all(wire, 4)) readMessage(message, `.${text(wire, 2)}`);
  }
}

const tables = new Map<string, string>();

/** Fields of `message` as they stand in the JSON of `structureName`; `table` names the entry. */
function addTable(table: string, message: string, structureName: string): void {
  if (tables.has(table)) return;
  const fields = messages.get(message);
  if (fields === undefined) throw new Error(`no message ${message} for ${table}`);
  tables.set(table, "");
  const json = new Map(
    Object.entries(structure[structureName] ?? {}).map(([name, type]) => [name.replace("!", ""), type]),
  );
  const items: string[] = [];
  for (const field of fields) {
    // A few messages have Go's names for their fields: `Webhooks`.
    const lowered = field.name.charAt(0).toLowerCase() + field.name.slice(1);
    const name = json.has(field.name) ? field.name : lowered;
    const type = json.get(name);
    if (type !== undefined) {
      items.push(`${name}:${field.number}`);
      const inner = type.replace(/^(\[\]|\{\})+/, "");
      if (inner in structure && !SCALARS.test(field.message))
        addTable(inner, type.startsWith("{}") ? itemOf(field.message) : field.message, inner);
    } else if (field.message !== "" && !SCALARS.test(field.message)) {
      // Inlined in JSON: its fields are the parent's.
      const inlined = `${table}.${field.name}`;
      addTable(inlined, field.message, structureName);
      items.push(`*${inlined}:${field.number}`);
    }
  }
  tables.set(table, items.join(" "));
}

/** The value type of a map's entries. */
function itemOf(message: string): string {
  return messages.get(message)?.find(({ number }) => number === 2)?.message ?? message;
}

readDescriptors(process.argv[2] ?? execFileSync("which", ["kubectl"], { encoding: "utf8" }).trim());
/** Kinds whose structure has a name of its own: another group has a kind or type of the same name. */
const OWN_NAMES: Readonly<Record<string, string>> = {
  "events.v1.Event": "EventsEvent",
  "autoscaling.v2.HorizontalPodAutoscaler": "V2HorizontalPodAutoscaler",
  "resource.v1.ResourceClaim": "ResourceResourceClaim",
  "authentication.v1.TokenRequest": "AuthenticationTokenRequest",
};
addTable("Status", ".k8s.io.apimachinery.pkg.apis.meta.v1.Status", "Status");
addTable("DeleteOptions", ".k8s.io.apimachinery.pkg.apis.meta.v1.DeleteOptions", "DeleteOptions");
for (const [message, fields] of [...messages]) {
  const [, path, version, kind] = /^\.k8s\.io\.api\.(\w+\.(v[12])\.(\w+))$/.exec(message) ?? [];
  if (path === undefined || kind === undefined || !fields.some(({ name }) => name === "metadata")) continue;
  const name = OWN_NAMES[path] ?? kind;
  if ((version === "v1" || name !== kind) && name in structure) addTable(name, message, name);
}
/** Kinds that became v1 after the kubectl was made, without a change of their messages. */
const GRADUATED: Readonly<Record<string, string>> = {
  IPAddress: "networking.v1beta1",
  ServiceCIDR: "networking.v1beta1",
  VolumeAttributesClass: "storage.v1beta1",
  MutatingAdmissionPolicy: "admissionregistration.v1alpha1",
  MutatingAdmissionPolicyBinding: "admissionregistration.v1alpha1",
};
/** The aggregator's messages, which a kubectl doesn't carry. Source: generated.proto of kube-aggregator's apiregistration/v1. */
const AGGREGATOR: Readonly<Record<string, string>> = {
  APIService: "metadata:1 spec:2 status:3",
  APIServiceSpec:
    "service:1 group:2 version:3 insecureSkipTLSVerify:4 caBundle:5 groupPriorityMinimum:7 versionPriority:8",
  APIServiceStatus: "conditions:1",
  APIServiceCondition: "type:1 status:2 lastTransitionTime:3 reason:4 message:5",
  ApiregistrationServiceReference: "namespace:1 name:2 port:3",
};
/** Fields that came after the kubectl was made. Source: generated.proto of the groups in v1.36. */
const NEWER: Readonly<Record<string, string>> = {
  Container: "restartPolicyRules:25",
  ContainerStatus: "stopSignal:15",
  DeploymentStatus: "terminatingReplicas:9",
  EndpointHints: "forNodes:2",
  Lifecycle: "stopSignal:3",
  NodeSystemInfo: "swap:11",
  PodCondition: "observedGeneration:7",
  PodSpec: "hostnameOverride:41",
  PodStatus: "observedGeneration:17 allocatedResources:19 resources:20",
  ReplicaSetStatus: "terminatingReplicas:7",
  V2HPAScalingRules: "tolerance:4",
  VolumeError: "errorCode:3",
};
const NEWER_MESSAGES: Readonly<Record<string, string>> = {
  ContainerRestartRule: "action:1 exitCodes:2",
  ContainerRestartRuleOnExitCodes: "operator:1 values:2",
  ForNode: "name:1",
  NodeSwapStatus: "capacity:1",
};
for (const [name, fields] of Object.entries(AGGREGATOR)) tables.set(name, fields);
for (const [name, fields] of Object.entries(NEWER_MESSAGES)) tables.set(name, fields);
for (const [name, fields] of Object.entries(NEWER)) {
  const known = tables.get(name) ?? "";
  const missing = fields.split(" ").filter((field) => !` ${known} `.includes(` ${field.split(":")[0]}:`));
  tables.set(name, [known, ...missing].join(" "));
}
for (const [kind, path] of Object.entries(GRADUATED)) addTable(kind, `.k8s.io.api.${path}.${kind}`, kind);

const lines = Array.from(tables, ([name, fields]) => `  ${JSON.stringify(name)}: ${JSON.stringify(fields)},`);
writeFileSync(
  OUT,
  `// Generated by scripts/generate-protobuf.ts. Do not edit.

/**
 * Structure → its fields' protobuf numbers, \`name:number\` separated by spaces. \`*Table:number\` is a message whose fields
 * JSON writes into the parent.
 */
export const fieldNumbers: Readonly<Record<string, string>> = {
${lines.toSorted().join("\n")}
};
`,
);
