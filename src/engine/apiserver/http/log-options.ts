/** What may be asked of a container's log. Upstream: ValidatePodLogOptions in pkg/apis/core/validation/validation.go. */
import { type FieldError, forbiddenField, invalid, invalidValue } from "../../api/meta/field-error.ts";
import type { Query } from "./url.ts";

/** Numbers by the field that carries them, with what is too little and the words for that. */
const NUMBERS: readonly [field: string, least: number, words: string][] = [
  ["tailLines", 0, "must be greater than or equal to 0"],
  ["limitBytes", 1, "must be greater than 0"],
  ["sinceSeconds", 1, "must be greater than 0"],
];

/** Throws when the server would not pass the request on. A stream alone is asked for behind a gate that is off. */
export function checkLogOptions(query: Query, pod: string): void {
  const bothSince = query.get("sinceSeconds") !== undefined && query.get("sinceTime") !== undefined;
  const errors: FieldError[] = NUMBERS.flatMap(([field, least, words]) => {
    const value = field === "sinceSeconds" && bothSince ? undefined : query.get(field);
    return value !== undefined && Number(value) < least ? [invalidValue(field, Number(value), words)] : [];
  });
  if (bothSince) errors.push(forbiddenField("", "at most one of `sinceTime` or `sinceSeconds` may be specified"));
  if (query.get("stream") !== undefined) errors.push(forbiddenField("stream", "may not be specified"));
  if (errors.length > 0) throw invalid({ group: "", kind: "PodLogOptions" }, pod, errors);
}
