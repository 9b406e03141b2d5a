/** The versions of a definition. Upstream: pkg/apis/apiextensions/validation/validation.go. */
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  SelectableField,
} from "../generated/types.ts";
import { deepEqual } from "../../base/json.ts";
import { duplicate, forbiddenField, invalidValue, required, tooMany, type FieldError } from "../meta/field-error.ts";
import { isDNS1035Label } from "../meta/names.ts";
import { fieldPathSchema } from "./schema/field-path.ts";
import type { Schema } from "./schema/schema-nodes.ts";
import { validateDefaults } from "./schema/validate-defaults.ts";
import { validateSchema } from "./schema/validate-schema.ts";
import { validateStructural } from "./schema/validate-structural.ts";

const COLUMN_TYPES = ["boolean", "date", "integer", "number", "string"];
const COLUMN_FORMATS = "byte,date,date-time,double,float,int32,int64,password".split(",");
const MAX_SELECTABLE_FIELDS = 8;
const ROOT_FIELDS =
  "[Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations]";
const ALLOWED_AT_ROOT = new Set([
  ...ROOT_FIELDS.slice(1, -1)
    .split(" ")
    .map((name) => (name.charAt(0) + name.slice(1)).replace(/^./, (first) => first.toLowerCase())),
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-validations",
]);

type Versions = readonly CustomResourceDefinitionVersion[];

/** Where a version's part is complained about: at the top when all versions have the same. */
export function partPath(versions: Versions, part: keyof CustomResourceDefinitionVersion, index: number): string {
  const [first] = versions;
  const alike = versions.every((version) => version[part] !== undefined && deepEqual(version[part], first?.[part]));
  if (!alike) return `spec.versions[${index}].${part}`;
  return part === "schema" ? "spec.validation" : `spec.${part}`;
}

export function validateVersions(versions: Versions): FieldError[] {
  const errors = versions.flatMap((version, index) => {
    if (version.schema?.openAPIV3Schema !== undefined) return [];
    return [required(`spec.versions[${index}].schema.openAPIV3Schema`, "schemas are required")];
  });
  const seen = new Set<string>();
  for (const [index, version] of versions.entries()) {
    const wrong = isDNS1035Label(version.name ?? "");
    if (wrong.length > 0) errors.push(invalidValue(`spec.versions[${index}].name`, version.name, wrong.join(",")));
    errors.push(...validateVersion(versions, version, { index, seen }));
  }
  if (new Set(versions.map(({ name }) => name)).size < versions.length) {
    errors.push(invalidValue("spec.versions", versions, "must contain unique version names"));
  }
  if (versions.filter(({ storage }) => storage).length !== 1) {
    errors.push(invalidValue("spec.versions", versions, "must have exactly one version marked as storage version"));
  }
  return errors;
}

/** `seen`: paths that were looked at already, for parts that all versions share. */
function validateVersion(
  versions: Versions,
  version: CustomResourceDefinitionVersion,
  { index, seen }: { index: number; seen: Set<string> },
): FieldError[] {
  const { deprecated = false, deprecationWarning, schema, subresources, additionalPrinterColumns = [] } = version;
  const once = (part: keyof CustomResourceDefinitionVersion, check: (path: string) => FieldError[]): FieldError[] => {
    const path = partPath(versions, part, index);
    if (seen.has(path)) return [];
    seen.add(path);
    return check(path);
  };
  const root = schema?.openAPIV3Schema;
  return [
    ...validateWarning(deprecated, deprecationWarning).map((why) =>
      invalidValue(`spec.versions[${index}].deprecationWarning`, deprecationWarning, why),
    ),
    ...once("schema", (path) =>
      root === undefined ? [] : validateRoot(root, subresources?.status !== undefined, `${path}.openAPIV3Schema`),
    ),
    ...once("subresources", (path) => validateSubresources(subresources, path)),
    ...once("additionalPrinterColumns", (path) =>
      additionalPrinterColumns.flatMap((column, at) => validateColumn(column, `${path}[${at}]`)),
    ),
    ...once("selectableFields", (path) => validateSelectable(version.selectableFields ?? [], root, path)),
  ];
}

function validateWarning(deprecated: boolean, warning: string | undefined): string[] {
  if (warning === undefined) return [];
  if (!deprecated) return ["can only be set for deprecated versions"];
  const errors: string[] = [];
  if (warning.length > 256) errors.push("must be <= 256 characters long");
  if (warning === "") errors.push("must not be an empty string");
  const control = [...warning].findIndex((character) => character < " " || character === "\u007f");
  if (control >= 0) {
    errors.push(`must only contain printable UTF-8 characters; non-printable character found at index ${control}`);
  }
  return errors;
}

function validateRoot(schema: Schema, statusEnabled: boolean, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (statusEnabled) {
    const outsider = Object.keys(schema).find((name) => !ALLOWED_AT_ROOT.has(name));
    if ((schema.type ?? "object") !== "object") {
      const why = `only "object" is allowed as the type at the root of the schema if the status subresource is enabled`;
      errors.push(invalidValue(`${path}.type`, schema.type, why));
    } else if (outsider !== undefined) {
      const why = `only ${ROOT_FIELDS} fields are allowed at the root of the schema if the status subresource is enabled`;
      errors.push(invalidValue(path, schema, why));
    }
  }
  if (schema.nullable === true) errors.push(forbiddenField(`${path}.nullable`, "nullable cannot be true at the root"));
  const structural = validateStructural(schema, path);
  errors.push(...(structural.length > 0 ? structural : validateDefaults(schema, path)));
  return [...errors, ...validateSchema(schema, path)];
}

function validateSubresources(subresources: CustomResourceSubresources | undefined, path: string): FieldError[] {
  const { scale } = subresources ?? {};
  if (scale === undefined) return [];
  const { specReplicasPath = "", statusReplicasPath = "", labelSelectorPath = "" } = scale;
  return [
    ...validateReplicasPath(specReplicasPath, `${path}.scale.specReplicasPath`, ".spec"),
    ...validateReplicasPath(statusReplicasPath, `${path}.scale.statusReplicasPath`, ".status"),
    ...(labelSelectorPath === "" ? [] : validateSelectorPath(labelSelectorPath, `${path}.scale.labelSelectorPath`)),
  ];
}

function validateReplicasPath(value: string, path: string, under: string): FieldError[] {
  if (value === "") return [required(path)];
  if (!value.startsWith(".")) return [invalidValue(path, value, "must be a simple json path starting with .")];
  return value.startsWith(`${under}.`) ? [] : [invalidValue(path, value, `should be a json path under ${under}`)];
}

function validateSelectorPath(value: string, path: string): FieldError[] {
  if (!value.startsWith(".")) return [invalidValue(path, value, "must be a simple json path starting with .")];
  if (/^\.(spec|status)\./.test(value)) return [];
  return [invalidValue(path, value, "should be a json path under either .spec or .status")];
}

function validateColumn(column: CustomResourceColumnDefinition, path: string): FieldError[] {
  const { name = "", type = "", format = "", jsonPath = "" } = column;
  const errors: FieldError[] = [];
  if (name === "") errors.push(required(`${path}.name`));
  const types = `must be one of ${COLUMN_TYPES.join(",")}`;
  if (type === "") errors.push(required(`${path}.type`, types));
  else if (!COLUMN_TYPES.includes(type)) errors.push(invalidValue(`${path}.type`, type, types));
  if (format !== "" && !COLUMN_FORMATS.includes(format)) {
    errors.push(invalidValue(`${path}.format`, format, `must be one of ${COLUMN_FORMATS.join(",")}`));
  }
  if (jsonPath === "") errors.push(required(`${path}.JSONPath`));
  else if (!jsonPath.startsWith(".")) {
    errors.push(invalidValue(`${path}.JSONPath`, jsonPath, "must be a simple json path starting with ."));
  }
  return errors;
}

function validateSelectable(fields: readonly SelectableField[], root: Schema | undefined, path: string): FieldError[] {
  const seen = new Set<string>();
  const errors = fields.flatMap(({ jsonPath = "" }, index) => {
    const at = `${path}[${index}].jsonPath`;
    if (jsonPath === "") return [required(at)];
    const { schema, names, text, error } = fieldPathSchema(root ?? {}, jsonPath, { brackets: false });
    if (schema === undefined) return [invalidValue(at, jsonPath, `is an invalid path: ${error ?? ""}`)];
    const complaints: FieldError[] = [];
    if (names[0] === "metadata") complaints.push(invalidValue(at, jsonPath, "must not point to fields in metadata"));
    if (!["string", "boolean", "integer"].includes(schema.type ?? "")) {
      const why =
        "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";
      complaints.push(invalidValue(at, jsonPath, why));
    }
    if (seen.has(text)) complaints.push(duplicate(at, jsonPath));
    seen.add(text);
    return complaints;
  });
  return seen.size > MAX_SELECTABLE_FIELDS ? [...errors, tooMany(path, seen.size, MAX_SELECTABLE_FIELDS)] : errors;
}
