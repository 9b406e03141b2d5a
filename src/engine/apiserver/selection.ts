/**
 * Label and field selectors of a request as one predicate. Upstream: the `GetAttrs` and `Match…` of each strategy,
 * apiserver pkg/storage/selection_predicate.go.
 */
import { parseFieldSelector, type FieldSelector } from "../api/meta/field-selectors.ts";
import type { KubeObject } from "../api/meta/object.ts";
import type { RequestOptions } from "../api/meta/request.ts";
import type { Resource } from "../api/meta/resource.ts";
import { parseLabelSelector, SelectorError } from "../api/meta/selectors.ts";
import { badRequest } from "../api/meta/status-error.ts";
import type { FieldTrigger } from "./watch/watch-index.ts";

export interface Selection {
  /** Absent: all objects match. */
  readonly matches?: (object: KubeObject) => boolean;
  /** A field whose one value is asked for: what a watch can be indexed by. */
  readonly trigger?: FieldTrigger;
  /** The name asked for by `metadata.name=x`. */
  readonly name?: string;
}

const ALL: Selection = {};

/**
 * `resource` is the version that the client speaks, what is selected are stored objects. Throws BadRequest for a selector
 * that can't be read or a field that the resource doesn't offer.
 */
export function selectionOf(resource: Resource, options: RequestOptions): Selection {
  const { labelSelector = "", fieldSelector = "" } = options;
  if (labelSelector === "" && fieldSelector === "") return ALL;
  const labels = parse(labelSelector, parseLabelSelector);
  const fields = parse(fieldSelector, parseFieldSelector);
  const checks: ((object: KubeObject) => boolean)[] = [];
  if (!labels.matchesEverything) checks.push((object) => labels.matches(object.metadata.labels));
  checks.push(...fieldChecks(resource, fields));
  const trigger = triggerOf(resource, fields);
  const name = fields.exactValue("metadata.name");
  const [first, ...rest] = checks;
  return {
    ...(first && { matches: rest.length === 0 ? first : (object) => checks.every((check) => check(object)) }),
    ...(trigger && { trigger }),
    ...(name !== undefined && { name }),
  };
}

/** The value of a field that every resource or this one offers to selectors. Reads objects as they are stored. */
function fieldReader(resource: Resource, field: string): (object: KubeObject) => string {
  if (field === "metadata.name") return (object) => object.metadata.name;
  const { storedAs, selectableFields: own } = resource;
  const fields = own ?? storedAs?.resource.selectableFields;
  const hasOwnWords = fields !== undefined || resource.custom !== undefined;
  // Without words of its own a kind takes a namespace for a field, whether it has one or not.
  if (field === "metadata.namespace" && (resource.namespaced || !hasOwnWords)) {
    return (object) => object.metadata.namespace ?? "";
  }
  const read = fields !== undefined && Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (read === undefined) {
    throw badRequest(hasOwnWords ? (resource.unknownField ?? ONE_WORDING).replace("%", field) : unknownField(field));
  }
  if (storedAs === undefined || own === undefined) return read;
  return (object) => read(storedAs.show(object));
}

/** What most kinds with a conversion of field labels of their own say. */
const ONE_WORDING = "field label not supported: %";

/** Upstream: DefaultMetaV1FieldSelectorConversion. */
function unknownField(field: string): string {
  return `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

function fieldChecks(resource: Resource, selector: FieldSelector): ((object: KubeObject) => boolean)[] {
  return selector.requirements.map(({ field, operator, value }) => {
    const read = fieldReader(resource, field);
    return operator === "=" ? (object) => read(object) === value : (object) => read(object) !== value;
  });
}

function triggerOf(resource: Resource, selector: FieldSelector): FieldTrigger | undefined {
  const first = selector.requirements.find(({ field, operator }) => operator === "=" && field !== "metadata.namespace");
  if (first === undefined) return undefined;
  // Another version's field of the same name may be another one.
  const field = resource.storedAs === undefined ? first.field : `${resource.apiVersion} ${first.field}`;
  return { field, read: fieldReader(resource, first.field), value: first.value };
}

function parse<T>(text: string, parser: (text: string) => T): T {
  try {
    return parser(text);
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    throw badRequest(error.message);
  }
}
