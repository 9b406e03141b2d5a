import type { CustomResourceSubresourceScale, JSONSchemaProps } from "../generated/types.ts";
import type { StructType } from "../merge/merge-type.ts";
import { deepEqual } from "../../base/json.ts";
import { convertedColumns, rememberShown, type Conversion, type StoredAs } from "./conversion.ts";
import type { Decoded } from "./decode.ts";
import type { FieldError } from "./field-error.ts";
import type { KubeObject } from "./object.ts";
import type { UserInfo } from "./user-info.ts";

/** A column of the server-side table. `priority` above 0 is shown by `-o wide` only. */
export interface Column<T> {
  name: string;
  type: "string" | "integer" | "date" | "boolean" | "number";
  format?: string;
  description?: string;
  priority?: number;
  /** The cell; `now` in virtual milliseconds, for ages. */
  cell(object: T, context: { now: number }): string | number | boolean | null;
}

/** Reads a field selector's value. A method's type, so that `Resource<Pod>` can stand where any `Resource` is expected. */
export type FieldOf<T> = { read(object: T): string }["read"];

export interface HookContext {
  /** Virtual milliseconds since the Unix epoch. */
  now: number;
  /** Who makes the request. */
  user?: UserInfo;
  /** Which part of the object the request is about: "status", "approval". Absent: all of it. */
  subresource?: string;
}

/** What a kind's file states. Hooks are pure; those that return an object return the same one when nothing changes. */
export interface ResourceDefinition<T extends KubeObject> {
  group: string;
  version: string;
  kind: string;
  plural: string;
  singular?: string;
  shortNames?: readonly string[];
  categories?: readonly string[];
  scope: "Namespaced" | "Cluster";
  /**
   * For a version that isn't stored as itself: which resource holds its objects, and how they turn into each other.
   * Such a version states its structure, defaults, subresources, verbs, and what it says differently: `validate` and
   * `validateUpdate` (they then see this version's form and replace the stored one's), columns and selectable fields
   * (absent: those of the stored one). All other hooks are the stored one's. In a registry it stands behind that one;
   * versions of a group are preferred in the order in which they stand there.
   */
  storedAs?: StoredAs<T>;
  /** Name in `generated/structure.ts`, when it is not the kind. */
  structure?: string;
  /** `status`: updates of spec and of status are apart. `scale`: spec.replicas and status.replicas by themselves. */
  subresources?: readonly (
    | "status"
    | "scale"
    | "binding"
    | "eviction"
    | "log"
    | "exec"
    | "attach"
    | "portforward"
    | "proxy"
    | "ephemeralcontainers"
    | "resize"
    | "finalize"
    | "token"
    | "approval"
  )[];
  /** Of a resource that a CustomResourceDefinition defines: it has no structure, this says what its objects are like. */
  custom?: CustomFacts<T>;
  /** Objects are computed when somebody asks and never stored: only `get` and `list`. */
  computed?: true;
  /** Another server's, which an APIService names: whatever is asked goes on to it. */
  remote?: true;
  /** Since when clients are warned of it, and what to use instead: "v1.33+; use discovery.k8s.io/v1 EndpointSlice". */
  deprecated?: string;
  /** Verbs the resource doesn't have. */
  without?: readonly ("get" | "list" | "create" | "update" | "patch" | "delete" | "deletecollection" | "watch")[];
  /** A PUT of what isn't there creates it (upstream's AllowCreateOnUpdate). */
  createsOnUpdate?: true;
  /** A PUT has to say which version it replaces (upstream's AllowUnconditionalUpdate is false). */
  needsVersion?: true;
  /** Never stored: a POST is answered and forgotten. */
  answered?: true;
  /** A valid object as a user would write it: the contract test creates, updates and deletes it. */
  example: object;
  /** Fills what a client may leave out (upstream's defaults.go). Runs at create, update and patch; idempotent. */
  defaults?(object: T): T;
  /** Clears what a client can't set and sets what only the server can (upstream's PrepareForCreate). Runs after defaults. */
  prepareForCreate?(object: T, context: HookContext): T;
  /** Runs after defaults at update; status is already carried over from `old` when the resource has it as a subresource. */
  prepareForUpdate?(object: T, old: T, context: HookContext): T;
  /**
   * Kinds whose `metadata.generation` the server keeps (1 at create, +1 by an update that this says yes to, +1 when a
   * deletion begins). Absent: the kind has no generation.
   */
  bumpsGeneration?(object: T, old: T): boolean;
  /** Runs at create. Metadata is the server's to check, for every kind alike. */
  validate?(object: T): FieldError[];
  /** Runs at update in the place of `validate`, which it should call. Default: `validate`. */
  validateUpdate?(object: T, old: T): FieldError[];
  /** Also of other parts that lie in status; `subresource` says which. */
  validateStatusUpdate?(object: T, old: T, subresource?: string): FieldError[];
  /** Runs at an update of status, after defaults (upstream's PrepareForUpdate of the status strategy). */
  prepareForStatusUpdate?(object: T, old: T, context: HookContext): T;
  /**
   * What a client should know of an object that is accepted (upstream's WarningsOnCreate, WarningsOnUpdate); `old` at an
   * update. Runs after validation.
   */
  warnings?(object: T, old: T | undefined): string[];
  /** Subresources by which a part of the object changes and nothing else, as those of the same names in `subresources`. */
  parts?: Readonly<Record<string, ObjectPart<T>>>;
  /** Rules for metadata.name. Default: DNS-1123 subdomain. `any`: whatever can stand in a path. */
  nameRule?: "subdomain" | "label" | "path-segment" | "ip" | "any";
  /** Columns of `kubectl get`. Default: NAME and AGE. */
  columns?: readonly Column<T>[];
  /** Order of a table's rows, where it isn't that of names. */
  rowOrder?(a: T, b: T): number;
  /** Fields for field selectors besides metadata.name and metadata.namespace. */
  selectableFields?: Readonly<Record<string, FieldOf<T>>>;
  /** What is said of any other field, `%` standing for it. Default: `field label not supported: %`. */
  unknownField?: string;
  /** Default grace period of a delete without options, in seconds. Absent: deletes at once. Only Pod has one. */
  gracePeriodSeconds?(object: T): number;
}

/** A part of an object that is written through a subresource. Methods, so that `Resource<Pod>` can stand for any. */
export interface ObjectPart<T> {
  /** The old object with the part as `next` has it. */
  take(next: T, old: T, context: HookContext): T;
  validate(object: T, old: T): FieldError[];
}

/** What stands in for the structure of a built-in kind. */
export interface CustomFacts<T> {
  /** Reads a body: unknown fields are left out and named. Throws a `DecodeError` when metadata has the wrong form. */
  decode(value: unknown): Decoded<T>;
  /** Of one version, as OpenAPI shows it. */
  schema: JSONSchemaProps;
  listKind: string;
  /** Where `scale` finds its numbers: `.spec.replicas`. */
  scale?: CustomResourceSubresourceScale;
  /** The first part of its storage keys: `stable.example.com/crontabs`. */
  storagePath: string;
  mergeType: StructType;
  /** Said with every answer: the version is deprecated. */
  warning?: string;
}

/** A definition with what is derived from it. Equality is identity: one Resource a kind and version. */
export interface Resource<T extends KubeObject = KubeObject> extends ResourceDefinition<T> {
  singular: string;
  storedAs?: Conversion<T>;
  structure: string;
  /** `v1`, `apps/v1`. */
  apiVersion: string;
  namespaced: boolean;
  /** `pods`, `deployments.apps`: unique among the resources that are stored as themselves. */
  id: string;
  hasStatus: boolean;
  /** Kubernetes names the plural "resource" in messages. */
  resource: string;
}

export function defineResource<T extends KubeObject>(definition: ResourceDefinition<T>): Resource<T> {
  const { storedAs: conversion, ...rest } = definition;
  const { group, version, kind, plural } = rest;
  const storedAs = conversion && rememberShown(conversion);
  const columns = definition.columns ?? (storedAs && convertedColumns(storedAs));
  return {
    ...rest,
    ...(storedAs && { storedAs }),
    ...(columns && { columns }),
    singular: definition.singular ?? kind.toLowerCase(),
    structure: definition.structure ?? kind,
    apiVersion: group === "" ? version : `${group}/${version}`,
    namespaced: definition.scope === "Namespaced",
    id: group === "" ? plural : `${plural}.${group}`,
    hasStatus: definition.subresources?.includes("status") ?? false,
    resource: plural,
  };
}

/** `bumpsGeneration` of most kinds: a new generation iff the spec changed. */
export function specChanged(object: { spec: unknown }, old: { spec: unknown }): boolean {
  return !deepEqual(object.spec, old.spec);
}
