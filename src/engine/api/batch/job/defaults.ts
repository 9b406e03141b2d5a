/** Upstream: SetDefaults_Job in pkg/apis/batch/v1/defaults.go. */
import { defaultPodTemplate } from "../../core/pod/defaults.ts";
import type { JobSpec, PodFailurePolicy } from "../../generated/types.ts";
import { fill, mapField, mapShared, memoizeIdempotent } from "../../meta/share.ts";

const MAX_INT32 = 2 ** 31 - 1;

/** Without the generated selector, which needs the job's uid. */
export const defaultJobSpec = memoizeIdempotent((spec: JobSpec): JobSpec => {
  // With neither number it is one pod; completions alone stay absent: a work queue.
  const neither = spec.completions === undefined && spec.parallelism === undefined;
  let result = neither ? fill(spec, { completions: 1 }) : spec;
  result = fill(result, {
    parallelism: 1,
    backoffLimit: spec.backoffLimitPerIndex === undefined ? 6 : MAX_INT32,
    completionMode: "NonIndexed",
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: spec.podFailurePolicy === undefined ? "TerminatingOrFailed" : "Failed",
    template: {},
  });
  result = mapField(result, "podFailurePolicy", defaultPolicy);
  return mapField(result, "template", defaultPodTemplate);
});

function defaultPolicy(policy: PodFailurePolicy): PodFailurePolicy {
  return mapField(policy, "rules", (rules) =>
    mapShared(rules, (rule) =>
      mapField(rule, "onPodConditions", (patterns) =>
        mapShared(patterns, (pattern) => fill(pattern, { status: "True" })),
      ),
    ),
  );
}
