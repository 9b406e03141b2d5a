/**
 * `drydock trace` and `drydock why`: a request followed hop by hop, and what keeps a pod or a request from working.
 * Both send the request as a program at that place would, and print what the network decided.
 */
import { SystemError } from "../engine/base/program.ts";
import type { HttpRequest } from "../engine/base/program.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { external, intent, write } from "../engine/base/syscalls.ts";
import { placementLines } from "./drydock-placement.ts";
import type { ShownPlacement } from "./drydock-placement.ts";

/** Milliseconds that a request may take unless `-m` says otherwise. */
const TIMEOUT_MS = 5_000;

/** Name of the host's tool that makes a copy of the cluster and tries a change there. */
export const TRIAL_TOOL = "drydock-trial";

export type TraceRequest = { action: "trace"; from: string; request: HttpRequest };
export type WhyObjectRequest = {
  action: "why";
  kind: "pod" | "service" | "ingress" | "node" | "persistentvolumeclaim";
  namespace: string;
  name: string;
};

/** What is to be tried: the change, then the same request, or the object again. */
export interface Attempt {
  mend: Mend;
  from?: string;
  request?: HttpRequest;
  object?: WhyObjectRequest;
}

/** A line to type, another URL to ask for, another Host header to ask with. */
export interface Mend {
  command?: string;
  url?: string;
  host?: string;
}

/** What came of it on the copy. */
export interface Trial {
  works: boolean;
  /** `200`, `ECONNREFUSED`, `Running` … */
  outcome: string;
  /** Virtual milliseconds after the last change. */
  after: number;
  /** What else was wrong once the change was made, each with the mend that was made then, in order. */
  further: readonly FurtherStep[];
}

/** A thing that shows when the one before it is mended. */
export interface FurtherStep {
  cause: string;
  change: string;
  command: string;
}

/** The answer to `trace`. */
export interface TraceAnswer {
  from: string;
  method: string;
  url: string;
  hops: { at: string; decision: string; reason: string }[];
  ms: number;
  status?: number;
  errno?: string;
  cause?: { text: string };
  change?: { text: string; mend?: Mend };
}

/** The answer to `why` of an object: no findings when it is well. */
export interface WhyAnswer {
  state: string;
  findings: { cause: string; change?: string; command?: string }[];
  /** How the scheduler came to its choice, of a pod that is well. */
  placement?: ShownPlacement;
}

export type TraceCommand =
  | { what: "trace" | "why"; trace: TraceRequest; json: boolean; proof: boolean }
  | { what: "why-object"; object: WhyObjectRequest; proof: boolean };

interface Flags {
  words: string[];
  headers: Record<string, string>;
  values: Map<string, string>;
  json: boolean;
  proof: boolean;
}

const VALUED: Readonly<Record<string, string>> = {
  "-X": "method",
  "--request": "method",
  "-d": "data",
  "--data": "data",
  "-m": "max-time",
  "--max-time": "max-time",
  "-n": "namespace",
  "--namespace": "namespace",
  "-H": "header",
  "--header": "header",
};

function readFlags(args: readonly string[]): Flags | string {
  const flags: Flags = { words: [], headers: {}, values: new Map(), json: false, proof: true };
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    const [name = "", inline] = arg.startsWith("--") ? arg.split(/=(.*)/s) : [arg];
    if (arg === "--json") flags.json = true;
    else if (arg === "--no-trial") flags.proof = false;
    else if (VALUED[name] !== undefined) {
      const value = inline ?? args[++i];
      if (value === undefined) return `${name} takes a value`;
      if (VALUED[name] !== "header") flags.values.set(VALUED[name], value);
      else {
        const at = value.indexOf(":");
        if (at < 1) return `"${value}" is no header: NAME: VALUE`;
        flags.headers[value.slice(0, at).trim()] = value.slice(at + 1).trim();
      }
    } else if (arg.startsWith("-")) return `unknown flag: ${arg}`;
    else flags.words.push(arg);
  }
  return flags;
}

/** What `why` can be asked of, by kubectl's names for it. */
const KINDS: Readonly<Record<string, WhyObjectRequest["kind"]>> = {
  po: "pod",
  pod: "pod",
  pods: "pod",
  svc: "service",
  service: "service",
  services: "service",
  ing: "ingress",
  ingress: "ingress",
  ingresses: "ingress",
  no: "node",
  node: "node",
  nodes: "node",
  pvc: "persistentvolumeclaim",
  persistentvolumeclaim: "persistentvolumeclaim",
  persistentvolumeclaims: "persistentvolumeclaim",
};

/** `trace FROM URL`, `why POD`, `why service/NAME`, `why FROM URL`; or what is wrong with the words. */
export function parseTrace(what: "trace" | "why", args: readonly string[]): TraceCommand | string {
  const flags = readFlags(args);
  if (typeof flags === "string") return flags;
  const [from, target, ...rest] = flags.words;
  const namespace = flags.values.get("namespace") ?? "default";
  if (from === undefined || rest.length > 0 || (what === "trace" && target === undefined)) {
    return what === "trace" ? "trace takes a place and a URL" : "why takes a pod, or a place and a URL";
  }
  if (target === undefined) {
    const words = from.split("/");
    const kind = words.length === 1 ? "pod" : KINDS[words[0] as string];
    if (words.length > 3 || kind === undefined)
      return `why takes a pod, a service, an ingress, a node, a claim, or a place and a URL, not "${from}"`;
    if (kind === "node" && words.length > 2) return "a node is in no namespace";
    const own = kind === "node" ? "" : words.length === 3 ? (words[1] as string) : namespace;
    const object: WhyObjectRequest = { action: "why", kind, namespace: own, name: words.at(-1) as string };
    return { what: "why-object", object, proof: flags.proof };
  }
  const seconds = Number(flags.values.get("max-time") ?? TIMEOUT_MS / 1000);
  if (!(seconds > 0)) return "-m takes a number of seconds";
  const body = flags.values.get("data") ?? "";
  const request: HttpRequest = {
    method: flags.values.get("method") ?? (body === "" ? "GET" : "POST"),
    url: /^\w+:\/\//.test(target) ? target : `http://${target}`,
    headers: { "User-Agent": "drydock-trace", Accept: "*/*", ...flags.headers },
    body,
    timeoutMs: Math.round(seconds * 1000),
  };
  const trace: TraceRequest = { action: "trace", from: withNamespace(from, namespace), request };
  return { what, trace, json: flags.json, proof: flags.proof };
}

/** `pod/a` is `pod/<namespace>/a`; nodes and the laptop are in none. */
function withNamespace(from: string, namespace: string): string {
  const [kind = "", ...names] = from.split("/");
  if (names.length === 0 && kind !== "laptop") return `pod/${namespace}/${kind}`;
  return names.length === 1 && !["node", "nodes", "no"].includes(kind) ? `${kind}/${namespace}/${names[0]}` : from;
}

export function* runTrace(command: TraceCommand): Call<number> {
  if (command.what === "why-object") return yield* whyObject(command.object, command.proof);
  const { trace } = command;
  const answer = (yield* intent("drydock", trace)) as TraceAnswer;
  if (command.what === "trace" && command.json) {
    yield* write(1, `${JSON.stringify(answer)}\n`);
    return answer.status === undefined ? 1 : 0;
  }
  if (command.what === "trace") {
    yield* write(1, traceText(answer));
    return answer.status === undefined ? 1 : 0;
  }
  if (answer.status !== undefined && answer.cause === undefined) {
    yield* write(
      1,
      `Nothing is wrong: ${answer.method} ${answer.url} from ${answer.from} was answered ${answer.status}.\n`,
    );
    return 0;
  }
  const where = answer.hops.at(-1)?.at ?? answer.from;
  const end = answer.status === undefined ? "failed" : `was answered ${answer.status}`;
  const place = answer.status === undefined ? `at ${where}` : `by ${where}`;
  yield* write(1, `${answer.method} ${answer.url} from ${answer.from} ${end} ${place}.\n`);
  yield* write(1, explanation(answer));
  const mend = answer.change?.mend;
  if (mend === undefined || !command.proof) return 1;
  yield* tryIt({ mend, from: trace.from, request: trace.request });
  return 1;
}

function* whyObject(object: WhyObjectRequest, proof: boolean): Call<number> {
  const { state, findings, placement } = (yield* intent("drydock", object)) as WhyAnswer;
  const name = [object.kind, object.namespace, object.name].filter((word) => word !== "").join("/");
  if (findings.length === 0) {
    yield* write(1, `Nothing is wrong: ${name} is ${state}.\n`);
    if (placement !== undefined)
      yield* write(
        1,
        placementLines(placement)
          .map((line) => `${line}\n`)
          .join(""),
      );
    return 0;
  }
  yield* write(1, `${name} is ${state}.\n`);
  for (const { cause, change, command } of findings) {
    yield* write(1, `  Why:   ${cause}\n`);
    if (change !== undefined) yield* write(1, `  Mend:  ${change}\n`);
    if (command !== undefined) yield* write(1, `         ${command}\n`);
  }
  const command = findings.find((finding) => finding.command !== undefined)?.command;
  if (command !== undefined && proof) yield* tryIt({ mend: { command }, object });
  return 1;
}

/** Makes the change on a copy of the cluster and says what came of it. */
function* tryIt(attempt: Attempt): Call<void> {
  let trial: Trial;
  try {
    trial = (yield* external(TRIAL_TOOL, attempt)) as Trial;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* write(1, `  Not tried: ${error.detail}\n`);
    return;
  }
  const works = `it works (${trial.outcome}, ${(trial.after / 1000).toFixed(1)} s after the change)`;
  if (trial.further.length === 0) {
    const words = trial.works ? works : `that alone does not mend it (${trial.outcome})`;
    yield* write(1, `  Tried on a copy of this cluster: ${words}.\n`);
    return;
  }
  yield* write(1, "  Tried on a copy of this cluster: that alone does not mend it.\n");
  for (const { cause, change, command } of trial.further)
    yield* write(1, `  Then:  ${cause}\n  Mend:  ${change}\n         ${command}\n`);
  yield* write(1, `  Tried together: ${trial.works ? works : `still not (${trial.outcome})`}.\n`);
}

/** The hops as a table, then how it ended. */
export function traceText(answer: TraceAnswer): string {
  const { hops } = answer;
  const at = Math.max(...hops.map((hop) => hop.at.length));
  const decision = Math.max(...hops.map((hop) => hop.decision.length));
  const lines = hops.map(
    (hop, index) =>
      `${String(index + 1).padStart(2)}  ${hop.at.padEnd(at)}  ${hop.decision.padEnd(decision)}  ${hop.reason}\n`,
  );
  const end =
    answer.status === undefined
      ? `No answer: ${answer.errno} after ${answer.ms} ms.\n${explanation(answer)}`
      : `Answered ${answer.status} after ${answer.ms} ms.\n${explanation(answer)}`;
  return lines.join("") + end;
}

function explanation({ cause, change }: TraceAnswer): string {
  if (cause === undefined) return "";
  const how = change?.mend?.command;
  return [
    `  Why:   ${cause.text}\n`,
    ...(change === undefined ? [] : [`  Mend:  ${change.text}\n`]),
    ...(how === undefined ? [] : [`         ${how}\n`]),
  ].join("");
}
