/** Requests as a careless, malicious or broken client may send them. */
import type { Resource } from "../../../api/meta/resource.ts";
import { fieldsOf, type FieldType } from "../../../api/meta/structure-type.ts";
import type { Dice } from "./dice.ts";
import { mutate, randomObject, randomValue, structuredCopy } from "./random-values.ts";

export interface FuzzRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
  /** Of the path; undefined for pages. */
  resource: Resource | undefined;
}

/** What earlier answers taught: stored objects and continue tokens. */
export interface Knowledge {
  stored(resource: Resource, namespace: string, name: string): object | undefined;
  tokens: string[];
  revision(): number;
}

const NAMES = ["a", "a", "b", "b", "c", "c", "a.b"];
const ODD_NAMES = ["web", "default", "kubernetes", "x".repeat(64), "Bad_Name", "%2e%2e", ""];
const NAMESPACES = ["default", "kube-system"];
const ODD_NAMESPACES = ["nowhere", "", "a"];
const SUBRESOURCES = [
  "status",
  "scale",
  "eviction",
  "binding",
  "log",
  "exec",
  "attach",
  "portforward",
  "proxy",
  "token",
  "approval",
  "finalize",
  "ephemeralcontainers",
  "resize",
  "nothing",
];
const PATCH_TYPES = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
];
const ACCEPTS = [
  "",
  "*/*",
  "application/json",
  "application/yaml",
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
  "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
];
const ODD_ACCEPTS = ["text/html", "application/vnd.kubernetes.protobuf", ";;;,,,"];
const PAGES = [
  "/",
  "/api",
  "/apis",
  "/version",
  "/healthz",
  "/livez?verbose",
  "/openapi/v2",
  "/metrics",
  "/nothing",
  "//",
];

export class RequestSource {
  private readonly dice: Dice;
  private readonly resources: readonly Resource[];
  private readonly knowledge: Knowledge;

  constructor(dice: Dice, resources: readonly Resource[], knowledge: Knowledge) {
    this.dice = dice;
    this.resources = resources;
    this.knowledge = knowledge;
  }

  next(): FuzzRequest {
    const { dice } = this;
    if (dice.int(1000) === 0) return this.page();
    const resource = dice.pick(this.resources);
    const namespace = resource.namespaced ? dice.pick(dice.chance(4) ? ODD_NAMESPACES : NAMESPACES) : "";
    const name = dice.pick(dice.chance(5) ? ODD_NAMES : NAMES);
    const at = { resource, namespace, name };
    switch (dice.int(10)) {
      case 0:
      case 1:
      case 2:
        return this.create(at);
      case 3:
      case 4:
        return this.update(at);
      case 5:
      case 6:
        return this.patch(at);
      case 7:
        return this.read(at);
      case 8:
        return this.remove(at);
      default:
        return this.odd(at);
    }
  }

  private page(): FuzzRequest {
    const path = this.dice.pick(PAGES);
    return { method: "GET", path, headers: { Accept: this.dice.pick(ACCEPTS) }, body: "", resource: undefined };
  }

  private create(at: Target): FuzzRequest {
    const { dice } = this;
    const body = randomObject(dice, at.resource, at.name);
    return this.request("POST", at, { path: collection(at), body: this.text(body), query: this.writeQuery() });
  }

  private update(at: Target): FuzzRequest {
    const { dice } = this;
    const subresource = dice.chance(30) ? "/status" : "";
    return this.request("PUT", at, {
      path: object(at) + subresource,
      body: this.text(this.changed(at)),
      query: this.writeQuery(),
    });
  }

  /** The stored object with a few changes, or one near the example. */
  private changed(at: Target): unknown {
    const { dice } = this;
    const stored = this.knowledge.stored(at.resource, at.namespace, at.name);
    if (stored === undefined || dice.chance(10)) return randomObject(dice, at.resource, at.name);
    const next = structuredCopy(stored);
    const type: FieldType = { kind: "struct", name: at.resource.structure };
    for (let count = dice.int(3); count > 0; count--) mutate(dice, type, next);
    if (dice.chance(50)) delete (next as { metadata?: { resourceVersion?: string } }).metadata?.resourceVersion;
    return next;
  }

  private patch(at: Target): FuzzRequest {
    const { dice } = this;
    const type = dice.pick(PATCH_TYPES);
    const subresource = dice.pick(["", "", "", "/status", "/scale"]);
    const query = this.writeQuery();
    if (type.includes("apply") && dice.chance(90)) query.push(`fieldManager=${dice.pick(["one", "two", "kubectl"])}`);
    if (type.includes("apply") && dice.chance(40)) query.push("force=true");
    return this.request("PATCH", at, {
      path: object(at) + subresource,
      body: this.patchText(at, type),
      query,
      contentType: type,
    });
  }

  private patchText(at: Target, type: string): string {
    const { dice } = this;
    if (dice.chance(2)) return dice.pick(["", "{", "[]", "null", "1", '"x"', "a: [", "{}"]);
    if (type.includes("json-patch")) return JSON.stringify(this.jsonPatch(at));
    if (type.includes("apply")) {
      const body = randomObject(dice, at.resource, at.name);
      const { apiVersion, kind } = at.resource;
      const part = dice.chance(50) ? body : { metadata: { name: at.name, labels: { a: dice.pick(["1", "2"]) } } };
      return JSON.stringify({ apiVersion, kind, ...part });
    }
    const full = randomObject(dice, at.resource, at.name);
    const part = Object.fromEntries(Object.entries(full).filter(() => dice.chance(50)));
    const type_: FieldType = { kind: "struct", name: at.resource.structure };
    mutate(dice, type_, part);
    if (type.includes("strategic") && dice.chance(20)) {
      const directive = dice.pick<unknown>(["replace", "delete", "merge", "nonsense", 1]);
      return JSON.stringify({ ...part, spec: { ...(part["spec"] as object), $patch: directive } });
    }
    return JSON.stringify(part);
  }

  private jsonPatch(at: Target): unknown[] {
    const { dice } = this;
    return Array.from({ length: 1 + dice.int(3) }, () => {
      const field = dice.pick([...(fieldsOf(at.resource.structure)?.values() ?? [])]);
      const tail = dice.pick(["", "", "/0", "/-", "/name", "/labels/a", "/~1", "/containers/0/image"]);
      const path = dice.chance(5) ? dice.pick(["", "spec", "/", "//", "/spec/~2"]) : `/${field.name}${tail}`;
      const op = dice.pick(["add", "remove", "replace", "move", "copy", "test", "nonsense"]);
      return { op, path, ...(dice.chance(90) && { value: randomValue(dice, field.type) }), from: "/metadata/labels" };
    });
  }

  private read(at: Target): FuzzRequest {
    const { dice } = this;
    if (dice.chance(40)) return this.request("GET", at, { path: object(at) });
    const query: string[] = [];
    const add = (percent: number, text: () => string): void => void (dice.chance(percent) && query.push(text()));
    add(40, () => `limit=${dice.pick([1, 2, 500, 0, -1, "x"])}`);
    add(25, () => `continue=${encodeURIComponent(dice.pick([...this.knowledge.tokens, "garbage", "e30"]))}`);
    add(
      20,
      () => `resourceVersion=${dice.pick(["0", "1", "x", "-1", "999999999", String(this.knowledge.revision())])}`,
    );
    add(10, () => `resourceVersionMatch=${dice.pick(["Exact", "NotOlderThan", "Never"])}`);
    add(
      20,
      () =>
        `labelSelector=${encodeURIComponent(dice.pick(["a=b", "a in (b,c)", "!a", "a in", ",", "a==", "=", "A b"]))}`,
    );
    add(
      20,
      () =>
        `fieldSelector=${encodeURIComponent(dice.pick(["metadata.name=a", "status.phase=Running", "x", "a=b=c", "metadata.name!=a"]))}`,
    );
    add(5, () => `watch=${dice.pick(["1", "true", "0"])}&timeoutSeconds=${dice.pick(["1", "0", "x"])}`);
    add(3, () => "sendInitialEvents=true&allowWatchBookmarks=true");
    return this.request("GET", at, { path: dice.chance(20) ? everywhere(at) : collection(at), query });
  }

  private remove(at: Target): FuzzRequest {
    const { dice } = this;
    const whole = dice.chance(4);
    const body = dice.chance(40)
      ? JSON.stringify({
          ...(dice.chance(70) && { kind: "DeleteOptions", apiVersion: "v1" }),
          ...(dice.chance(40) && { gracePeriodSeconds: dice.pick<unknown>([0, 1, -1, 30, "x"]) }),
          ...(dice.chance(40) && { propagationPolicy: dice.pick(["Orphan", "Foreground", "Background", "Never"]) }),
          ...(dice.chance(15) && { orphanDependents: dice.chance(50) }),
          ...(dice.chance(15) && { preconditions: { uid: "x" } }),
          ...(dice.chance(15) && { dryRun: [dice.pick(["All", "None"])] }),
        })
      : "";
    const query = dice.chance(20) ? [`labelSelector=a%3D${dice.pick(["1", "b"])}`] : [];
    return this.request("DELETE", at, { path: whole ? collection(at) : object(at), body, query });
  }

  /** Methods and subresources that needn't go together, bodies of other kinds. */
  private odd(at: Target): FuzzRequest {
    const { dice } = this;
    const method = dice.pick(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"]);
    const other = dice.pick(this.resources);
    const bodies: (() => string)[] = [
      () => this.text(randomObject(dice, other, at.name)),
      () =>
        JSON.stringify({
          target: { name: dice.pick(NAMES), kind: dice.pick(["Node", "Pod", ""]) },
          metadata: { name: at.name },
        }),
      () => JSON.stringify({ spec: { replicas: dice.pick<unknown>([0, 3, -1, "x", null]) } }),
      () => JSON.stringify({ deleteOptions: { gracePeriodSeconds: 0 }, metadata: { name: dice.pick(NAMES) } }),
      () => dice.pick(["", "{", "null", "[]", "\u0000", "k8s\u0000"]),
    ];
    const path = `${object(at)}/${dice.pick(SUBRESOURCES)}${dice.pick(["", "", "/more"])}`;
    return this.request(method, at, { path, body: dice.pick(bodies)(), query: this.writeQuery() });
  }

  private writeQuery(): string[] {
    const { dice } = this;
    const query: string[] = [];
    if (dice.chance(10)) query.push(`dryRun=${dice.pick(["All", "All", "None"])}`);
    if (dice.chance(30)) query.push(`fieldValidation=${dice.pick(["Strict", "Warn", "Ignore", "Ignore", "x"])}`);
    if (dice.chance(10)) query.push(`fieldManager=${dice.pick(["me", "", "x".repeat(200), "%0a"])}`);
    return query;
  }

  private text(body: unknown): string {
    const { dice } = this;
    if (!dice.chance(1)) return JSON.stringify(body);
    const text = JSON.stringify(body);
    return text.slice(0, dice.int(text.length + 1));
  }

  private request(
    method: string,
    { resource }: Target,
    rest: { path: string; body?: string; query?: readonly string[]; contentType?: string },
  ): FuzzRequest {
    const { dice } = this;
    const { path, body = "", query = [], contentType } = rest;
    const other = dice.pick(["text/plain", "application/yaml", "application/vnd.kubernetes.protobuf"]);
    const type = dice.chance(2) ? other : contentType;
    const headers = {
      Accept: dice.pick(dice.chance(2) ? ODD_ACCEPTS : ACCEPTS),
      ...(type !== undefined && { "Content-Type": type }),
      ...(dice.chance(80) && { "User-Agent": dice.pick(["kubectl/v1.36.0", "other", ""]) }),
    };
    return { method, path: query.length === 0 ? path : `${path}?${query.join("&")}`, headers, body, resource };
  }
}

interface Target {
  resource: Resource;
  namespace: string;
  name: string;
}

function root({ group, version }: Resource): string {
  return group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
}

function everywhere({ resource }: Target): string {
  return `${root(resource)}/${resource.plural}`;
}

function collection(at: Target): string {
  const { resource, namespace } = at;
  return resource.namespaced ? `${root(resource)}/namespaces/${namespace}/${resource.plural}` : everywhere(at);
}

function object(at: Target): string {
  return `${collection(at)}/${at.name}`;
}
