import { describe, expect, it } from "vitest";
import { freeze } from "../base/freeze.ts";
import { structure } from "./generated/structure.ts";
import { decode, DecodeError } from "./meta/decode.ts";
import { fieldErrorText } from "./meta/field-error.ts";
import type { KubeObject } from "./meta/object.ts";
import type { Resource } from "./meta/resource.ts";
import { resources } from "./registry.ts";

const WORDS = ["", "a", "Always", "TCP", "1", "x/y", "10.0.0.1", "None"];
const BODIES_PER_KIND = 150;
const MAX_DEPTH = 7;

/** Bodies of the right types with senseless contents: whatever a client can send that decodes. */
function generator(seed: number): (type: string) => unknown {
  let state = seed;
  const below = (bound: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % bound;
  };
  const make = (type: string, depth: number): unknown => {
    if (type.startsWith("[]")) return Array.from({ length: below(3) }, () => make(type.slice(2), depth));
    if (type.startsWith("{}")) {
      return Object.fromEntries(Array.from({ length: below(3) }, (_, at) => [`k${at}`, make(type.slice(2), depth)]));
    }
    const fields = structure[type];
    if (fields !== undefined) {
      const chosen = Object.entries(fields).filter(() => depth < MAX_DEPTH && below(10) < (depth < 2 ? 7 : 3));
      return Object.fromEntries(chosen.map(([name, inner]) => [name.replace("!", ""), make(inner, depth + 1)]));
    }
    if (type === "string") return WORDS[below(WORDS.length)];
    if (type === "boolean") return below(2) === 1;
    if (type === "int-or-string") return below(2) === 1 ? below(100) : "25%";
    if (type === "bytes") return "YQ==";
    if (type === "any") return {};
    return type.endsWith("time") ? "2026-01-01T00:00:00Z" : below(90_000) - 5;
  };
  return (type) => make(type, 0);
}

function decoded(resource: Resource, body: unknown): KubeObject | undefined {
  try {
    const { object } = decode(resource, body);
    return freeze({ ...object, metadata: { ...object.metadata, name: "a", namespace: "default" } });
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** Messages of Kubernetes that speak of the undefined; anywhere else the word is ours, and a mistake. */
const UPSTREAMS_OWN = /must be undefined to be structural|must be true or undefined/;

describe.each(resources.map((resource) => [resource.id, resource] as const))("%s", (_, resource) => {
  it("survives whatever decodes: hooks never throw, never change what they get, and default once", () => {
    const next = generator(resource.id.length * 7919);
    for (let count = 0; count < BODIES_PER_KIND; count++) {
      const body = decoded(resource, next(resource.structure));
      if (body === undefined) continue;
      const defaulted = freeze(resource.defaults?.(body) ?? body);
      expect(resource.defaults?.(defaulted) ?? defaulted).toBe(defaulted);
      const created = freeze(resource.prepareForCreate?.(defaulted, { now: 0 }) ?? defaulted);
      const copy = freeze({ ...created });
      const errors = [
        ...(resource.validate?.(created) ?? []),
        ...(resource.validateUpdate?.(copy, created) ?? []),
        ...(resource.validateStatusUpdate?.(copy, created) ?? []),
      ];
      const texts = errors.map((error) => fieldErrorText(error).replace(UPSTREAMS_OWN, ""));
      expect(texts.filter((text) => text.includes("undefined"))).toEqual([]);
      for (const { cell } of resource.columns ?? []) cell(created, { now: 0 });
      for (const read of Object.values(resource.selectableFields ?? {})) read(created);
      resource.gracePeriodSeconds?.(created);
    }
  });
});
