/**
 * What two outputs are compared without: ages that a client works out by its own clock, the client's own version, and
 * what kubectl 1.36 is known to print otherwise than the kubectl of the recordings (KNOWN_CHANGES).
 */
import type { Outcome } from "./side.ts";

export interface KnownChange {
  /** What changed, and since when. */
  why: string;
  /** Turns the recorded kubectl's output into 1.36's. */
  newer?(stdout: string): string;
  /** Where that can't be told from the output alone: turns ours back into the recorded one's. */
  older?(text: string): string;
}

export const KNOWN_CHANGES: readonly KnownChange[] = [
  {
    why: "creationTimestamp is left out while it is unset (k8s.io/apimachinery 0.34, omitzero)",
    newer: (text) =>
      text
        .replace(/^( *)metadata:\n\1  creationTimestamp: null\n(?!\1  )/gm, "$1metadata: {}\n")
        .replace(/^ *creationTimestamp: null\n/gm, "")
        .replace(/^ *"creationTimestamp": null,?\n/gm, ""),
  },
  {
    why: "describe says of a projected ConfigMap whether it is optional as of a Secret (newer than 1.32)",
    newer: (text) => text.replace(/^( +)ConfigMapOptional:( +)<nil>$/gm, "$1Optional:         $2false"),
  },
  {
    why: "describe names a container's port (kubectl 1.33)",
    older: (text) =>
      text.replace(
        /^( +(?:Host )?Ports?:\s+)(.*)$/gm,
        (_, head: string, ports: string) => head + ports.replace(/(\d+\/[A-Z]+) \([^)]*\)/g, "$1"),
      ),
  },
  {
    why: "delete says from which namespace (kubectl 1.34)",
    older: (text) => text.replace(/^(\S+ "[^"]*" (?:force )?deleted) from \S+ namespace/gm, "$1"),
  },
  {
    why: "-o kyaml (kubectl 1.35)",
    older: (text) => text.replace(/(allowed formats are: \S*jsonpath-file,)kyaml,/g, "$1"),
  },
];

/** The kubectl of the recordings was linked by another main: the same errors come out through its logger. */
const LOGGED_FAILURE = /^E\d{4} [^\n]* run\.go:\d+\] "command failed" err="((?:[^"\\]|\\.)*)"$/gm;
const CAPITAL_ERROR = /^Error: (?=unknown |flag |bad flag )/gm;
const LOGGED_RETRIES = /^E\d{4} [^\n]* memcache\.go:\d+\] [^\n]*\n/gm;
const VERSION_SKEW = /^WARNING: version difference between client [^\n]*\n/gm;

/** Virtual time begins in a year of its own, so an age by the client's clock is a matter of many days. */
const CLIENT_AGES = /\b(?:\d+y)?\d{2,4}d\b/g;
const CLIENT_VERSIONS = /^(Client Version|Kustomize Version): v\S+$/gm;

function common(text: string): string {
  return text.replace(CLIENT_VERSIONS, "$1: VERSION").replace(CLIENT_AGES, "AGE");
}

/** Ours. */
export function normalised({ stdout, stderr, exitCode }: Outcome): Outcome {
  const older = (text: string): string => KNOWN_CHANGES.reduce((now, change) => change.older?.(now) ?? now, text);
  return { stdout: common(older(stdout)), stderr: common(older(stderr)), exitCode };
}

/** The recorded kubectl's. */
export function normalisedRecording({ stdout, stderr, exitCode }: Outcome): Outcome {
  const newer = KNOWN_CHANGES.reduce((text, change) => change.newer?.(text) ?? text, stdout);
  const plain = stderr
    .replace(LOGGED_FAILURE, (_, text: string) => `error: ${JSON.parse(`"${text}"`) as string}`)
    .replace(CAPITAL_ERROR, "error: ")
    .replace(LOGGED_RETRIES, "")
    .replace(VERSION_SKEW, "");
  return { stdout: common(newer), stderr: common(plain), exitCode };
}

/** What counts writes or objects: a recording stays right when a new cluster begins with more of them than when it was made. */
const VERSIONS = /((?:resourceVersion"?|Resource Version):\s+)"?\d+"?/g;
const UIDS = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;

/** For the comparison with a recording; two clusters that run side by side count alike. */
export function withoutCounts({ stdout, stderr, exitCode }: Outcome): Outcome {
  return { stdout: stdout.replace(VERSIONS, "$1VERSION").replace(UIDS, "UID"), stderr, exitCode };
}
