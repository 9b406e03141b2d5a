import type { Completer } from "../engine/base/program.ts";
import { PRESETS } from "./drydock.ts";

/** What may follow: `words` by the command before ("" is the program itself), `flags` by the first command. */
interface Vocabulary {
  words: Readonly<Record<string, readonly string[]>>;
  flags?: Readonly<Record<string, readonly string[]>>;
}

const COMPONENTS = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler"];

const MINIKUBE: Vocabulary = {
  words: {
    "": [
      "addons",
      "dashboard",
      "delete",
      "ip",
      "kubectl",
      "profile",
      "service",
      "ssh",
      "start",
      "status",
      "stop",
      "update-context",
      "version",
    ],
    addons: ["disable", "enable", "list"],
    profile: ["list"],
    service: ["list"],
  },
  flags: {
    delete: ["--all", "--purge"],
    service: ["--namespace", "--url"],
    ssh: ["--node"],
    start: ["--driver", "--wait"],
    version: ["--short"],
  },
};

const DRYDOCK: Vocabulary = {
  words: {
    "": [
      "hint",
      "kill",
      "link",
      "new",
      "pause",
      "play",
      "power",
      "reset",
      "settle",
      "share",
      "solution",
      "speed",
      "start",
      "step",
      "stop",
      "trace",
      "why",
    ],
    new: PRESETS,
    power: ["off", "on"],
    start: COMPONENTS,
    stop: COMPONENTS,
  },
};

/** Subcommands, theirs in turn, and flags; names of the cluster's objects are not known here. */
function completer({ words, flags = {} }: Vocabulary): Completer {
  return function* (line, cursor) {
    const typed = line.slice(0, cursor).split(/\s+/);
    const word = typed.at(-1) ?? "";
    const command = typed.length > 2 ? (typed[1] ?? "") : "";
    const known = word.startsWith("-") ? flags[command] : typed.length > 3 ? undefined : words[command];
    return { from: cursor - word.length, candidates: (known ?? []).filter((each) => each.startsWith(word)) };
  };
}

const minikube = completer(MINIKUBE);
const drydock = completer(DRYDOCK);

/** The laptop's own programs. */
export const ownCompleters = { minikube: () => minikube, drydock: () => drydock };
