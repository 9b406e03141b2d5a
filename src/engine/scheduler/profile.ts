/** A set of plugins under a scheduler name. Upstream: pkg/scheduler/profile/profile.go. */
import { assert } from "../base/assert.ts";
import type { ClusterCache } from "./cluster-cache.ts";
import { SchedulingCycle } from "./cycle.ts";
import type { CycleResult } from "./cycle.ts";
import type { Plugin, ProfilePlugin, Verdict } from "./framework.ts";
import type { PodInfo } from "./pod-info.ts";
import { preempt } from "./preemption/default-preemption.ts";
import type { Preemption, PreemptionContext } from "./preemption/default-preemption.ts";
import type { ClusterEvent } from "./queue-events.ts";
import { Templates } from "./template.ts";
import type { Pipeline } from "./template.ts";

export interface ProfileOptions {
  schedulerName: string;
  plugins: readonly ProfilePlugin[];
  /** 0 or absent: by the size of the cluster. */
  percentageOfNodesToScore?: number;
}

export class Profile {
  readonly name: string;
  readonly templates: Templates;
  readonly cycle: SchedulingCycle;
  private readonly plugins = new Map<string, Plugin>();
  private readonly gates: readonly Plugin[];
  private readonly byEvent = new Map<ClusterEvent["type"], string[]>();
  private readonly always: readonly string[];
  private readonly preemption: PreemptionContext;

  constructor(options: ProfileOptions, about: Omit<PreemptionContext, "pipeline">) {
    const { cluster, random } = about;
    this.name = options.schedulerName;
    for (const { plugin } of options.plugins) {
      assert(!this.plugins.has(plugin.name), "a plugin twice", plugin.name);
      this.plugins.set(plugin.name, plugin);
    }
    this.gates = [...this.plugins.values()].filter(({ preEnqueue }) => preEnqueue !== undefined);
    this.always = options.plugins.filter(({ plugin }) => plugin.events === undefined).map(({ plugin }) => plugin.name);
    for (const { plugin } of options.plugins) {
      for (const type of plugin.events ?? []) {
        const names = this.byEvent.get(type);
        if (names === undefined) this.byEvent.set(type, [...this.always, plugin.name]);
        else names.push(plugin.name);
      }
    }
    const pipeline = pipelineOf(options.plugins);
    this.templates = new Templates(pipeline, cluster);
    this.preemption = { ...about, pipeline };
    const { percentageOfNodesToScore = 0 } = options;
    this.cycle = new SchedulingCycle({ cluster, pipeline, random, percentageOfNodesToScore });
  }

  /** The first plugin that keeps the pod from being queued. */
  preEnqueue(pod: PodInfo): Verdict | undefined {
    for (const plugin of this.gates) {
      const verdict = plugin.preEnqueue?.(pod);
      if (verdict !== undefined) return verdict;
    }
    return undefined;
  }

  /** Looks for pods that could make room for one that fits nowhere. */
  preempt(pod: PodInfo, failed: CycleResult): Preemption {
    return preempt(pod, failed, this.preemption);
  }

  /** Names of the plugins that may want to hear of a kind of event. */
  listeners(type: ClusterEvent["type"]): readonly string[] {
    return this.byEvent.get(type) ?? this.always;
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

function pipelineOf(plugins: readonly ProfilePlugin[]): Pipeline {
  const filters = plugins.filter(({ plugin }) => plugin.filter !== undefined);
  const scores = plugins.filter(({ plugin, weight }) => plugin.score !== undefined && weight > 0);
  const ofScope = (list: readonly ProfilePlugin[], scope: Plugin["scope"]): ProfilePlugin[] =>
    list.filter(({ plugin }) => plugin.scope === scope);
  return {
    filters: { node: ofScope(filters, "node"), cluster: ofScope(filters, "cluster") },
    scores: { node: ofScope(scores, "node"), cluster: ofScope(scores, "cluster") },
  };
}
