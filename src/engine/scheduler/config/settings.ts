/** What a configuration comes to. */
import { SECOND } from "../../base/time.ts";
import { DEFAULT_PLUGINS } from "../plugins/registry.ts";
import type { ProfileOptions } from "../profile.ts";
import type { KubeSchedulerConfiguration } from "./configuration.ts";
import { profilesOf } from "./profiles.ts";
import { ConfigurationError } from "./read.ts";
import { checkConfiguration } from "./validate.ts";

const NO_EXTENDERS = "extenders: Forbidden: extenders are not simulated";
export const DEFAULT_SCHEDULER = "default-scheduler";

export interface SchedulerSettings {
  readonly profiles: readonly ProfileOptions[];
  /** Back-offs in milliseconds. */
  readonly initialBackoff: number;
  readonly maxBackoff: number;
}

export const DEFAULT_SETTINGS: SchedulerSettings = {
  profiles: [{ schedulerName: DEFAULT_SCHEDULER, plugins: DEFAULT_PLUGINS }],
  initialBackoff: SECOND,
  maxBackoff: 10 * SECOND,
};

/**
 * Throws a `ConfigurationError`, with which kube-scheduler ends.
 * Simplified: nobody answers for an extender here, so a configuration with one is refused.
 */
export function settingsOf(configuration: KubeSchedulerConfiguration): SchedulerSettings {
  checkConfiguration(configuration);
  if ((configuration.extenders ?? []).length > 0) throw new ConfigurationError(NO_EXTENDERS);
  return {
    profiles: profilesOf(configuration),
    initialBackoff: configuration.podInitialBackoffSeconds * SECOND,
    maxBackoff: configuration.podMaxBackoffSeconds * SECOND,
  };
}
