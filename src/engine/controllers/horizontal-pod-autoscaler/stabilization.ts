/**
 * What was recommended lately holds a change back. Upstream: stabilizeRecommendation and
 * stabilizeRecommendationWithBehaviors in pkg/controller/podautoscaler/horizontal.go.
 */
export interface Recommendation {
  readonly replicas: number;
  readonly at: number;
}

export interface Stabilized {
  readonly replicas: number;
  readonly recommendations: readonly Recommendation[];
}

/** Without a behaviour: the highest of the window, which is as long as the manager's flag says. */
export function stabilize(
  recommendations: readonly Recommendation[],
  { desired, now, windowMs }: { desired: number; now: number; windowMs: number },
): Stabilized {
  const cutoff = now - windowMs;
  const recent = recommendations.filter(({ at }) => at >= cutoff).map(({ replicas }) => replicas);
  return {
    replicas: Math.max(desired, ...recent),
    recommendations: remember(recommendations, { replicas: desired, at: now }, cutoff),
  };
}

/** On the way up the lowest of its window counts, on the way down the highest of its own. */
export function stabilizeWithBehavior(
  recommendations: readonly Recommendation[],
  { current, desired, upSeconds, downSeconds, now }: StabilizationArguments,
): Stabilized {
  const recent = (seconds: number): number[] =>
    recommendations.filter(({ at }) => at > now - seconds * 1000).map(({ replicas }) => replicas);
  const up = Math.min(desired, ...recent(upSeconds));
  const down = Math.max(desired, ...recent(downSeconds));
  // Between the two bounds the present number stays.
  const replicas = Math.min(Math.max(current, up), down);
  const cutoff = now - Math.max(upSeconds, downSeconds) * 1000;
  return { replicas, recommendations: remember(recommendations, { replicas: desired, at: now }, cutoff) };
}

export interface StabilizationArguments {
  readonly current: number;
  readonly desired: number;
  readonly upSeconds: number;
  readonly downSeconds: number;
  readonly now: number;
}

/** Takes the place of the last one that is older than `cutoff`, so that the list doesn't grow. */
function remember(
  recommendations: readonly Recommendation[],
  latest: Recommendation,
  cutoff: number,
): readonly Recommendation[] {
  const old = recommendations.findLastIndex(({ at }) => at < cutoff);
  return old < 0 ? [...recommendations, latest] : recommendations.with(old, latest);
}
