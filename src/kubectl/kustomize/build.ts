/** Builds a kustomization: its objects, changed as it says. Upstream: kustomize api/internal/target/kusttarget.go. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { isObject } from "../../engine/base/json.ts";
import type { FileSystem } from "../../engine/base/program.ts";
import { parse } from "yaml";
import { CommandError } from "../errors.ts";
import { contentHash } from "../object-hash.ts";
import { asJson, asObject } from "../as-object.ts";
import { type Reader, generated } from "./generators.ts";
import { type Kustomization, parseKustomization, type Replacement, type Var } from "./kustomization.ts";
import { fixReferences } from "./name-references.ts";
import { parseObjects } from "./parse-objects.ts";
import { legacyOrder } from "./order.ts";
import { applyPatch } from "./patches.ts";
import { applyReplacement } from "./replacements.ts";
import { addUnique, idText, namespaceOf, renamed, type Res, resOf, sameId } from "./res-map.ts";
import { addAffixes, addAnnotations, addLabels, setImages, setNamespace, setReplicas } from "./transformers.ts";
import { resolveVars } from "./vars.ts";

const FILE_NAMES = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

export interface BuildContext {
  fs: FileSystem;
  env: Readonly<Record<string, string>>;
}

export interface BuildResult {
  objects: KubeObject[];
  warnings: string[];
}

/** `directory` is absolute; `shown` is how the user wrote it. */
export function build(context: BuildContext, directory: string, shown: string): BuildResult {
  const { fs } = context;
  if (/^(?:https?:|git@|github\.com\/)/.test(shown)) {
    throw new CommandError(`kustomizations from elsewhere are not supported here: ${shown}`);
  }
  if (!fs.exists(directory)) {
    throw new CommandError(
      `must build at directory: not a valid directory: evalsymlink failure on '${shown}' : lstat ${directory}: no such file or directory`,
    );
  }
  if (fs.stat(directory).type !== "directory") {
    throw new CommandError(`must build at directory: '${directory}': file is not directory`);
  }
  const target = new Target(context, directory);
  const all = target.accumulate([], []);
  for (const res of all) {
    if (res.needsHash) renamed(res, { name: `${res.object.metadata.name}-${hashOf(res.object)}` });
  }
  fixReferences(all);
  resolveVars(all, target.vars);
  const objects = all.map((res) => res.object);
  return {
    objects: target.kustomization.sortOptions?.order === "fifo" ? objects : legacyOrder(objects),
    warnings: target.warnings,
  };
}

/** The hash as kustomize computes it: what is not there counts as an empty text, and the name is never there. */
function hashOf(object: KubeObject): string {
  const { kind } = object;
  const fields = asJson(object);
  const optional = (key: string): object => (fields[key] === undefined ? {} : { [key]: fields[key] });
  const shared = { kind, name: "", data: fields["data"] ?? "" };
  if (kind === "ConfigMap") return contentHash({ ...shared, ...optional("binaryData") });
  if (kind === "Secret") return contentHash({ ...shared, type: fields["type"] ?? "", ...optional("stringData") });
  return contentHash(object);
}

class Target implements Reader {
  readonly kustomization: Kustomization;
  readonly warnings: string[];
  /** Its own and those of what it is made of: the outermost build puts them in. */
  readonly vars: Var[];
  private readonly context: BuildContext;
  private readonly directory: string;

  constructor(context: BuildContext, directory: string) {
    this.context = context;
    this.directory = directory;
    const { fs } = context;
    const found = FILE_NAMES.filter((name) => fs.exists(`${directory}/${name}`));
    if (found.length === 0) {
      throw new CommandError(
        `unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '${directory}'`,
      );
    }
    if (found.length > 1) throw new CommandError(`Found multiple kustomization files under: ${directory}\n`);
    const { kustomization, warnings } = parseKustomization(fs.readFile(`${directory}/${found[0]}`), directory);
    this.kustomization = kustomization;
    this.warnings = warnings;
    this.vars = [...(kustomization.vars ?? [])];
  }

  /** `sources`: what a generator reads the file for, as messages say it. */
  read(path: string, sources?: string): string {
    return this.context.fs.readFile(this.existing(path, sources));
  }

  readForeign(path: string): readonly number[] | undefined {
    return this.context.fs.readForeign?.(this.existing(path));
  }

  private existing(path: string, sources?: string): string {
    const full = this.resolve(path);
    if (!this.context.fs.exists(full)) {
      const what = sources === undefined ? "" : `loading KV pairs: ${sources}: [${path}]: `;
      throw new CommandError(`${what}evalsymlink failure on '${full}' : lstat ${full}: no such file or directory`);
    }
    return full;
  }

  private resolve(path: string): string {
    const parts = path.startsWith("/") ? [] : this.directory.split("/").filter((part) => part !== "");
    for (const part of path.split("/")) {
      if (part === "..") parts.pop();
      else if (part !== "." && part !== "") parts.push(part);
    }
    return `/${parts.join("/")}`;
  }

  /** `given`: the objects that a component changes. `trail`: the directories on the way here. */
  accumulate(given: Res[], trail: readonly string[]): Res[] {
    const { kustomization } = this;
    if (trail.includes(this.directory)) {
      throw new CommandError(
        `cycle detected: candidate root '${this.directory}' contains visited root '${this.directory}'`,
      );
    }
    const here = [...trail, this.directory];
    const all: Res[] = given;
    for (const path of [...(kustomization.resources ?? []), ...(kustomization.bases ?? [])]) {
      for (const res of this.load(path, here)) this.merge(all, res, path);
    }
    this.generate(all);
    for (const path of kustomization.components ?? []) {
      const component = new Target(this.context, this.resolve(path));
      if (component.kustomization.kind !== "Component") {
        throw new CommandError(
          `accumulating components: accumulateDirectory: "expected kind 'Component' for path '${component.directory}' but got 'Kustomization'"`,
        );
      }
      component.accumulate(all, here);
      this.vars.push(...component.vars);
      this.warnings.push(...component.warnings.filter((text) => !this.warnings.includes(text)));
    }
    this.transform(all);
    return all;
  }

  /** `path`: where it came from, for the complaint about two of one name. */
  private merge(all: Res[], res: Res, path: string): void {
    try {
      addUnique(all, res);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const full = this.resolve(path);
      const why =
        this.context.fs.stat(full).type === "directory"
          ? `'accumulating resources from '${path}': '${full}' must resolve to a file': recursed merging from path '${full}': ${error.message}`
          : `'merging resources from '${path}': ${error.message}': must build at directory: '${full}': file is not directory`;
      throw new CommandError(`accumulating resources: accumulation err=${why}`);
    }
  }

  private load(path: string, trail: readonly string[]): Res[] {
    const { fs } = this.context;
    const full = this.resolve(path);
    const failed = (why: string): CommandError =>
      new CommandError(`accumulating resources: accumulation err='accumulating resources from '${path}': ${why}`);
    if (/^https?:/.test(path)) throw failed("resources from elsewhere are not supported here'");
    if (/^git@|^ssh:/.test(path)) throw failed("resources from elsewhere are not supported here'");
    if (!fs.exists(full)) {
      const missing = `evalsymlink failure on '${full}' : lstat ${full}: no such file or directory`;
      throw failed(`${missing}': must build at directory: not a valid directory: ${missing}`);
    }
    if (fs.stat(full).type === "directory") {
      const target = new Target(this.context, full);
      if (target.kustomization.kind === "Component") {
        throw failed(`'${full}' must resolve to a file': expected kind != 'Component' for path '${full}'`);
      }
      const found = target.accumulate([], trail);
      this.vars.push(...target.vars);
      this.warnings.push(...target.warnings.filter((text) => !this.warnings.includes(text)));
      return found;
    }
    return parseObjects(fs.readFile(full), path).map((object) => {
      if ((object.metadata?.name ?? "") === "")
        throw failed(`missing metadata.name in object {${object.apiVersion} ${object.kind}}'`);
      return resOf(object);
    });
  }

  private generate(all: Res[]): void {
    const { configMapGenerator = [], secretGenerator = [], generatorOptions } = this.kustomization;
    const context = { reader: this, options: generatorOptions, env: this.context.env };
    for (const [args, kind] of [
      [configMapGenerator, "configmap"],
      [secretGenerator, "secret"],
    ] as const) {
      if (args.some(({ name = "" }) => name === "")) throw new CommandError(`a ${kind} must have a name`);
    }
    const fresh = [
      ...configMapGenerator.map((args) => generated("ConfigMap", args, context)),
      ...secretGenerator.map((args) => generated("Secret", args, context)),
    ];
    for (const res of fresh) {
      const known = all.find((other) => originallySame(other, res));
      if (res.behavior === "merge" || res.behavior === "replace") {
        if (known === undefined) {
          throw new CommandError(
            `merging from generator ${res.object.metadata.name}: id ${idText(res.object)} does not exist; cannot merge or replace`,
          );
        }
        combine(known, res);
      } else if (known !== undefined) {
        throw new CommandError(
          `merging from generator ${res.object.metadata.name}: id ${idText(res.object)} exists; behavior must be merge or replace`,
        );
      } else all.push(res);
    }
  }

  private transform(all: Res[]): void {
    const { kustomization } = this;
    for (const entry of kustomization.patchesStrategicMerge ?? []) {
      const isFile = this.context.fs.exists(this.resolve(entry)) && !entry.includes("\n");
      applyPatch(all, isFile ? this.read(entry) : entry, {});
    }
    for (const entry of kustomization.patches ?? []) applyPatch(all, this.patchText(entry), entry);
    if ((kustomization.namespace ?? "") !== "") setNamespace(all, kustomization.namespace ?? "");
    addAffixes(all, kustomization);
    for (const { pairs = {}, includeSelectors = false, includeTemplates = false } of kustomization.labels ?? []) {
      addLabels(all, pairs, { selectors: includeSelectors, templates: includeTemplates });
    }
    if (kustomization.commonLabels !== undefined) {
      addLabels(all, kustomization.commonLabels, { selectors: true, templates: true });
    }
    if (kustomization.commonAnnotations !== undefined) addAnnotations(all, kustomization.commonAnnotations);
    for (const entry of kustomization.patchesJson6902 ?? []) applyPatch(all, this.patchText(entry), entry);
    for (const entry of kustomization.replicas ?? []) {
      if (!setReplicas(all, entry))
        throw new CommandError(
          `resource with name ${entry.name} does not match a config with the following GVK [Deployment.[noVer].[noGrp] StatefulSet.[noVer].[noGrp] ReplicaSet.[noVer].[noGrp] ReplicationController.[noVer].[noGrp]]`,
        );
    }
    for (const entry of [...(kustomization.images ?? []), ...(kustomization.imageTags ?? [])]) setImages(all, entry);
    if ((kustomization.replacements ?? []).length > 0) {
      fixReferences(all);
      for (const entry of kustomization.replacements ?? []) {
        for (const replacement of this.replacementsOf(entry)) applyReplacement(all, replacement);
      }
    }
  }

  private patchText({ path, patch }: { path?: string; patch?: string }): string {
    if (path === undefined && patch === undefined)
      throw new CommandError("must specify one of patch and path in PatchTransformer");
    if (path === undefined) return patch ?? "";
    const configured = (config: string, why: string): CommandError =>
      new CommandError(`trouble configuring builtin PatchTransformer with config: \`\n${config}\n\`: ${why}`);
    if (patch !== undefined) {
      const both = `patch: ${patch}\npath: ${path}`;
      throw configured(both, `patch and path can't be set at the same time\n${both}`);
    }
    try {
      return this.read(path);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw configured(`path: ${path}`, `failed to get the patch file from path(${path}): ${error.message}`);
    }
  }

  private replacementsOf(entry: Replacement): Replacement[] {
    if (entry.path === undefined) return [entry];
    const value = parse(this.read(entry.path)) as unknown;
    return (Array.isArray(value) ? value : [value]).filter(isObject) as Replacement[];
  }
}

function originallySame(known: Res, fresh: Res): boolean {
  const { name, namespace = "" } = fresh.object.metadata;
  if (known.object.kind !== fresh.object.kind) return false;
  return (
    sameId(known.object, fresh.object) ||
    known.previous.some((id) => id.name === name && (id.namespace === namespace || namespaceOf(fresh.object) === ""))
  );
}

/** A generator's `behavior`: its data is added to what is there, or takes its place. */
function combine(known: Res, fresh: Res): void {
  const [old, next] = [asJson(known.object), asJson(fresh.object)];
  const merged = (key: string): object => {
    const all = { ...(old[key] as object | undefined), ...(next[key] as object | undefined) };
    return Object.keys(all).length === 0 ? {} : { [key]: all };
  };
  const { metadata } = known.object;
  const added = fresh.object.metadata;
  const part = (key: "labels" | "annotations"): object => {
    const all = { ...metadata[key], ...added[key] };
    return Object.keys(all).length === 0 ? {} : { [key]: all };
  };
  const base = fresh.behavior === "merge" ? { ...old, ...next, ...merged("data"), ...merged("binaryData") } : next;
  known.object = asObject({ ...base, metadata: { ...metadata, ...part("labels"), ...part("annotations") } });
  known.needsHash = known.needsHash || fresh.needsHash;
}
