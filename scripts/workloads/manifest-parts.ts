/** What a workload's manifest says of itself. */
import type { PodSpec } from "../../src/engine/api/generated/types.ts";
import type { Manifest } from "../manifests/collection.ts";

export function nameOf({ object }: Manifest): string {
  return String(object.metadata?.["name"] ?? object.metadata?.["generateName"] ?? "");
}

/** The pod template of a workload as it stands in its manifest. */
export function podSpecOf({ object }: Manifest): PodSpec | undefined {
  interface Holder {
    spec?: PodSpec & { template?: Holder; jobTemplate?: { spec?: { template?: Holder } } };
  }
  const { spec } = object as Holder;
  return object.kind === "Pod" ? spec : (spec?.template ?? spec?.jobTemplate?.spec?.template)?.spec;
}
