/**
 * Who did what: the journal's writes and refusals in the shape of Kubernetes' audit events. Upstream:
 * apiserver pkg/apis/audit/v1.
 * Simplified: one event a write, at the stage ResponseComplete and the level Metadata; no request ids.
 */
import { formatMicroTime } from "../engine/base/time.ts";

interface Requester {
  readonly name: string;
  readonly groups: readonly string[];
  readonly impersonator?: Requester;
}

/** The part of a journal line that this projection reads. */
interface Line {
  readonly time: number;
  readonly kind: string;
  readonly actor: string;
  readonly subject: string;
  readonly detail: string;
  readonly by?: Requester | undefined;
}

interface AuditUser {
  username: string;
  groups: readonly string[];
}

export interface AuditEvent {
  kind: "Event";
  apiVersion: "audit.k8s.io/v1";
  level: "Metadata";
  stage: "ResponseComplete";
  verb: string;
  user: AuditUser;
  impersonatedUser?: AuditUser;
  objectRef: { resource: string; apiGroup?: string; subresource?: string; namespace?: string; name?: string };
  responseStatus: { code: number; message?: string };
  stageTimestamp: string;
}

function userOf({ name, groups }: Requester): AuditUser {
  return { username: name, groups };
}

/** Of `deployments.apps/default/web`, `nodes/n`, or `pods/eviction/default/web`. */
function referenceOf(subject: string): AuditEvent["objectRef"] {
  const [first = "", ...rest] = subject.split("/");
  const dot = first.indexOf(".");
  const resource = dot < 0 ? first : first.slice(0, dot);
  const [namespace, name] = rest.length === 1 ? [undefined, rest[0]] : rest.slice(-2);
  const subresource = rest.length === 3 ? rest[0] : undefined;
  return {
    resource,
    ...(dot >= 0 && { apiGroup: first.slice(dot + 1) }),
    ...(subresource !== undefined && { subresource }),
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
  };
}

function codeOf({ kind, detail }: Line): AuditEvent["responseStatus"] {
  if (kind === "write") return { code: detail === "create" ? 201 : 200 };
  const [, code = "403", message = ""] = /^\w+ (\d+): ([\s\S]*)$/.exec(detail) ?? [];
  return { code: Number(code), message };
}

/** Oldest first. */
export function auditTrail(lines: Iterable<Line>): AuditEvent[] {
  const events: AuditEvent[] = [];
  for (const line of lines) {
    const { by } = line;
    if (by === undefined || (line.kind !== "write" && line.kind !== "denied")) continue;
    events.push({
      kind: "Event",
      apiVersion: "audit.k8s.io/v1",
      level: "Metadata",
      stage: "ResponseComplete",
      verb: line.detail.split(" ")[0] ?? "",
      user: userOf(by.impersonator ?? by),
      ...(by.impersonator && { impersonatedUser: userOf(by) }),
      objectRef: referenceOf(line.subject),
      responseStatus: codeOf(line),
      stageTimestamp: formatMicroTime(line.time),
    });
  }
  return events;
}
