import type { FieldError } from "../../api/meta/field-error.ts";
import type { KubeObject } from "../../api/meta/object.ts";

/**
 * What a resource does around its storage that pure strategy hooks can't. Upstream: BeginCreate, BeginUpdate and
 * AfterDelete of apiserver pkg/registry/generic/registry/store.go. A dry run takes nothing.
 */
export interface ResourceHooks {
  /** Before validation of a create; may return another object, may throw a StatusError. */
  beginCreate?(object: KubeObject, dryRun: boolean): KubeObject;
  beginUpdate?(object: KubeObject, old: KubeObject, dryRun: boolean): KubeObject;
  /** Complaints that need the server; asked when the kind itself has none. */
  validate?(object: KubeObject): readonly FieldError[];
  /** The object is about to be marked for deletion or to go; may return it with a finalizer. The same one: let it be. */
  beginDelete?(object: KubeObject): KubeObject;
  /** The write that last began failed: gives back what it took. */
  rollback?(): void;
  /** The new object is stored. */
  afterCreate?(object: KubeObject): void;
  /** The update is stored. */
  afterUpdate?(object: KubeObject, old: KubeObject): void;
  afterDelete?(object: KubeObject): void;
}
