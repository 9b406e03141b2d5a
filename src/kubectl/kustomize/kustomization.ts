/** The kustomization file: its fields, and what is wrong with it. Upstream: kustomize api/types/kustomization.go, fix.go. */
import { isObject } from "../../engine/base/json.ts";
import { readYaml } from "../../engine/base/yaml-text.ts";
import { CommandError } from "../errors.ts";
import { shapeProblem } from "./kustomization-shape.ts";

export interface Selector {
  group?: string;
  version?: string;
  kind?: string;
  name?: string;
  namespace?: string;
  labelSelector?: string;
  annotationSelector?: string;
}

export interface PatchEntry {
  path?: string;
  patch?: string;
  target?: Selector;
  options?: { allowNameChange?: boolean; allowKindChange?: boolean };
}

export interface GeneratorOptions {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  disableNameSuffixHash?: boolean;
  immutable?: boolean;
}

export interface GeneratorArgs {
  name?: string;
  namespace?: string;
  behavior?: string;
  type?: string;
  files?: string[];
  literals?: string[];
  envs?: string[];
  env?: string;
  options?: GeneratorOptions;
}

export interface LabelEntry {
  pairs?: Record<string, string>;
  includeSelectors?: boolean;
  includeTemplates?: boolean;
}

export interface Replacement {
  path?: string;
  source?: Selector & { fieldPath?: string; options?: { delimiter?: string; index?: number } };
  targets?: {
    select?: Selector;
    reject?: Selector[];
    fieldPaths?: string[];
    options?: { delimiter?: string; index?: number; create?: boolean };
  }[];
}

export interface ImageEntry {
  name: string;
  newName?: string;
  newTag?: string;
  digest?: string;
  tagSuffix?: string;
}

export interface Var {
  name: string;
  objref: { apiVersion?: string; kind: string; name: string; namespace?: string };
  fieldref?: { fieldpath?: string; fieldPath?: string };
}

export interface Kustomization {
  kind?: string;
  apiVersion?: string;
  metadata?: object;
  resources?: string[];
  bases?: string[];
  components?: string[];
  namePrefix?: string;
  nameSuffix?: string;
  namespace?: string;
  commonLabels?: Record<string, string>;
  labels?: LabelEntry[];
  commonAnnotations?: Record<string, string>;
  patches?: PatchEntry[];
  patchesStrategicMerge?: string[];
  patchesJson6902?: PatchEntry[];
  images?: ImageEntry[];
  imageTags?: ImageEntry[];
  replicas?: { name: string; count: number }[];
  configMapGenerator?: GeneratorArgs[];
  secretGenerator?: GeneratorArgs[];
  generatorOptions?: GeneratorOptions;
  replacements?: Replacement[];
  vars?: Var[];
  sortOptions?: { order?: string };
  buildMetadata?: string[];
}

const FIELDS = new Set(
  "kind apiVersion metadata resources bases components namePrefix nameSuffix namespace commonLabels labels commonAnnotations patches patchesStrategicMerge patchesJson6902 images imageTags replicas configMapGenerator secretGenerator generatorOptions replacements vars sortOptions".split(
    " ",
  ),
);
/** Upstream has these: here they fail. */
const MISSING = new Set(
  "crds configurations generators transformers validators openapi helmCharts helmGlobals helmChartInflationGenerator buildMetadata inventory".split(
    " ",
  ),
);

const DEPRECATED: readonly [field: string, advice: string][] = [
  [
    "vars",
    "'vars' is deprecated. Please use 'replacements' instead. [EXPERIMENTAL] Run 'kustomize edit fix' to update your Kustomization automatically.",
  ],
  [
    "bases",
    "'bases' is deprecated. Please use 'resources' instead. Run 'kustomize edit fix' to update your Kustomization automatically.",
  ],
  [
    "imageTags",
    "'imageTags' is deprecated. Please use 'images' instead. Run 'kustomize edit fix' to update your Kustomization automatically.",
  ],
  [
    "patchesJson6902",
    "'patchesJson6902' is deprecated. Please use 'patches' instead. Run 'kustomize edit fix' to update your Kustomization automatically.",
  ],
  [
    "patchesStrategicMerge",
    "'patchesStrategicMerge' is deprecated. Please use 'patches' instead. Run 'kustomize edit fix' to update your Kustomization automatically.",
  ],
  [
    "commonLabels",
    "'commonLabels' is deprecated. Please use 'labels' instead. Run 'kustomize edit fix' to update your Kustomization automatically.",
  ],
];

/** The file read and checked, with the sentences about what is out of date. */
export function parseKustomization(
  text: string,
  directory: string,
): { kustomization: Kustomization; warnings: string[] } {
  const document = readYaml(text);
  if ("problem" in document) {
    throw new CommandError(`invalid Kustomization: ${document.problem}`);
  }
  const { value } = document;
  if (value === null || value === undefined) throw new CommandError("kustomization.yaml is empty");
  if (!isObject(value))
    throw new CommandError(
      `invalid Kustomization: json: cannot unmarshal ${Array.isArray(value) ? "array" : typeof value} into Go value of type types.Kustomization`,
    );
  for (const key of Object.keys(value)) {
    if (MISSING.has(key))
      throw new CommandError(`kustomization field ${JSON.stringify(key)} is not supported by this kubectl`);
    if (!FIELDS.has(key)) throw new CommandError(`invalid Kustomization: json: unknown field ${JSON.stringify(key)}`);
  }
  const problem = shapeProblem(value);
  if (problem !== undefined) throw new CommandError(`invalid Kustomization: ${problem}`);
  const kustomization = value as Kustomization;
  checkKind(kustomization, directory);
  if (kustomization.labels?.some((entry) => "fields" in entry) === true) {
    throw new CommandError('kustomization field "labels.fields" is not supported by this kubectl');
  }
  const warnings = DEPRECATED.filter(([field]) => value[field] !== undefined).map(
    ([, advice]) => `# Warning: ${advice}`,
  );
  return { kustomization, warnings };
}

function checkKind({ kind = "", apiVersion = "" }: Kustomization, directory: string): void {
  const wrong = (why: string): CommandError =>
    new CommandError(`Failed to read kustomization file under ${directory}:\n${why}`);
  if (!["", "Kustomization", "Component"].includes(kind)) throw wrong("kind should be Kustomization or Component");
  const wanted = `kustomize.config.k8s.io/${kind === "Component" ? "v1alpha1" : "v1beta1"}`;
  if (apiVersion !== "" && apiVersion !== wanted) {
    throw wrong(`apiVersion for ${kind || "Kustomization"} should be ${wanted}`);
  }
}
