/** `kubectl label` and `kubectl annotate`. Upstream: kubectl pkg/cmd/label, pkg/cmd/annotate. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { isLabelValue } from "../../engine/api/meta/names.ts";
import {
  ALL_NAMESPACES_FLAG,
  type Command,
  defineCommand,
  DRY_RUN_FLAG,
  FIELD_SELECTOR_FLAG,
  fieldManagerFlag,
  FILE_FLAGS,
  PRINT_FLAGS,
  SELECTOR_FLAG,
} from "../command.ts";
import { CommandError, throwGathered } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { merged, sendPatch } from "../patch-live.ts";
import { changeCause, RECORD_FLAG } from "../record.ts";
import { printerFor } from "../printers/object-printer.ts";
import { fetchInfos, type Info, localInfos, refuseLocalServerDryRun, usesFiles } from "../resource-builder.ts";

type Field = "labels" | "annotations";

interface Changes {
  set: Map<string, string>;
  remove: string[];
}

interface Words {
  field: Field;
  /** `label`, `annotation` */
  noun: string;
  past: string;
}

const WORDS: Record<"label" | "annotate", Words> = {
  label: { field: "labels", noun: "label", past: "labeled" },
  annotate: { field: "annotations", noun: "annotation", past: "annotated" },
};

function metadataCommand(name: "label" | "annotate", short: string): Command {
  const words = WORDS[name];
  return defineCommand({
    name,
    group: "Settings Commands",
    short,
    usage: "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
    examples: [`kubectl ${name} pods web env=test`, `kubectl ${name} pods web env-`],
    flags: [
      ...FILE_FLAGS,
      ...PRINT_FLAGS,
      DRY_RUN_FLAG,
      SELECTOR_FLAG,
      RECORD_FLAG,
      FIELD_SELECTOR_FLAG,
      ALL_NAMESPACES_FLAG,
      fieldManagerFlag(`kubectl-${name}`),
      { name: "all", type: "bool", usage: "All objects of the types." },
      { name: "list", type: "bool", usage: `Show the ${words.field} of the objects.` },
      { name: "overwrite", type: "bool", usage: `Replace ${words.field} that are there already.` },
      { name: "resource-version", type: "string", usage: "Change only when this is the present version." },
      { name: "local", type: "bool", usage: "Only change what the files say and print it: no server is asked." },
    ],
    completes: "resources",
    *run(call) {
      if (name === "label" && call.flags.bool("list") && call.flags.string("output") !== "") {
        throw new CommandError("--list and --output may not be specified together");
      }
      const { resources, changes } = splitArgs(call, words);
      const options = {
        args: resources,
        selector: call.flags.string("selector"),
        fieldSelector: call.flags.string("field-selector"),
        all: call.flags.bool("all"),
        allNamespaces: call.flags.bool("all-namespaces"),
      };
      const local = call.flags.bool("local");
      refuseLocalServerDryRun(call);
      const { infos, errors, singleItem } = local ? yield* localInfos(call) : yield* fetchInfos(call, options);
      for (const info of infos) {
        const outcome = plan(call, info, { changes, words });
        if (outcome instanceof CommandError) {
          errors.push(outcome);
          continue;
        }
        if (call.flags.bool("list")) {
          yield* call.out(
            listing(merged(info.object as KubeObject, { metadata: { [words.field]: outcome.patch } }), {
              info,
              words,
              singleItem,
            }),
          );
          continue;
        }
        if (!local) for (const note of outcome.notes) yield* call.out(`${note}\n`);
        const live = info.object as KubeObject;
        const version = call.flags.string("resource-version");
        const cause = changeCause(call);
        const changed = words.field === "annotations" ? { ...outcome.patch, ...cause } : outcome.patch;
        const note = words.field === "labels" && Object.keys(cause).length > 0 ? { annotations: cause } : {};
        const patch = {
          metadata: { ...note, [words.field]: changed, ...(version !== "" && { resourceVersion: version }) },
        };
        const unchanged = Object.keys(outcome.patch).length + Object.keys(cause).length === 0;
        const object =
          unchanged || local || call.dryRun === "client"
            ? merged(live, patch)
            : yield* sendPatch(call, info, { patch, contentType: "application/merge-patch+json" });
        const wanted = merged(live, patch);
        // annotate says the same whether something changed or not. Upstream tells a removal by the object's being shorter.
        const shorter = JSON.stringify(wanted).length < JSON.stringify(live).length;
        const operation =
          words.field === "annotations"
            ? words.past
            : unchanged
              ? `not ${words.past}`
              : shorter && !call.flags.bool("overwrite")
                ? `un${words.past}`
                : words.past;
        yield* call.out(printerFor(call, { operation })(object));
      }
      throwGathered(errors);
    },
  });
}

/** What `--list` says of an object, which the changes given beside it have been made to. */
function listing(object: KubeObject, of: { info: Info; words: Words; singleItem: boolean }): string {
  const { info, words, singleItem } = of;
  const values = object.metadata[words.field] ?? {};
  const lines = Object.keys(values)
    .sort()
    .map((key) => `${singleItem ? "" : " "}${key}=${values[key]}\n`);
  const { kind, group } = info.resource;
  return `${singleItem ? "" : `Listing ${words.field} for ${kind}.${group}/${info.name}:\n`}${lines.join("")}`;
}

function splitArgs(call: Invocation, words: Words): { resources: string[]; changes: Changes } {
  const at = call.args.findIndex((arg) => arg.lastIndexOf("=") > 0 || (arg.endsWith("-") && arg !== "-"));
  const resources = at < 0 ? [...call.args] : call.args.slice(0, at);
  const pairs = at < 0 ? [] : call.args.slice(at);
  if (call.flags.bool("local")) {
    const example = words.field === "labels" ? "pod" : "rsrc";
    if (resources.length > 0) {
      throw new CommandError(
        `can only use local files by -f ${example}.yaml or --filename=${example}.json when --local=true is set`,
      );
    }
    if (!usesFiles(call)) {
      throw new CommandError(`one or more files must be specified as -f ${example}.yaml or --filename=${example}.json`);
    }
  }
  if (resources.length < 1 && !usesFiles(call)) {
    throw new CommandError("one or more resources must be specified as <resource> <name> or <resource>/<name>");
  }
  const changes: Changes = { set: new Map(), remove: [] };
  for (const pair of pairs) readChange(pair, changes, words);
  if (changes.set.size + changes.remove.length === 0 && !call.flags.bool("list")) {
    throw new CommandError(`at least one ${words.noun} update is required`);
  }
  const both = changes.remove.filter((key) => changes.set.has(key));
  if (both.length > 0) {
    const what = words.field === "labels" ? "a label" : `the following annotation(s)`;
    const which = words.field === "labels" ? "" : `: ${both.join(", ")}`;
    throw new CommandError(`can not both modify and remove ${what} in the same command${which}`);
  }
  return { resources, changes };
}

function readChange(pair: string, changes: Changes, words: Words): void {
  const equals = pair.indexOf("=");
  if (equals < 0) {
    if (!pair.endsWith("-")) throw new CommandError(`unknown ${words.noun} spec: ${pair}`);
    changes.remove.push(pair.slice(0, -1));
    return;
  }
  const key = pair.slice(0, equals);
  const value = pair.slice(equals + 1);
  // Keys of annotations are the server's matter.
  if (words.field === "labels") {
    if (value.includes("=")) throw new CommandError(`invalid label spec: ${pair}`);
    const problems = isLabelValue(value);
    if (key === "" || problems.length > 0) {
      throw new CommandError(`invalid label value: ${JSON.stringify(pair)}: ${problems.join(";")}`);
    }
  }
  changes.set.set(key, value);
}

interface Outcome {
  patch: Record<string, string | null>;
  notes: string[];
}

function plan(
  call: Invocation,
  info: Info,
  { changes, words }: { changes: Changes; words: Words },
): Outcome | CommandError {
  const present = info.object?.metadata[words.field] ?? {};
  const patch: Record<string, string | null> = {};
  const notes: string[] = [];
  if (!call.flags.bool("overwrite")) {
    const taken = [...changes.set].filter(([key, value]) => present[key] !== undefined && present[key] !== value);
    if (taken.length > 0) {
      const texts =
        words.field === "labels"
          ? taken.map(([key]) => `'${key}' already has a value (${present[key]}), and --overwrite is false`)
          : [
              `--overwrite is false but found the following declared annotation(s): ${taken.map(([key]) => `'${key}' already has a value (${present[key]})`).join("; ")}`,
            ];
      return new CommandError(texts.join(", "));
    }
  }
  for (const [key, value] of changes.set) if (present[key] !== value) patch[key] = value;
  for (const key of changes.remove) {
    if (present[key] === undefined) {
      if (words.field === "labels") notes.push(`label ${JSON.stringify(key)} not found.`);
    } else patch[key] = null;
  }
  return { patch, notes };
}

export const label = metadataCommand("label", "Update the labels on a resource");
export const annotate = metadataCommand("annotate", "Update the annotations on a resource");
