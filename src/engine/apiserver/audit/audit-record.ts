/**
 * What is told of one request, stage by stage: a line of JSON each. Upstream: apiserver pkg/apis/audit/v1,
 * pkg/audit/request.go, pkg/endpoints/filters/audit.go.
 *
 * **Simplified:** the response of a read is told as it is stored, also where the client asked for a table.
 */
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest, RequestAudit } from "../../api/meta/request.ts";
import type { StatusError } from "../../api/meta/status-error.ts";
import type { UserInfo } from "../../api/meta/user-info.ts";
import { isObject } from "../../base/json.ts";
import { formatMicroTime } from "../../base/time.ts";
import { isPath } from "../auth/attributes.ts";
import type { Attributes } from "../auth/attributes.ts";
import { writeJson } from "../http/wire-json.ts";
import { withOwners } from "../managed-fields/ownership.ts";
import { LEVELS } from "./policy.ts";
import type { AuditRule, Level, Stage } from "./policy.ts";

/** What is known of a request when it comes in. */
export interface Received {
  readonly uri: string;
  /** Undefined: nobody knows. */
  readonly user: UserInfo | undefined;
  readonly sourceIP: string;
  readonly userAgent: string;
  readonly attributes: Attributes;
  /** The version of the resource; "" for a path. */
  readonly apiVersion: string;
}

export interface RecordWorld {
  readonly rule: AuditRule;
  readonly id: string;
  now(): number;
  write(line: string): void;
}

/** A request that nobody wants to know of. */
export const UNTOLD: AuditRecord = {
  annotate() {},
  asked() {},
  answered() {},
  started() {},
  completed() {},
  failed() {},
};

export interface AuditRecord extends RequestAudit {
  /** Of a request that goes on: the first of the answer is sent. */
  started(code: number): void;
  completed(code: number): void;
  failed(error: StatusError): void;
}

export class ToldRecord implements AuditRecord {
  private readonly world: RecordWorld;
  private readonly received: Received;
  private readonly at: number;
  private readonly annotations: Record<string, string> = {};
  private reference: Record<string, string> | undefined;
  private requestObject = "";
  private responseObject = "";
  private status: object | undefined;
  private over = false;

  constructor(received: Received, world: RecordWorld) {
    this.received = received;
    this.world = world;
    this.at = world.now();
    this.reference = referenceOf(received);
    this.tell("RequestReceived");
  }

  annotate(key: string, value: string): void {
    this.annotations[key] = value;
  }

  asked(request: ApiRequest): void {
    const { body, verb } = request;
    if (verb === "create" || verb === "update") this.complete(body as Partial<KubeObject>);
    const object = verb === "delete" || verb === "deletecollection" ? deleteOptions(request) : body;
    if (object !== undefined && this.tells("Request")) this.requestObject = this.text(object);
  }

  answered(object: unknown): void {
    if (isStatus(object)) this.status = withoutKind(object);
    else if (this.tells("RequestResponse"))
      this.responseObject = this.text(this.world.rule.omitManagedFields ? object : withFields(object));
  }

  started(code: number): void {
    this.status ??= { metadata: {}, code };
    this.tell("ResponseStarted");
  }

  completed(code: number): void {
    if (this.over) return;
    this.over = true;
    this.status = { metadata: {}, ...this.status, code };
    this.tell("ResponseComplete");
  }

  failed(error: StatusError): void {
    const status = error.toStatus();
    this.status = withoutKind(status);
    if (this.tells("RequestResponse")) this.responseObject = this.text(status);
    this.completed(error.code);
  }

  private tells(level: Level): boolean {
    return LEVELS.indexOf(this.world.rule.level) >= LEVELS.indexOf(level);
  }

  /** The name and the version that only the object has. */
  private complete(object: Partial<KubeObject> | undefined): void {
    if (this.reference === undefined || object?.metadata === undefined) return;
    const { namespace = "", name = "", uid = "", resourceVersion = "" } = object.metadata;
    this.reference = { ...present({ namespace, name, uid, resourceVersion }), ...this.reference };
  }

  private text(object: unknown): string {
    const plain = this.world.rule.omitManagedFields ? withoutManagedFields(object) : object;
    return writeJson(plain).trimEnd();
  }

  private tell(stage: Stage): void {
    const { rule, id, now, write } = this.world;
    if (rule.omitStages.includes(stage)) return;
    const { uri, user, sourceIP, userAgent, attributes } = this.received;
    const { requestObject, responseObject, reference } = this;
    const isReceived = stage === "RequestReceived";
    const acting = user?.impersonator === undefined ? undefined : user;
    const fields: [string, string][] = [
      ["kind", '"Event"'],
      ["apiVersion", '"audit.k8s.io/v1"'],
      ["level", JSON.stringify(rule.level)],
      ["auditID", JSON.stringify(id)],
      ["stage", JSON.stringify(stage)],
      ["requestURI", JSON.stringify(uri)],
      ["verb", JSON.stringify(attributes.verb)],
      ["user", JSON.stringify(shownUser(user?.impersonator ?? user))],
      ...(acting === undefined || isReceived
        ? []
        : ([["impersonatedUser", JSON.stringify(shownUser(acting))]] as [string, string][])),
      ["sourceIPs", JSON.stringify([sourceIP])],
    ];
    const add = (name: string, text: string): void => {
      if (text !== "") fields.push([name, text]);
    };
    add("userAgent", userAgent === "" ? "" : JSON.stringify(userAgent));
    add("objectRef", reference === undefined ? "" : JSON.stringify(inOrder(reference)));
    if (!isReceived) {
      add("responseStatus", JSON.stringify(this.status ?? { metadata: {}, code: 200 }));
      add("requestObject", requestObject);
      add("responseObject", responseObject);
    }
    fields.push(["requestReceivedTimestamp", JSON.stringify(formatMicroTime(this.at))]);
    fields.push(["stageTimestamp", JSON.stringify(formatMicroTime(now()))]);
    if (!isReceived && Object.keys(this.annotations).length > 0) {
      fields.push(["annotations", JSON.stringify(this.annotations)]);
    }
    write(`{${fields.map(([name, text]) => `"${name}":${text}`).join(",")}}`);
  }
}

/** Go's struct names its fields in this order. */
const REFERENCE = [
  "resource",
  "namespace",
  "name",
  "uid",
  "apiGroup",
  "apiVersion",
  "resourceVersion",
  "subresource",
] as const;

function inOrder(reference: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    REFERENCE.flatMap((name) => {
      const value = reference[name] ?? "";
      return value === "" ? [] : [[name, value]];
    }),
  );
}

function present(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
}

function referenceOf({ attributes, apiVersion }: Received): Record<string, string> | undefined {
  if (isPath(attributes)) return undefined;
  const { resource, namespace, name, group, subresource } = attributes;
  return present({ resource, namespace, name, apiGroup: group, apiVersion, subresource });
}

function shownUser(user: UserInfo | undefined): object {
  if (user === undefined) return {};
  const { name, uid, groups, extra } = user;
  return {
    username: name,
    ...(uid !== "" && { uid }),
    ...(groups.length > 0 && { groups }),
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

function isStatus(object: unknown): object is object {
  return isObject(object) && object["kind"] === "Status";
}

function withoutKind(status: object): object {
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = status as Record<string, unknown>;
  return rest;
}

function deleteOptions({ options }: ApiRequest): object {
  const { gracePeriodSeconds, preconditions, propagationPolicy, dryRun } = options;
  return {
    kind: "DeleteOptions",
    apiVersion: "meta.k8s.io/v1",
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    ...(preconditions !== undefined && { preconditions }),
    ...(propagationPolicy !== undefined && { propagationPolicy }),
    ...(dryRun === true && { dryRun: ["All"] }),
  };
}

function withFields(object: unknown): unknown {
  if (isObject(object) && Array.isArray(object["items"])) return { ...object, items: object["items"].map(withFields) };
  return isStored(object) ? withOwners(object) : object;
}

function isStored(object: unknown): object is KubeObject {
  return isObject(object) && isObject(object["metadata"]);
}

function withoutManagedFields(object: unknown): unknown {
  if (!isObject(object)) return object;
  const { metadata, items } = object;
  return {
    ...object,
    ...(isObject(metadata) && { metadata: { ...metadata, managedFields: undefined } }),
    ...(Array.isArray(items) && { items: items.map(withoutManagedFields) }),
  };
}
