import type { KubeObject } from "../api/meta/object.ts";
import type { Resource } from "../api/meta/resource.ts";
import type { Informer } from "./informer.ts";

/** Makes the informers of one component: one list and watch a resource and field selector, shared by all who ask. */
export interface Informers {
  informer<T extends KubeObject>(resource: Resource<T>, options?: { fieldSelector?: string }): Informer<T>;
  /** The server doesn't serve the resource any more: its informers stop, handlers hear that every object is gone. */
  forget(resource: Resource): void;
}

/** Writes Events about objects, as one component. Same reason and message about one object: counted up, not repeated. */
export interface EventRecorder {
  event(
    about: KubeObject,
    type: "Normal" | "Warning",
    text: { reason: string; message: string; fieldPath?: string },
  ): void;
}
