/**
 * `--feature-gates` as kube-apiserver, kube-controller-manager, kube-scheduler and the kubelet read it: each of them knows
 * the gates of all. Upstream: component-base/featuregate.
 *
 * **Simplified:** of the gates that a kubelet has, those of `FOLLOWED` change something; a component's log names the others
 * when they are set to something else than their default.
 */
import { knownGates } from "./known-gates.ts";
import { aggregate, parseGoBool } from "../../base/go-errors.ts";

/** What the gates that were set are set to. */
export type FeatureGates = ReadonlyMap<string, boolean>;

export interface ReadGates {
  gates: FeatureGates;
  /** What the component's log warns of. */
  warnings: readonly string[];
}

/** `A=true,B=false`, where each may say `kube:` before its name. */
export function parseFeatureGates(text: string): ReadGates | { problem: string } {
  const wanted = new Map<string, boolean>();
  for (const word of text.split(",")) {
    if (word === "") continue;
    const at = word.indexOf("=");
    const [component, ...rest] = (at < 0 ? word : word.slice(0, at)).trim().split(":");
    const name = rest[0] ?? component ?? "";
    if (rest.length > 0 && component !== "kube") return { problem: `component not registered: ${component}` };
    if (at < 0) return { problem: `missing bool value for ${name}` };
    const value = word.slice(at + 1).trim();
    const on = parseGoBool(value);
    if (typeof on !== "boolean") return { problem: `invalid value of ${name}=${value}, err: ${on.problem}` };
    wanted.set(name, on);
  }
  return checkFeatureGates(wanted);
}

export function checkFeatureGates(wanted: FeatureGates): ReadGates | { problem: string } {
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const [name, value] of wanted) {
    const gate = knownGates().get(name);
    if (gate === undefined) return { problem: aggregate([...problems, `unrecognized feature gate: ${name}`]) };
    if (gate.locked && gate.on !== value) {
      problems.push(`cannot set feature gate ${name} to ${value}, feature is locked to ${gate.on}`);
    } else if (gate.stage === "GA" || gate.stage === "Deprecated") {
      const stage = gate.stage === "GA" ? "GA" : "deprecated";
      warnings.push(`Setting ${stage} feature gate ${name}=${value}. It will be removed in a future release.`);
    }
  }
  return problems.length > 0 ? { problem: aggregate(problems) } : { gates: wanted, warnings };
}

/** Whether a gate is open: as it was set, or as all of its stage were, or as it is by default. */
export function isEnabled(gates: FeatureGates, name: string): boolean {
  const gate = knownGates().get(name);
  const together = { Alpha: "AllAlpha", Beta: "AllBeta", GA: "", Deprecated: "" }[gate?.stage ?? "GA"];
  return gates.get(name) ?? gates.get(together) ?? gate?.on ?? false;
}

export type GatedComponent = "kube-apiserver" | "kube-controller-manager" | "kube-scheduler" | "kubelet";

/** Gates that change what a component does here. */
const FOLLOWED: Readonly<Partial<Record<GatedComponent, readonly string[]>>> = {
  kubelet: [
    "GracefulNodeShutdown",
    "GracefulNodeShutdownBasedOnPodPriority",
    "KubeletCrashLoopBackOffMax",
    "ReduceDefaultCrashLoopBackOffDecay",
  ],
};

/** `Name=value` of those that are set to something else than their default, and change nothing. */
export function gatesWithoutEffect(component: GatedComponent, gates: FeatureGates): string[] {
  return [...gates].flatMap(([name, value]) => {
    if (knownGates().get(name)?.on === value || FOLLOWED[component]?.includes(name) === true) return [];
    return [`${name}=${value}`];
  });
}
