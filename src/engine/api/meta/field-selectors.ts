/** Field selectors: `status.phase=Running,spec.nodeName!=worker-1`. Upstream: apimachinery pkg/fields/selector.go. */
import { SelectorError } from "./label-requirement.ts";

export interface FieldRequirement {
  readonly field: string;
  readonly operator: "=" | "!=";
  readonly value: string;
}

/** A conjunction of comparisons; immutable. */
export class FieldSelector {
  readonly requirements: readonly FieldRequirement[];

  constructor(requirements: readonly FieldRequirement[]) {
    this.requirements = requirements;
  }

  get matchesEverything(): boolean {
    return this.requirements.length === 0;
  }

  /** `read` gives a field's value, "" when the object has none. */
  matches(read: (field: string) => string): boolean {
    for (const { field, operator, value } of this.requirements) {
      if ((read(field) === value) !== (operator === "=")) return false;
    }
    return true;
  }

  /** The value that `field` must have, when there is exactly one. */
  exactValue(field: string): string | undefined {
    return this.requirements.find((item) => item.field === field && item.operator === "=")?.value;
  }

  toString(): string {
    return this.requirements.map(({ field, operator, value }) => field + operator + escapeFieldValue(value)).join(",");
  }
}

/** Backslash before what would end a value. */
export function escapeFieldValue(value: string): string {
  return value.replace(/[\\,=]/g, "\\$&");
}

/** The inverse of `escapeFieldValue`. Throws a `SelectorError`. */
export function unescapeFieldValue(text: string): string {
  if (!/[\\,=]/.test(text)) return text;
  let value = "";
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (character === "\\") {
      const next = text[++at];
      if (next === undefined || !"\\,=".includes(next)) {
        throw new SelectorError(`invalid field selector: invalid escape sequence: \\${next ?? ""}`);
      }
      value += next;
    } else if (character === "," || character === "=") {
      throw new SelectorError(`invalid field selector: unescaped character in value: ${character.charCodeAt(0)}`);
    } else {
      value += character;
    }
  }
  return value;
}

/** Splits at commas that are not escaped. */
export function splitTerms(text: string): string[] {
  if (text === "") return [];
  const terms: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === ",") {
      terms.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...terms, text.slice(start)];
}

/** `a!=b` → its parts; undefined when there is no operator. */
export function splitTerm(term: string): { field: string; operator: "=" | "==" | "!="; value: string } | undefined {
  const match = /!=|==|=/.exec(term);
  if (match === null) return undefined;
  const operator = match[0] as "=" | "==" | "!=";
  return { field: term.slice(0, match.index), operator, value: term.slice(match.index + operator.length) };
}

/** Throws a `SelectorError`. */
export function parseFieldSelector(text: string): FieldSelector {
  const requirements: FieldRequirement[] = [];
  for (const term of splitTerms(text)) {
    if (term === "") continue;
    const parts = splitTerm(term);
    if (parts === undefined) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
    const { field, operator, value } = parts;
    requirements.push({ field, operator: operator === "!=" ? "!=" : "=", value: unescapeFieldValue(value) });
  }
  return new FieldSelector(requirements);
}
