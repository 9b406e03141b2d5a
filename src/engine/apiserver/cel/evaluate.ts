/** Programs to values. */
import type { CelProgram } from "./compile.ts";
import { COST_EXCEEDED, PER_CALL_LIMIT, withBudget } from "./cost.ts";

export type Evaluation =
  | { readonly value: unknown; readonly error?: undefined; readonly cost: number }
  | { readonly value?: undefined; readonly error: string; readonly cost: number };

/**
 * Runs a program over values that `toCel` made. Never throws for what an expression does: a failure is a text in cel-go's
 * words (`no such key: x`, `division by zero`).
 */
export function evaluate(
  program: CelProgram,
  variables: Readonly<Record<string, unknown>>,
  limit: number = PER_CALL_LIMIT,
): Evaluation {
  const { result, cost, exceeded } = withBudget(limit, () => attempt(program, variables));
  return exceeded ? { error: COST_EXCEEDED, cost } : { ...result, cost };
}

function attempt(
  program: CelProgram,
  variables: Readonly<Record<string, unknown>>,
): { value: unknown; error?: undefined } | { value?: undefined; error: string } {
  try {
    return { value: program.run(variables) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { error: failureText(error) };
  }
}

function failureText(error: Error & { code?: string; summary?: string }): string {
  const text = error.summary ?? error.message;
  switch (error.code) {
    case "no_such_key":
    case "index_out_of_bounds": {
      const [, index] = /index ([-0-9]+)/.exec(text) ?? [];
      return index === undefined ? text.replace(/^No such key/, "no such key") : `index out of bounds: ${index}`;
    }
    case "no_such_overload":
    case "no_matching_overload":
    case "invalid_logical_operand":
      return "no such overload";
    case "modulo_by_zero":
      return "modulus by zero";
    case "numeric_overflow":
      return "integer overflow";
    default:
      return text;
  }
}
