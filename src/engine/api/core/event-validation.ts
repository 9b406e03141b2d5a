/** Upstream: ValidateEventCreate, ValidateEventUpdate in pkg/apis/core/validation/events.go. */
import { deepEqual } from "../../base/json.ts";
import type { Event } from "../generated/types.ts";
import { invalidValue, required, type FieldError } from "../meta/field-error.ts";
import { isDNS1123Subdomain, isQualifiedName } from "../meta/names.ts";
import { validateImmutable } from "../meta/validate-meta.ts";

const MAX_LENGTH = 128;
const MAX_MESSAGE = 1024;
const MISMATCH = "does not match event.namespace";

/** What every event has to satisfy, in the form and with the field names of core/v1. */
export function validateEvent(event: Event): FieldError[] {
  return legacyErrors(event, "reportingComponent");
}

/** Of events that come through events.k8s.io/v1, in stored form: the complaints speak of the internal fields. */
export function validateEventStrictly(event: Event): FieldError[] {
  const errors = legacyErrors(event, "reportingController");
  validateSeries(event, errors);
  if (!event.eventTime) errors.push(required("eventTime"));
  if (event.type !== "Normal" && event.type !== "Warning") {
    errors.push(invalidValue("type", "", `has invalid value: ${event.type ?? ""}`));
  }
  for (const field of ["firstTimestamp", "lastTimestamp", "count"] as const) {
    if (event[field]) errors.push(invalidValue(field, "", "needs to be unset"));
  }
  if (event.source?.component || event.source?.host) errors.push(invalidValue("source", "", "needs to be unset"));
  return errors;
}

/** Only the series of such an event goes on. */
export function validateEventUpdateStrictly(event: Event, old: Event): FieldError[] {
  const errors = legacyErrors(event, "reportingController");
  if (!deepEqual(event.series, old.series)) validateSeries(event, errors);
  const fixed = [
    "involvedObject",
    "reason",
    "message",
    "source",
    "firstTimestamp",
    "lastTimestamp",
    "count",
    "type",
    "eventTime",
    "action",
    "related",
  ] as const;
  for (const field of fixed) validateImmutable(event[field] ?? null, old[field] ?? null, field, errors);
  validateImmutable(event.reportingComponent ?? "", old.reportingComponent ?? "", "reportingController", errors);
  validateImmutable(event.reportingInstance ?? "", old.reportingInstance ?? "", "reportingInstance", errors);
  return errors;
}

function validateSeries({ series }: Event, errors: FieldError[]): void {
  if (series === undefined) return;
  if ((series.count ?? 0) < 2) errors.push(invalidValue("series.count", "", "should be at least 2"));
  if (!series.lastObservedTime) errors.push(required("series.lastObservedTime"));
}

function legacyErrors(event: Event, controllerField: string): FieldError[] {
  const errors: FieldError[] = [];
  const namespace = event.metadata.namespace ?? "";
  const about = event.involvedObject?.namespace ?? "";
  // Events of cluster-scoped objects live in `default`, newer ones also in `kube-system`.
  const homes = about !== "" ? [about] : event.eventTime ? ["default", "kube-system"] : ["default"];
  const free = about !== "" && Boolean(event.eventTime);
  if (!free && !homes.includes(namespace)) errors.push(invalidValue("involvedObject.namespace", about, MISMATCH));
  if (event.eventTime) validateNewForm(event, controllerField, errors);
  for (const text of isDNS1123Subdomain(namespace)) errors.push(invalidValue("namespace", namespace, text));
  return errors;
}

/** An event with `eventTime` says who reports it and what was done. */
function validateNewForm(event: Event, controllerField: string, errors: FieldError[]): void {
  const { reportingComponent = "", reportingInstance = "", action = "", reason = "", message = "" } = event;
  const limited = (field: string, text: string, max: number): void => {
    if (text.length > max) errors.push(invalidValue(field, "", `can have at most ${max} characters`));
  };
  if (reportingComponent === "") errors.push(required(controllerField));
  for (const text of isQualifiedName(reportingComponent)) {
    errors.push(invalidValue(controllerField, reportingComponent, text));
  }
  if (reportingInstance === "") errors.push(required("reportingInstance"));
  limited("reportingInstance", reportingInstance, MAX_LENGTH);
  if (action === "") errors.push(required("action"));
  limited("action", action, MAX_LENGTH);
  if (reason === "") errors.push(required("reason"));
  limited("reason", reason, MAX_LENGTH);
  limited("message", message, MAX_MESSAGE);
}
