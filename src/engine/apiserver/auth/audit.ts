/**
 * Who did what: writes that are stored tell of themselves (storage/object-store.ts), those that are refused as forbidden
 * are told of here. Upstream: apiserver pkg/endpoints/filters/audit.go, at the level Metadata.
 * Simplified: other failures (conflicts, invalid objects) and reads leave no line.
 */
import type { ApiRequest, Verb } from "../../api/meta/request.ts";
import { StatusError } from "../../api/meta/status-error.ts";
import type { Simulation } from "../../sim/simulation.ts";

const WRITES: ReadonlySet<Verb> = new Set(["create", "update", "patch", "delete", "deletecollection"]);

/** Tells the journal of a request that was refused, if it is one that an audit should show. */
export function auditRefusal(sim: Simulation, request: ApiRequest, error: unknown): void {
  if (error instanceof StatusError && error.code === 403 && WRITES.has(request.verb)) recordDenied(sim, request, error);
}

function recordDenied(sim: Simulation, request: ApiRequest, error: StatusError): void {
  const { resource, subresource, namespace, name, verb, user, body } = request;
  const said = (body as { metadata?: { name?: string; generateName?: string } } | undefined)?.metadata;
  const called = name || said?.name || said?.generateName || "";
  const kind = subresource === "" ? resource.id : `${resource.id}/${subresource}`;
  const subject = [kind, namespace, called].filter((part) => part !== "").join("/");
  sim.record("denied", { actor: user.name, subject, detail: `${verb} ${error.code}: ${error.message}`, by: user });
}
