/**
 * APIService: which server serves a group's version. Upstream: kube-aggregator pkg/apis/apiregistration,
 * pkg/registry/apiservice. What is asked of other servers: apiserver/aggregation.
 */
import { formatTime } from "../../base/time.ts";
import type { APIService, APIServiceSpec, ApiregistrationServiceReference } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { invalidValue, required, type FieldError } from "../meta/field-error.ts";
import { isDNS1035Label, isDNS1123Subdomain, isPathSegment, isValidPortNum } from "../meta/names.ts";
import { defineResource } from "../meta/resource.ts";
import { fill, mapField, withFields } from "../meta/share.ts";

const MAX_GROUP_PRIORITY = 20_000;
const MAX_VERSION_PRIORITY = 1000;

/** A body without spec: validation then says what is missing. */
const NO_SPEC: APIServiceSpec = Object.freeze({ groupPriorityMinimum: 0, versionPriority: 0 });

export const apiServices = defineResource<APIService>({
  group: "apiregistration.k8s.io",
  version: "v1",
  kind: "APIService",
  plural: "apiservices",
  categories: ["api-extensions"],
  scope: "Cluster",
  needsVersion: true,
  subresources: ["status"],
  nameRule: "any",
  example: {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: "v1.example.com" },
    spec: {
      group: "example.com",
      version: "v1",
      service: { name: "example", namespace: "default" },
      groupPriorityMinimum: 1000,
      versionPriority: 15,
    },
  },
  defaults: (object) =>
    withFields(object, {
      spec: mapField(object.spec ?? NO_SPEC, "service", (service) => fill(service, { port: 443 })),
      status: object.status ?? {},
    }),
  prepareForCreate: (object, { now }) => ({ ...object, status: object.spec.service === undefined ? local(now) : {} }),
  validate,
  columns: [
    nameColumn,
    { name: "Service", type: "string", cell: ({ spec }) => serviceText(spec?.service) },
    { name: "Available", type: "string", cell: availableText },
    ageColumn,
  ],
});

function local(now: number): APIService["status"] {
  const condition = { type: "Available", status: "True", reason: "Local" };
  const message = "Local APIServices are always available";
  return { conditions: [{ ...condition, lastTransitionTime: formatTime(now), message }] };
}

function serviceText(service: ApiregistrationServiceReference | undefined): string {
  return service === undefined ? "Local" : `${service.namespace ?? ""}/${service.name ?? ""}`;
}

/** `True`, `False (MissingEndpoints)`. */
function availableText({ status }: APIService): string {
  const condition = status?.conditions?.find(({ type }) => type === "Available");
  if (condition === undefined) return "Unknown";
  return condition.status === "True" || !condition.reason
    ? (condition.status ?? "")
    : `${condition.status ?? ""} (${condition.reason})`;
}

function validate({ metadata, spec = NO_SPEC }: APIService): FieldError[] {
  const errors = nameErrors(metadata.name, `${spec.version ?? ""}.${spec.group ?? ""}`);
  const { group = "", version = "", groupPriorityMinimum: first = 0, versionPriority: second = 0 } = spec;
  const complain = (field: string, value: unknown, text: string): void =>
    void errors.push(invalidValue(`spec.${field}`, value, text));
  if (group === "" && version !== "v1") {
    errors.push(required("spec.group", "only v1 may have an empty group and it better be legacy kube"));
  }
  if (group !== "") for (const text of isDNS1123Subdomain(group)) complain("group", group, text);
  for (const text of isDNS1035Label(version)) complain("version", version, text);
  if (first <= 0 || first > MAX_GROUP_PRIORITY) {
    complain("groupPriorityMinimum", first, `must be positive and less than ${MAX_GROUP_PRIORITY}`);
  }
  if (second <= 0 || second > MAX_VERSION_PRIORITY) {
    complain("versionPriority", second, `must be positive and less than ${MAX_VERSION_PRIORITY}`);
  }
  const { service, caBundle = "", insecureSkipTLSVerify = false } = spec;
  if (service === undefined) {
    if (caBundle !== "") complain("caBundle", bundleText(caBundle), "local APIServices may not have a caBundle");
    if (insecureSkipTLSVerify) {
      complain("insecureSkipTLSVerify", true, "local APIServices may not have insecureSkipTLSVerify");
    }
    return errors;
  }
  if (!service.namespace) errors.push(required("spec.service.namespace"));
  if (!service.name) errors.push(required("spec.service.name"));
  const port = service.port ?? 0;
  const texts = isValidPortNum(port);
  if (texts.length > 0) complain("service.port", port, `port is not valid: ${texts.join(",")}`);
  if (insecureSkipTLSVerify && caBundle !== "") {
    complain("insecureSkipTLSVerify", true, "may not be true if caBundle is present");
  }
  return errors;
}

function nameErrors(name: string, wanted: string): FieldError[] {
  const texts = isPathSegment(name ?? "");
  const all =
    texts.length > 0 || name === wanted
      ? texts
      : [`must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`];
  return all.map((text) => invalidValue("metadata.name", name, text));
}

/** `12 bytes` */
function bundleText(base64: string): string {
  return `${Math.floor((base64.replace(/=+$/, "").length * 3) / 4)} bytes`;
}
