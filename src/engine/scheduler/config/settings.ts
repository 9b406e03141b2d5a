/** What a configuration comes to. */
import { SECOND } from "../../base/time.ts";
import { DEFAULT_PLUGINS } from "../plugins/registry.ts";
import type { ProfileOptions } from "../profile.ts";
import type { KubeSchedulerConfiguration } from "./configuration.ts";
import type { ExtenderOptions } from "../extenders.ts";
import { extendersOf, withoutTheirResources } from "./extender-settings.ts";
import { profilesOf } from "./profiles.ts";
import { checkConfiguration } from "./validate.ts";

export const DEFAULT_SCHEDULER = "default-scheduler";

export interface SchedulerSettings {
  readonly profiles: readonly ProfileOptions[];
  /** Back-offs in milliseconds. */
  readonly initialBackoff: number;
  readonly maxBackoff: number;
  /** In the order in which they are asked. */
  readonly extenders: readonly ExtenderOptions[];
}

export const DEFAULT_SETTINGS: SchedulerSettings = {
  profiles: [{ schedulerName: DEFAULT_SCHEDULER, plugins: DEFAULT_PLUGINS }],
  initialBackoff: SECOND,
  maxBackoff: 10 * SECOND,
  extenders: [],
};

/** Throws a `ConfigurationError`, with which kube-scheduler ends. */
export function settingsOf(configuration: KubeSchedulerConfiguration): SchedulerSettings {
  checkConfiguration(configuration);
  return {
    profiles: profilesOf(withoutTheirResources(configuration)),
    extenders: extendersOf(configuration),
    initialBackoff: configuration.podInitialBackoffSeconds * SECOND,
    maxBackoff: configuration.podMaxBackoffSeconds * SECOND,
  };
}
