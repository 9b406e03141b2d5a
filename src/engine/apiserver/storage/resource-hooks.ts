import type { KubeObject } from "../../api/meta/object.ts";

/**
 * What a resource does around its storage that pure strategy hooks can't. Upstream: BeginCreate, BeginUpdate and
 * AfterDelete of apiserver pkg/registry/generic/registry/store.go. A dry run takes nothing.
 */
export interface ResourceHooks {
  /** Before validation of a create; may return another object, may throw a StatusError. */
  beginCreate?(object: KubeObject, dryRun: boolean): KubeObject;
  beginUpdate?(object: KubeObject, old: KubeObject, dryRun: boolean): KubeObject;
  /** The write that last began failed: gives back what it took. */
  rollback?(): void;
  /** The update is stored. */
  afterUpdate?(object: KubeObject, old: KubeObject): void;
  afterDelete?(object: KubeObject): void;
}
