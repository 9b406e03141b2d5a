import type { Completer } from "../engine/base/program.ts";

const WORDS: Readonly<Record<string, readonly string[]>> = {
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
};

const FLAGS: Readonly<Record<string, readonly string[]>> = {
  delete: ["--all", "--purge"],
  service: ["--namespace", "--url"],
  ssh: ["--node"],
  start: ["--driver", "--wait"],
  version: ["--short"],
};

/** Subcommands of minikube, theirs in turn, and flags. */
export const completeMinikube: Completer = function* (line, cursor) {
  const words = line.slice(0, cursor).split(/\s+/);
  const word = words.at(-1) ?? "";
  const [, command = ""] = words.length > 2 ? words : ["", ""];
  const known = word.startsWith("-") ? FLAGS[command] : words.length > 3 ? [] : WORDS[command];
  const candidates = (known ?? []).filter((each) => each.startsWith(word));
  return { from: cursor - word.length, candidates };
};
