import { ResourceCatalog } from "../engine/api/meta/resource-catalog.ts";
import { resources } from "../engine/api/registry.ts";
import type { Playground } from "./playground.ts";

const builtIn = new ResourceCatalog(resources);

/** What the API server serves, custom kinds with it; where the cluster was deleted, what every API server does. */
export function servedKinds({ cluster }: Pick<Playground, "cluster">): ResourceCatalog {
  return cluster?.server.catalog ?? builtIn;
}
