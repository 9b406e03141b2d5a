/**
 * Versions of one resource that share their storage. Upstream: pkg/apis/<group>/<version>/conversion.go and the storage
 * versions of each `RESTStorageProvider`.
 */
import { freeze } from "../../base/freeze.ts";
import type { KubeObject } from "./object.ts";
import type { Column, Resource } from "./resource.ts";

/** How objects of a served version turn into the stored ones and back. Both ways are pure and keep metadata. */
export interface StoredAs<T extends KubeObject> {
  /** The resource that is stored; it has no `storedAs` itself. */
  resource: Resource;
  /** Also sees what a client sends: defaulted, not yet validated. */
  toStorage: ToStorage<T>;
  fromStorage(stored: KubeObject): T;
}

/** A method's type, so that `Resource<Pod>` can stand where any `Resource` is expected. */
type ToStorage<T> = { convert(object: T): KubeObject }["convert"];

/** Of a `Resource`: with the memory of what was shown. */
export interface Conversion<T extends KubeObject> extends StoredAs<T> {
  /** `fromStorage` of an object that won't be changed any more: once for all its readers. `toStorage` gives it back. */
  show(stored: KubeObject): T;
}

export function rememberShown<T extends KubeObject>({ resource, toStorage, fromStorage }: StoredAs<T>): Conversion<T> {
  const shown = new WeakMap<KubeObject, T>();
  const origins = new WeakMap<T, KubeObject>();
  return {
    resource,
    toStorage: (object) => origins.get(object) ?? toStorage(object),
    fromStorage,
    show(stored) {
      let object = shown.get(stored);
      if (object === undefined) {
        object = freeze(fromStorage(stored));
        shown.set(stored, object);
        origins.set(object, stored);
      }
      return object;
    },
  };
}

/** The stored resource's columns for objects of the served version. */
export function convertedColumns<T extends KubeObject>({ resource, toStorage }: StoredAs<T>): Column<T>[] | undefined {
  return resource.columns?.map((column) => ({
    ...column,
    cell: (object, context) => column.cell(toStorage(object), context),
  }));
}
