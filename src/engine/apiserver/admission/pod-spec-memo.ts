import type { Pod, PodSpec } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";

/**
 * Makes a mutation of pods that depends on their spec alone out of one of specs. Pods of one template share their spec
 * object, so each spec is worked out once and its result is shared in turn.
 */
export function onPodSpec(admit: (spec: PodSpec) => PodSpec): (object: KubeObject) => KubeObject {
  const known = new WeakMap<PodSpec, PodSpec>();
  return (object) => {
    const { spec } = object as Pod;
    if (spec === undefined) return object;
    let admitted = known.get(spec);
    if (admitted === undefined) {
      admitted = admit(spec);
      known.set(spec, admitted);
      known.set(admitted, admitted);
    }
    return admitted === spec ? object : ({ ...object, spec: admitted } as KubeObject);
  };
}
