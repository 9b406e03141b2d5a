import type { KubeObject } from "../../api/meta/object.ts";

/**
 * What a resource does around its storage that pure strategy hooks can't. Upstream: BeginCreate, BeginUpdate and
 * AfterDelete of apiserver pkg/registry/generic/registry/store.go. Not called at a dry run when it would take something.
 */
export interface ResourceHooks {
  /** Before validation of a create; may return another object, may throw a StatusError. */
  beginCreate?(object: KubeObject, dryRun: boolean): KubeObject;
  beginUpdate?(object: KubeObject, old: KubeObject, dryRun: boolean): KubeObject;
  /** What `begin…` took is kept or given back: the write failed. */
  rollback?(object: KubeObject, old: KubeObject | undefined): void;
  afterDelete?(object: KubeObject): void;
}
