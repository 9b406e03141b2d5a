/** Index of pods by the node that they are bound to. */
import type { Pod } from "../api/generated/types.ts";
import { pods } from "../api/registry.ts";
import type { Informers } from "../client/contracts.ts";
import { sameSpec } from "../client/store.ts";
import type { ControllerContext } from "./define-controller.ts";

const NODE = "node";

export function indexPodsByNode(informers: Informers): void {
  const values = ({ spec }: Pod): readonly string[] => {
    const name = spec.nodeName ?? "";
    return name === "" ? [] : [name];
  };
  informers.informer(pods).addIndex(NODE, values, sameSpec);
}

export function podsOnNode(ctx: ControllerContext, node: string): readonly Pod[] {
  return ctx.lister(pods).byIndex(NODE, node);
}
