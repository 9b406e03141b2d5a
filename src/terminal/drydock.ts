/**
 * `drydock`: the playground's own buttons, typed. Faults act on the cluster; the rest asks the page and fails loudly
 * where there is none. All goes through the intent `drydock` with `{ action, … }`.
 */
import type { Program } from "../engine/base/program.ts";
import { SystemError } from "../engine/base/program.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { intent, write } from "../engine/base/syscalls.ts";
import { parseTrace, runTrace } from "./drydock-trace.ts";
import type { TraceRequest, WhyObjectRequest } from "./drydock-trace.ts";

/** What `drydock new` can begin with, beside `scale:N`. */
export const PRESETS = ["default", "minikube", "ha", "cloud", "dual-stack", "bare", "empty"] as const;

const USAGE = `Usage: drydock COMMAND

Time:
  pause              hold the cluster's clock
  play               let it run
  step               let one event happen
  speed N            0.1 to 1000 times as fast
  settle             hurry on until nothing changes

Lessons:
  hint               the next hint
  solution           type the solution

Clusters:
  reset              start over
  new PRESET         a new cluster in place of this one: ${PRESETS.slice(0, 4).join(", ")},
                     ${PRESETS.slice(4).join(", ")}, or scale:N with N workers

Break something:
  power off NODE     cut a node's power
  power on NODE      switch it on again
  kill POD [CONTAINER] [-n NAMESPACE]
                     kill a container's main process
  stop COMPONENT     take a control-plane component out: etcd, kube-apiserver,
                     kube-controller-manager, kube-scheduler, kube-proxy
  start COMPONENT    put it back
  link NODE [NODE] cut | mend | latency MS | loss PERCENT
                     break the link between two nodes, or all links of one

Finding out:
  trace FROM URL     send a request and tell every hop; FROM is laptop, node/NAME,
                     pod/[NAMESPACE/]NAME or deploy/NAME; -X, -H, -d, -m as curl's,
                     -n NAMESPACE, --json
  why POD            what keeps a pod from running, or why it is on its node;
                     why service/NAME, ingress/NAME, node/NAME and pvc/NAME: what
                     keeps those from being of use
  why FROM URL       what keeps a request from being answered, the smallest change
                     that mends it, and whether it does on a copy of the cluster
                     (--no-trial: don't try)

Sharing:
  share              a link to this very moment
`;

/** What the intent carries. */
export type DrydockRequest =
  | { action: "pause" | "play" | "step" | "settle" | "hint" | "solution" | "reset" | "share" }
  | { action: "speed"; speed: number }
  | { action: "new"; preset: string }
  | { action: "power-off" | "power-on"; node: string }
  | { action: "kill-container"; namespace: string; pod: string; container: string }
  | { action: "stop-component" | "start-component"; component: string }
  | { action: "link"; from: string; to: string; change: "cut" | "mend" | "latency" | "loss"; amount: number }
  | TraceRequest
  | WhyObjectRequest;

const PLAIN = ["pause", "play", "step", "settle", "hint", "solution", "reset", "share"] as const;

/** The request that the words stand for, or what is wrong with them. */
export function parseDrydock(words: readonly string[]): DrydockRequest | string {
  const [command = "", ...args] = words;
  const plain = PLAIN.find((name) => name === command);
  if (plain !== undefined) return args.length === 0 ? { action: plain } : `${command} takes no argument`;
  switch (command) {
    case "speed": {
      const speed = Number((args[0] ?? "").replace(/[x×]$/, ""));
      if (args.length !== 1 || !(speed >= 0.1 && speed <= 1000)) return "speed takes a number from 0.1 to 1000";
      return { action: "speed", speed };
    }
    case "new": {
      const [preset, ...more] = args.flatMap((word) => word.split("=")).filter((word) => word !== "--preset");
      if (preset === undefined || more.length > 0) return "new takes a preset";
      return { action: "new", preset };
    }
    case "power": {
      const [state, node] = args;
      if (args.length !== 2 || node === undefined || (state !== "on" && state !== "off"))
        return "power takes on or off, and a node's name";
      return { action: `power-${state}`, node };
    }
    case "kill":
      return parseKill(args);
    case "link":
      return parseLink(args);
    case "stop":
    case "start": {
      const [component] = args;
      if (args.length !== 1 || component === undefined) return `${command} takes a component's name`;
      return { action: `${command}-component`, component };
    }
    default:
      return `unknown command "${command}"`;
  }
}

const LINK_CHANGES = ["cut", "mend", "latency", "loss"] as const;

function parseLink(words: readonly string[]): DrydockRequest | string {
  const at = words.findIndex((word) => LINK_CHANGES.some((change) => change === word));
  const change = LINK_CHANGES.find((name) => name === words[at]);
  const [from, to = "", ...more] = words.slice(0, Math.max(at, 0));
  if (change === undefined || from === undefined || more.length > 0)
    return "link takes one node or two, and then cut, mend, latency or loss";
  const [text = "", ...rest] = words.slice(at + 1);
  const measured = change === "latency" || change === "loss";
  const amount = measured ? Number(text.replace(change === "latency" ? /ms$/ : /%$/, "")) : 0;
  const most = change === "latency" ? 60_000 : 100;
  const wrong = measured ? text === "" || !Number.isInteger(amount) || amount < 0 || amount > most : text !== "";
  if (wrong || rest.length > 0)
    return change === "latency"
      ? "latency takes whole milliseconds, at most 60000"
      : change === "loss"
        ? "loss takes whole percent"
        : `${change} takes nothing more`;
  return { action: "link", from, to, change, amount };
}

function parseKill(args: readonly string[]): DrydockRequest | string {
  const names: string[] = [];
  let namespace = "default";
  for (let i = 0; i < args.length; i++) {
    const word = args[i] as string;
    if (word !== "-n" && word !== "--namespace") names.push(word);
    else {
      const value = args[++i];
      if (value === undefined) return `${word} takes a namespace`;
      namespace = value;
    }
  }
  const [pod, container = ""] = names;
  if (pod === undefined || names.length > 2) return "kill takes a pod's name and, if it has several, a container's";
  return { action: "kill-container", namespace, pod: pod.replace(/^pods?\//, ""), container };
}

export const drydock: Program = function* drydock(_ctx, argv): Call<number> {
  const words = argv.slice(1);
  if (words.length === 0 || ["help", "-h", "--help"].includes(words[0] as string)) {
    yield* write(1, USAGE);
    return 0;
  }
  const [first, ...rest] = words;
  const tracing = first === "trace" || first === "why" ? parseTrace(first, rest) : undefined;
  const request = tracing ?? parseDrydock(words);
  if (typeof request === "string") {
    yield* write(2, `drydock: ${request}\nTry 'drydock help'.\n`);
    return 2;
  }
  try {
    if ("what" in request) return yield* runTrace(request);
    const answer = yield* intent("drydock", request);
    if (typeof answer === "string") yield* write(1, `${answer}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* write(2, `drydock: ${error.detail}\n`);
    return 1;
  }
};
