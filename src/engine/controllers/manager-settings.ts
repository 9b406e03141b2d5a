/**
 * What an instance of kube-controller-manager is told by its flags. Upstream: cmd/kube-controller-manager/app/options.
 * **Simplified:** other flags than these change nothing.
 */
import { parseGoDuration } from "../base/go-duration.ts";
import { HOUR, SECOND } from "../base/time.ts";

/** Times in milliseconds. */
export interface ManagerSettings {
  /** `--terminated-pod-gc-threshold`: of pods that have ended only so many are kept; all of them when it is not above 0. */
  readonly terminatedPods: number;
  /** `--node-monitor-grace-period`: a node that has been silent for longer is not known to be ready. */
  readonly nodeMonitorGrace: number;
  /** `--legacy-service-account-token-clean-up-period`: so long a token of old may be unused, and marked as invalid. */
  readonly legacyTokenPeriod: number;
}

export const DEFAULT_MANAGER_SETTINGS: ManagerSettings = {
  terminatedPods: 12_500,
  nodeMonitorGrace: 50 * SECOND,
  legacyTokenPeriod: 8760 * HOUR,
};

/** `flag` gives what stands behind a flag's name; the values can be read. */
export function managerSettings(flag: (name: string) => string | undefined): ManagerSettings {
  const byDefault = DEFAULT_MANAGER_SETTINGS;
  const duration = (name: string, otherwise: number): number => {
    const ms = parseGoDuration(flag(name) ?? "");
    return typeof ms === "number" ? ms : otherwise;
  };
  return {
    terminatedPods: Number(flag("terminated-pod-gc-threshold") ?? byDefault.terminatedPods),
    nodeMonitorGrace: duration("node-monitor-grace-period", byDefault.nodeMonitorGrace),
    legacyTokenPeriod: duration("legacy-service-account-token-clean-up-period", byDefault.legacyTokenPeriod),
  };
}
