/**
 * Data cases: facts taken from Kubernetes' own test tables, run through the engine's functions. A topic is one file of
 * cases (`quantity.json`), its runner one file here and one line in `registry.ts`.
 */
import { deepEqual } from "../../engine/base/json.ts";

export interface DataCase {
  /** Unique in its file: the upstream test's name and the place in its table. */
  readonly id: string;
  readonly kind: string;
}

export interface CaseFile<C extends DataCase = DataCase> {
  readonly source: string;
  readonly kubernetesVersion: string;
  /** The contract of the cases' fields. */
  readonly note: string;
  readonly cases: readonly C[];
}

/** What became of a case; `undefined` when it passed. */
export type Failure = { readonly expected: unknown; readonly got: unknown } | undefined;

export interface CaseTopic {
  readonly topic: string;
  /** Why a case says nothing about this engine, by id: mostly behaviour that changed after the table's version. */
  readonly doesNotApply: Readonly<Record<string, string>>;
  run(item: DataCase, file: CaseFile): Failure | Promise<Failure>;
}

/** The registry holds topics of any shape; a runner states the shape of its own cases. */
export function defineTopic<C extends DataCase, F extends CaseFile<C> = CaseFile<C>>(definition: {
  topic: string;
  doesNotApply?: Readonly<Record<string, string>>;
  /** What a case expects and what the engine gives; equal when they are the same JSON. What is thrown is a failure too. */
  run(item: C, file: F): Failure | Promise<Failure>;
}): CaseTopic {
  return {
    topic: definition.topic,
    doesNotApply: definition.doesNotApply ?? {},
    // A method's parameters may be narrower than what the registry hands over.
    run: definition.run,
  };
}

/** Compares as JSON: a key without a value is no key. */
export function expectEqual(expected: unknown, got: unknown): Failure {
  const [left, right] = [plain(expected), plain(got)];
  return deepEqual(left, right) ? undefined : { expected: left, got: right };
}

function plain(value: unknown): unknown {
  return value === undefined ? null : JSON.parse(JSON.stringify(value));
}

/** What `action` throws, as text; undefined when it returns. */
export function thrownBy(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** `name.verb` of a case's kind that its runner has no branch for: a table grew. */
export function unknownKind(kind: string): Failure {
  return { expected: "a kind that the runner knows", got: kind };
}
