/**
 * What a quota can count of one resource; who asks it hands it objects of its own kind only. Upstream: apiserver pkg/quota/v1/interfaces.go (Evaluator).
 */
import type { ScopedResourceSelectorRequirement } from "../generated/types.ts";
import type { KubeObject } from "../meta/object.ts";
import type { Amounts } from "./amounts.ts";

export interface QuotaEvaluator<T extends KubeObject = KubeObject> {
  /** Whether an update can change what an object uses; a create always counts. */
  readonly updates: boolean;
  /** Subresource whose update counts in the place of the object's own. */
  readonly updatesThrough?: string;
  /** Whether a quota on this name is about this resource. */
  counts(name: string): boolean;
  /** What an object uses now, `now` in virtual milliseconds. */
  usage(object: T, now: number): Amounts;
  /** Why an object can't be counted under a quota on these names; undefined: it can. */
  constraint?(object: T, names: readonly string[]): string | undefined;
  /** Whether an object is within a scope. Absent: within none. */
  isWithin?(object: T, scope: ScopedResourceSelectorRequirement): boolean;
}

/** A resource's objects by number: `count/jobs.batch`, and the old names of some core resources. */
export function objectCount(countName: string, ...aliases: readonly string[]): QuotaEvaluator {
  const names = [countName, ...aliases];
  const one: Amounts = Object.fromEntries(names.map((name) => [name, "1"]));
  return { updates: false, counts: (name) => names.includes(name), usage: () => one };
}
