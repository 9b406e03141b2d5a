/** Conditions under which a policy or a webhook looks at a request. Upstream: apiserver pkg/admission/plugin/webhook/matchconditions. */
import type { CelProgram, Evaluation } from "../../cel/index.ts";
import type { NamedProgram } from "./expressions.ts";
import { aggregate } from "../../../base/go-errors.ts";

export type Verdict =
  | { readonly matches: boolean; readonly error?: undefined }
  | { readonly matches?: undefined; readonly error: string };

/** One false condition is enough to be done; without one, a condition that fails is a failure. */
export function conditionsOf(conditions: readonly NamedProgram[], run: (program: CelProgram) => Evaluation): Verdict {
  const errors: string[] = [];
  for (const { program } of conditions) {
    const { value, error } = run(program);
    if (error !== undefined) errors.push(`expression '${program.expression}' resulted in error: ${error}`);
    else if (value !== true) return { matches: false };
  }
  if (errors.length === 0) return { matches: true };
  return { error: aggregate(errors) };
}
