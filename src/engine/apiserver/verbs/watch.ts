/** GET of a collection with `watch=true`. Upstream: apiserver pkg/endpoints/handlers/watch.go. */
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest, RequestOptions } from "../../api/meta/request.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { selectionOf } from "../selection.ts";
import { SECOND } from "../../base/time.ts";
import type { Simulation } from "../../sim/simulation.ts";
import { shownAs } from "../versions.ts";
import type { WatchHandler } from "../watch/watch-handler.ts";
import type { WatchHub } from "../watch/watch-hub.ts";
import { parseVersion } from "./list.ts";

/** Starts after `options.resourceVersion`; "" or "0" begin with what exists, as ADDED events. Returns the stop. */
export function watch(
  sim: Simulation,
  hub: WatchHub,
  call: { request: ApiRequest; handler: WatchHandler },
): () => void {
  const { request, handler } = call;
  const { resource, namespace, name, options } = request;
  const fieldSelector = name === "" ? options.fieldSelector : `metadata.name=${name}`;
  const selection = selectionOf(resource, { ...options, ...(fieldSelector !== undefined && { fieldSelector }) });
  const version = versionToStart(options, () => hub.revision);
  const stop = hub.watch(
    {
      resource: resource.storedAs?.resource ?? resource,
      filter: { namespace, ...(selection.matches && { matches: selection.matches }) },
      trigger: selection.trigger,
      after: version === 0 ? undefined : version,
    },
    resource.storedAs === undefined ? handler : inVersion(resource, handler),
  );
  return options.timeoutSeconds === undefined
    ? stop
    : withTimeout(sim, stop, { handler, seconds: options.timeoutSeconds });
}

/** 0: everything first. `sendInitialEvents=false` never wants that. */
function versionToStart(options: RequestOptions, now: () => number): number {
  const version = parseVersion(options.resourceVersion);
  return version === 0 && options.sendInitialEvents === false ? now() : version;
}

/** Shows each event's object in the version that is watched. */
function inVersion(resource: Resource, handler: WatchHandler): WatchHandler {
  // Asked anew each time: a custom resource's conversion changes with its definition.
  const show = (object: KubeObject): KubeObject =>
    resource.storedAs === undefined ? object : shownAs(resource.storedAs, object);
  return {
    onEvents: (events) => handler.onEvents(events.map(({ type, object }) => ({ type, object: show(object) }))),
    onEnd: (reason) => handler.onEnd(reason),
  };
}

/** Ends the watch when its time is up. */
function withTimeout(
  sim: Simulation,
  stop: () => void,
  { handler, seconds }: { handler: WatchHandler; seconds: number },
): () => void {
  const end = (): void => {
    stop();
    handler.onEnd("closed");
  };
  const timer = sim.after(seconds * SECOND, end, { background: true });
  return () => {
    sim.cancel(timer);
    stop();
  };
}
