/** `kubectl taint`. Upstream: kubectl pkg/cmd/taint/taint.go, utils.go. */
import type { Node, Taint } from "../../engine/api/generated/types.ts";
import { isLabelValue, isQualifiedName } from "../../engine/api/meta/names.ts";
import type { KubeObject } from "../../engine/api/meta/object.ts";
import {
  defineCommand,
  DRY_RUN_FLAG,
  fieldManagerFlag,
  PRINT_FLAGS,
  SELECTOR_FLAG,
  VALIDATE_FLAG,
} from "../command.ts";
import { CommandError, throwGathered, usageError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { updateLive } from "../patch-live.ts";
import { printerFor } from "../printers/object-printer.ts";
import { fetchInfos } from "../resource-builder.ts";

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

interface Removal {
  key: string;
  effect: string;
}

function isSpec(arg: string): boolean {
  return arg.includes("=") || arg.endsWith("-") || /:(?:NoSchedule|PreferNoSchedule|NoExecute)$/.test(arg);
}

function parseTaint(spec: string): { add?: Taint; remove?: Removal } {
  const removing = spec.endsWith("-");
  const text = removing ? spec.slice(0, -1) : spec;
  const [left = "", effect = "", ...more] = text.split(":");
  const [key = "", value = "", ...rest] = left.split("=");
  if (more.length > 0 || rest.length > 0) throw new CommandError(`invalid taint spec: ${spec}`);
  const bare = !removing && !text.includes(":");
  if (bare) {
    const why = isQualifiedName(text);
    throw new CommandError(`invalid taint spec: ${spec}${why.length > 0 ? `, ${why.join("; ")}` : ""}`);
  }
  const problems = [...isQualifiedName(key), ...isLabelValue(value)];
  if (problems.length > 0) throw new CommandError(`invalid taint spec: ${spec}, ${problems.join("; ")}`);
  if ((effect !== "" || !removing) && !EFFECTS.includes(effect)) {
    throw new CommandError(`invalid taint effect: ${effect}, unsupported taint effect`);
  }
  if (removing) return { remove: { key, effect } };
  return { add: { key, effect, ...(value !== "" && { value }) } };
}

function parseTaints(call: Invocation, specs: readonly string[]): ReturnType<typeof parseTaint>[] {
  try {
    return specs.map(parseTaint);
  } catch (error) {
    throw error instanceof CommandError ? usageError(call.path, error.message) : error;
  }
}

export const taint = defineCommand({
  name: "taint",
  group: "Cluster Management Commands",
  short: "Update the taints on one or more nodes",
  usage: "NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N",
  examples: ["kubectl taint nodes worker-1 dedicated=team:NoSchedule", "kubectl taint nodes worker-1 dedicated-"],
  flags: [
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    VALIDATE_FLAG,
    SELECTOR_FLAG,
    fieldManagerFlag("kubectl-taint"),
    { name: "all", type: "bool", usage: "All nodes." },
    { name: "overwrite", type: "bool", usage: "Replace taints that are there already." },
  ],
  completes: "nodes",
  *run(call) {
    const at = call.args.findIndex(isSpec);
    const resources = at < 0 ? call.args : call.args.slice(0, at);
    const specs = at < 0 ? [] : call.args.slice(at);
    if (resources.length < 1) throw new CommandError("one or more resources must be specified as <resource> <name>");
    if (specs.length === 0) throw new CommandError("at least one taint update is required");
    const [type = ""] = resources;
    if (!["node", "nodes", "no"].includes(type) && !type.includes("/")) {
      throw new CommandError(`invalid resource type ${type}, only node types are supported`);
    }
    const parsed = parseTaints(call, specs);
    const added = parsed.flatMap(({ add }) => (add === undefined ? [] : [add]));
    const removed = parsed.flatMap(({ remove }) => (remove === undefined ? [] : [remove]));
    checkTogether(call, added, removed);
    const { infos, errors } = yield* fetchInfos(call, {
      args: resources,
      selector: call.flags.string("selector"),
      all: call.flags.bool("all"),
    });
    for (const info of infos) {
      const outcome = changed(info.object as Node, { added, removed, overwrite: call.flags.bool("overwrite") });
      if (outcome instanceof CommandError) {
        errors.push(outcome);
        continue;
      }
      const object = yield* updateLive(call, info, outcome.node);
      yield* call.out(printerFor(call, { operation: outcome.operation })(object));
    }
    throwGathered(errors);
  },
});

/** One taint can't be given twice, nor be set and removed. */
function checkTogether(call: Invocation, added: readonly Taint[], removed: readonly Removal[]): void {
  const id = ({ key, effect }: Removal): string => `${key}:${effect}`;
  const twice = added.find((entry, index) => added.slice(0, index).some((other) => id(other) === id(entry)));
  if (twice !== undefined) {
    const { key, value = "", effect } = twice;
    throw usageError(call.path, `duplicated taints with the same key and effect: {${key} ${value} ${effect} <nil>}`);
  }
  const both = added.filter((entry) => removed.some((other) => id(other) === id(entry)));
  if (both.length > 0) {
    const shown = both.map(({ key, effect }) => `${key}=${effect}`).join(", ");
    throw new CommandError(`can not both modify and remove the following taint(s) in the same command: ${shown}`);
  }
}

function changed(
  node: Node,
  changes: { added: readonly Taint[]; removed: readonly Removal[]; overwrite: boolean },
): { node: KubeObject; operation: string } | CommandError {
  const { added, removed, overwrite } = changes;
  const present = node.spec?.taints ?? [];
  const same = (a: { key: string; effect: string }, b: { key: string; effect: string }): boolean =>
    a.key === b.key && a.effect === b.effect;
  const clashes = added.filter((entry) => present.some((other) => same(entry, other)));
  if (clashes.length > 0 && !overwrite) {
    return new CommandError(
      `node ${node.metadata.name} already has ${clashes.map((entry) => entry.key).join(", ")} taint(s) with same effect(s) and --overwrite is false`,
    );
  }
  const matches = (entry: Taint, removal: Removal): boolean =>
    entry.key === removal.key && (removal.effect === "" || removal.effect === entry.effect);
  for (const removal of removed) {
    if (!present.some((entry) => matches(entry, removal))) {
      const shown = removal.effect === "" ? removal.key : `${removal.key}:${removal.effect}`;
      return new CommandError(`taint ${JSON.stringify(shown)} not found`);
    }
  }
  const kept = present.filter(
    (entry) => !removed.some((removal) => matches(entry, removal)) && !added.some((other) => same(entry, other)),
  );
  const taints = [...added, ...kept];
  const spec = { ...node.spec, taints };
  const isBoth = (added.length > 0 && removed.length > 0) || overwrite;
  const operation = isBoth ? "modified" : added.length === 0 ? "untainted" : "tainted";
  return { node: { ...node, spec } as KubeObject, operation };
}
