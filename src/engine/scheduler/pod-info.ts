/** What the scheduler needs to know of a pod, worked out once. Upstream: pkg/scheduler/framework/types.go (PodInfo). */
import type { Pod, PodAffinityTerm, PodSpec, WeightedPodAffinityTerm } from "../api/generated/types.ts";
import { labelSelectorAsSelector, NOTHING, SelectorError } from "../api/meta/selectors.ts";
import type { Labels, Selector } from "../api/meta/selectors.ts";
import { deepEqual } from "../base/json.ts";
import { isSidecar } from "../api/core/pod/sidecar.ts";
import { keyOf } from "../api/meta/object.ts";
import { equalRequests, podRequestsInUse } from "../api/core/pod/resources.ts";
import type { PodRequests } from "../api/core/pod/resources.ts";

export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

/** Which other pods an affinity term is about, and in which topology. */
export interface AffinityTerm {
  readonly namespaces: ReadonlySet<string>;
  readonly namespaceSelector: Selector;
  readonly selector: Selector;
  readonly topologyKey: string;
  /** 0 for required terms. */
  readonly weight: number;
}

export interface AffinityTerms {
  readonly required: readonly AffinityTerm[];
  readonly preferred: readonly AffinityTerm[];
}

export class PodInfo {
  readonly pod: Pod;
  readonly key: string;
  readonly uid: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly priority: number;
  readonly terminating: boolean;
  readonly requests: PodRequests;
  readonly hostPorts: readonly HostPort[];
  readonly affinity: AffinityTerms;
  readonly antiAffinity: AffinityTerms;
  /** Why the affinity terms can't be understood; such a pod can't be placed. */
  readonly parseError: string | undefined;

  /** `before`: an earlier version of the same pod; what was worked out of unchanged parts is taken over. */
  constructor(pod: Pod, before?: PodInfo) {
    const { metadata, spec } = pod;
    this.pod = pod;
    this.key = keyOf(pod);
    this.uid = metadata.uid;
    this.namespace = metadata.namespace ?? "";
    this.labels = metadata.labels ?? NO_LABELS;
    this.priority = spec.priority ?? 0;
    this.terminating = metadata.deletionTimestamp !== undefined;
    const old = before?.pod.spec;
    const same =
      old !== undefined &&
      deepEqual(old.containers, spec.containers) &&
      deepEqual(old.initContainers, spec.initContainers) &&
      deepEqual(old.affinity, spec.affinity);
    const requests = podRequestsInUse(pod);
    this.requests = before !== undefined && equalRequests(before.requests, requests) ? before.requests : requests;
    if (before !== undefined && same) {
      this.hostPorts = before.hostPorts;
      this.affinity = before.affinity;
      this.antiAffinity = before.antiAffinity;
      this.parseError = before.parseError;
      return;
    }
    this.hostPorts = hostPortsOf(pod);
    const { affinity, antiAffinity, parseError } = parseAffinity(spec, this.namespace);
    this.affinity = affinity;
    this.antiAffinity = antiAffinity;
    this.parseError = parseError;
  }
}

const NO_LABELS: Labels = {};
const NO_PORTS: readonly HostPort[] = [];
const NO_TERMS: AffinityTerms = { required: [], preferred: [] };

/** Ports of a pod on its host. Upstream: pkg/scheduler/util/utils.go (GetHostPorts). */
export function hostPortsOf(pod: Pod): readonly HostPort[] {
  let ports: HostPort[] | undefined;
  const sidecars = pod.spec.initContainers?.filter(isSidecar) ?? [];
  for (const container of [...sidecars, ...(pod.spec.containers ?? [])]) {
    for (const { hostPort, hostIP, protocol } of container.ports ?? []) {
      if (hostPort === undefined || hostPort <= 0) continue;
      (ports ??= []).push({ ip: hostIP ?? "0.0.0.0", protocol: protocol ?? "TCP", port: hostPort });
    }
  }
  return ports ?? NO_PORTS;
}

interface AffinityLists {
  requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[] | undefined;
  preferredDuringSchedulingIgnoredDuringExecution?: WeightedPodAffinityTerm[] | undefined;
}

function parseAffinity(
  { affinity: own }: PodSpec,
  namespace: string,
): { affinity: AffinityTerms; antiAffinity: AffinityTerms; parseError: string | undefined } {
  let parseError: string | undefined;
  const parse = (lists: AffinityLists | undefined, name: string): AffinityTerms => {
    if (lists === undefined) return NO_TERMS;
    const read = (prefix: string, make: () => AffinityTerm[]): AffinityTerm[] => {
      try {
        return make();
      } catch (error) {
        if (!(error instanceof SelectorError)) throw error;
        parseError ??= `parsing pod: ${prefix}${name}Terms: ${error.message}`;
        return [];
      }
    };
    const required = lists.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const preferred = lists.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    return {
      required: read("required", () => required.map((term) => affinityTerm(term, { namespace, weight: 0 }))),
      preferred: read("preferred", () =>
        preferred.map(({ podAffinityTerm, weight }) => affinityTerm(podAffinityTerm, { namespace, weight })),
      ),
    };
  };
  const affinity = parse(own?.podAffinity, "Affinity");
  const antiAffinity = parse(own?.podAntiAffinity, "AntiAffinity");
  return { affinity, antiAffinity, parseError };
}

function affinityTerm(term: PodAffinityTerm, about: { namespace: string; weight: number }): AffinityTerm {
  const { namespaces = [], namespaceSelector } = term;
  const own = namespaces.length === 0 && namespaceSelector === undefined;
  return {
    namespaces: new Set(own ? [about.namespace] : namespaces),
    namespaceSelector: namespaceSelector === undefined ? NOTHING : labelSelectorAsSelector(namespaceSelector),
    selector: labelSelectorAsSelector(term.labelSelector),
    topologyKey: term.topologyKey,
    weight: about.weight,
  };
}

/** True iff the term is about a pod with these labels in this namespace. */
export function termMatches(term: AffinityTerm, pod: PodInfo, namespaceLabels: Labels | undefined): boolean {
  if (!term.namespaces.has(pod.namespace) && !term.namespaceSelector.matches(namespaceLabels)) return false;
  return term.selector.matches(pod.labels);
}
