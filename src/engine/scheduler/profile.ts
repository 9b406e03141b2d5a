/** A set of plugins under a scheduler name. Upstream: pkg/scheduler/profile/profile.go. */
import { assert } from "../base/assert.ts";
import type { ClusterCache } from "./cluster-cache.ts";
import { SchedulingCycle } from "./cycle.ts";
import type { CycleResult } from "./cycle.ts";
import { EXTENDER, ExtenderError } from "./extenders.ts";
import type { Plugin, ProfilePlugin, Verdict } from "./framework.ts";
import type { PodInfo } from "./pod-info.ts";
import { DEFAULT_LIMITS, preempt } from "./preemption/default-preemption.ts";
import type { Preemption, PreemptionContext, PreemptionLimits } from "./preemption/default-preemption.ts";
import type { ClusterEvent } from "./queue-events.ts";
import { Templates } from "./template.ts";
import type { Pipeline } from "./template.ts";

export interface ProfileOptions {
  schedulerName: string;
  plugins: readonly ProfilePlugin[];
  /** 0 or absent: by the size of the cluster. */
  percentageOfNodesToScore?: number;
  /** How many candidates are enough; "off": nobody is pushed out. */
  preemption?: PreemptionLimits | "off";
}

export class Profile {
  readonly name: string;
  readonly templates: Templates;
  readonly cycle: SchedulingCycle;
  private readonly plugins = new Map<string, Plugin>();
  private readonly gates: readonly Plugin[];
  private readonly postFilters: readonly Plugin[];
  private readonly byEvent = new Map<ClusterEvent["type"], string[]>();
  private readonly always: readonly string[];
  /** Undefined: nobody is pushed out. */
  private readonly preemption: PreemptionContext | undefined;

  constructor(options: ProfileOptions, about: Omit<PreemptionContext, "pipeline" | "limits">) {
    const { cluster, random, extenders } = about;
    this.name = options.schedulerName;
    for (const { plugin } of options.plugins) {
      const known = this.plugins.get(plugin.name);
      assert(known === undefined || known === plugin, "two plugins of one name", plugin.name);
      this.plugins.set(plugin.name, plugin);
    }
    this.gates = atPoint(options.plugins, "preEnqueue").map(({ plugin }) => plugin);
    this.postFilters = atPoint(options.plugins, "postFilter").map(({ plugin }) => plugin);
    const plugins = [...this.plugins.values()];
    // Nobody knows what an extender minds.
    this.always = [...plugins.filter(({ events }) => events === undefined).map(({ name }) => name), EXTENDER];
    for (const plugin of plugins) {
      for (const type of plugin.events ?? []) {
        const names = this.byEvent.get(type);
        if (names === undefined) this.byEvent.set(type, [...this.always, plugin.name]);
        else names.push(plugin.name);
      }
    }
    const pipeline = pipelineOf(options.plugins);
    this.templates = new Templates(pipeline, cluster);
    const { preemption: limits = DEFAULT_LIMITS } = options;
    this.preemption = limits === "off" ? undefined : { ...about, pipeline, limits };
    const { percentageOfNodesToScore = 0 } = options;
    this.cycle = new SchedulingCycle({ cluster, pipeline, random, percentageOfNodesToScore, extenders });
  }

  /** The first plugin that keeps the pod from being queued. */
  preEnqueue(pod: PodInfo): Verdict | undefined {
    for (const plugin of this.gates) {
      const verdict = plugin.preEnqueue?.(pod);
      if (verdict !== undefined) return verdict;
    }
    return undefined;
  }

  /** Looks for pods that could make room for one that fits nowhere. Upstream: RunPostFilterPlugins. */
  preempt(pod: PodInfo, failed: CycleResult): Preemption {
    const said: string[] = [];
    for (const plugin of this.postFilters) {
      const answer = plugin.postFilter?.(pod, failed.rejected);
      if (answer === undefined) continue;
      said.push(answer.message);
      if (answer.isLast === true) return { ...NO_PREEMPTION, message: said.join(", ") };
    }
    const context = this.preemption && { ...this.preemption, memory: this.templates.of(pod) };
    let outcome = NO_PREEMPTION;
    try {
      if (context !== undefined) outcome = preempt(pod, failed, context);
    } catch (error) {
      if (!(error instanceof ExtenderError)) throw error;
      // An error leaves no room for what others said.
      return { ...NO_PREEMPTION, message: `preemption: ${error.message}` };
    }
    if (outcome.candidate !== undefined) return outcome;
    if (outcome.message !== "") said.push(outcome.message);
    return { ...outcome, message: said.join(", ") };
  }

  /** Names of the plugins that may want to hear of a kind of event. */
  listeners(type: ClusterEvent["type"]): readonly string[] {
    return this.byEvent.get(type) ?? this.always;
  }

  /** True iff one of the plugins that rejected the pod minds such a change of the pod itself, and thinks that it may help. */
  ownChangeHelps(
    queued: { info: PodInfo; rejectedBy: ReadonlySet<string> },
    pod: PodInfo,
    cluster: ClusterCache,
  ): boolean {
    const event: ClusterEvent = { type: "pod-update", pod, old: queued.info };
    const concerned = [...queued.rejectedBy].filter((name) => {
      const events = this.plugins.get(name)?.events;
      return events === undefined || events.includes("pod-update");
    });
    return this.helps(pod, new Set(concerned), { event, cluster });
  }

  /** True iff one of the plugins that rejected the pod thinks that `event` may help. */
  helps(pod: PodInfo, rejectedBy: ReadonlySet<string>, about: { event: ClusterEvent; cluster: ClusterCache }): boolean {
    for (const name of rejectedBy) {
      const plugin = this.plugins.get(name);
      if (plugin?.helps === undefined || plugin.helps(pod, about.event, about.cluster)) return true;
    }
    return false;
  }
}

const NO_PREEMPTION: Preemption = { candidate: undefined, clears: false, message: "" };
function atPoint(plugins: readonly ProfilePlugin[], point: NonNullable<ProfilePlugin["at"]>): ProfilePlugin[] {
  return plugins.filter(({ plugin, at = point }) => at === point && plugin[point] !== undefined);
}

function pipelineOf(plugins: readonly ProfilePlugin[]): Pipeline {
  const filters = atPoint(plugins, "filter");
  const scores = atPoint(plugins, "score").filter(({ weight }) => weight > 0);
  const ofScope = (list: readonly ProfilePlugin[], scope: Plugin["scope"]): ProfilePlugin[] =>
    list.filter(({ plugin }) => plugin.scope === scope);
  return {
    filters: { node: ofScope(filters, "node"), cluster: ofScope(filters, "cluster") },
    scores: { node: ofScope(scores, "node"), cluster: ofScope(scores, "cluster") },
  };
}
