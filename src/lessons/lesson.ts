/**
 * What a lesson is. `public/lessons/<id>/lesson.json` holds what is the same in every language; `<language>.md` the
 * words. Checks look at the cluster, never at what was typed.
 */

/** A statement about the cluster that is true or not. */
export type Check =
  | { type: "exists"; kind: string; name: string; namespace?: string }
  | { type: "absent"; kind: string; name: string; namespace?: string }
  /** A field at a dotted path (`spec.ports.0.nodePort`, list items by index). */
  | ({ type: "field"; kind: string; name: string; namespace?: string; path: string } & FieldTest)
  /** How many objects of a kind match a label selector and, if given, have these fields. */
  | ({
      type: "count";
      kind: string;
      namespace?: string;
      selector?: string;
      where?: ({ path: string } & FieldTest)[];
    } & CountTest)
  /** A status condition, `True` unless said otherwise. */
  | { type: "condition"; kind: string; name: string; namespace?: string; condition: string; status?: string }
  /** Ready addresses behind a service. */
  | ({ type: "endpoints"; service: string; namespace?: string } & CountTest)
  /** Pods of a selector whose log contains a text. */
  | ({ type: "log"; selector: string; namespace?: string; contains: string } & CountTest)
  | { type: "all"; checks: Check[] };

export type FieldTest =
  | { equals: string | number | boolean }
  | { atLeast: number }
  | { matches: string }
  | { present: boolean };
export type CountTest = { equals: number } | { atLeast: number };

export interface Objective {
  /** The text stands in the lesson's Markdown under this id. */
  id: string;
  check: Check;
}

export interface Lesson {
  id: string;
  track: string;
  order: number;
  minutes: number;
  /** The cluster that the lesson starts with when it is started over. */
  preset: string;
  /** Manifests (files beside lesson.json) applied when it is started over. */
  setup: string[];
  /** Terminal lines run when it is started over, after the manifests. */
  prepare: string[];
  objectives: Objective[];
  /** Terminal lines that reach every objective; "show me" types them, a test proves them. */
  solution: string[];
}
