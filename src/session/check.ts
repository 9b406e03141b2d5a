/**
 * Reads a session from untrusted JSON: every field is checked, nothing unknown passes, all sizes are bounded.
 */
import { isObject } from "../engine/base/json.ts";
import type { InputAction, Session, SessionFault, SessionInput, TerminalTarget } from "./session.ts";

export const LIMITS = {
  inputs: 20_000,
  textLength: 256 * 1024,
  setup: 64,
  argv: 64,
  /** A replay covers at most sixty virtual days: more than anybody lets run by, and it can be given up at any time. */
  until: 60 * 24 * 3600 * 1000,
  terminals: 64,
} as const;

/** Why a session can't be read; `newer` when it was written by a later version. */
export class SessionProblem extends Error {
  readonly newer: boolean;

  constructor(message: string, newer = false) {
    super(message);
    this.newer = newer;
  }
}

function fail(what: string): never {
  throw new SessionProblem(`session: ${what}`);
}

function text(value: unknown, what: string): string {
  if (typeof value !== "string" || value.length > LIMITS.textLength) fail(what);
  return value;
}

function count(value: unknown, what: string, max: number): number {
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0 || value > max) fail(what);
  return value;
}

function list(value: unknown, what: string, max: number): unknown[] {
  if (!Array.isArray(value) || value.length > max) fail(what);
  return value;
}

function target(value: unknown): TerminalTarget {
  if (!isObject(value)) fail("terminal target");
  if (value["kind"] === "laptop") return { kind: "laptop" };
  if (value["kind"] !== "exec") fail("terminal target");
  return {
    kind: "exec",
    namespace: text(value["namespace"], "namespace"),
    pod: text(value["pod"], "pod"),
    container: text(value["container"], "container"),
  };
}

const LINK_CHANGES = ["cut", "mend", "latency", "loss"] as const;

function link(value: Record<string, unknown>): SessionFault {
  const change = LINK_CHANGES.find((name) => name === value["change"]);
  if (change === undefined) fail("fault");
  return {
    kind: "link",
    from: text(value["from"], "from"),
    to: text(value["to"], "to"),
    change,
    amount: count(value["amount"], "amount", 60_000),
  };
}

function fault(value: unknown): SessionFault {
  if (!isObject(value)) fail("fault");
  const { kind } = value;
  if (kind === "power-off" || kind === "power-on") return { kind, node: text(value["node"], "node") };
  if (kind === "stop-component" || kind === "start-component")
    return { kind, component: text(value["component"], "component") };
  if (kind === "link") return link(value);
  if (kind !== "kill-container") fail("fault");
  return {
    kind,
    namespace: text(value["namespace"], "namespace"),
    pod: text(value["pod"], "pod"),
    container: text(value["container"], "container"),
  };
}

function action(value: Record<string, unknown>): InputAction {
  const terminal = (): number => count(value["terminal"], "terminal", LIMITS.terminals);
  switch (value["k"]) {
    case "line":
    case "data":
      return { k: value["k"], terminal: terminal(), text: text(value["text"], "text") };
    case "open":
      return { k: "open", terminal: terminal(), target: target(value["target"]) };
    case "close":
      return { k: "close", terminal: terminal() };
    case "size":
      return {
        k: "size",
        terminal: terminal(),
        columns: count(value["columns"], "columns", 1000),
        rows: count(value["rows"], "rows", 1000),
      };
    case "command":
      return {
        k: "command",
        argv: list(value["argv"], "argv", LIMITS.argv).map((item) => text(item, "argv")),
        stdin: text(value["stdin"], "stdin"),
      };
    case "shell":
      return {
        k: "shell",
        shell: count(value["shell"], "shell", LIMITS.terminals),
        text: text(value["text"], "text"),
      };
    case "file":
      return { k: "file", path: text(value["path"], "path"), text: text(value["text"], "text") };
    case "edit":
      return {
        k: "edit",
        edit: count(value["edit"], "edit", 1e6),
        text: value["text"] === null ? null : text(value["text"], "text"),
      };
    case "fault":
      return { k: "fault", fault: fault(value["fault"]) };
    default:
      return fail("unknown input");
  }
}

/** A session from parsed JSON, or a thrown `SessionProblem`. */
export function readSession(value: unknown): Session {
  if (!isObject(value)) fail("not an object");
  if (typeof value["v"] === "number" && value["v"] > 1)
    throw new SessionProblem("session: written by a newer version", true);
  if (value["v"] !== 1) fail("version");
  const until = count(value["until"], "until", LIMITS.until);
  let last = 0;
  const inputs = list(value["inputs"], "inputs", LIMITS.inputs).map((item): SessionInput => {
    if (!isObject(item)) fail("input");
    const t = count(item["t"], "time", until);
    if (t < last) fail("inputs out of order");
    last = t;
    return { t, ...(item["early"] === true && { early: true }), ...action(item) };
  });
  const seed = count(value["seed"], "seed", 2 ** 31);
  if (!Number.isInteger(seed)) fail("seed");
  const view = value["view"];
  return {
    v: 1,
    engine: text(value["engine"], "engine"),
    kubernetes: text(value["kubernetes"], "kubernetes"),
    seed,
    preset: text(value["preset"], "preset"),
    setup: list(value["setup"], "setup", LIMITS.setup).map((item) => text(item, "setup")),
    inputs,
    until,
    ...(isObject(view) && {
      view: {
        ...(typeof view["lesson"] === "string" && { lesson: text(view["lesson"], "lesson") }),
        ...(view["paused"] === true && { paused: true }),
      },
    }),
  };
}
