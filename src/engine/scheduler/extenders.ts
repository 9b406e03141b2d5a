/**
 * Programs outside of the scheduler that are asked over HTTP: which of the nodes that fit may be used, how much each is
 * wanted, who may be pushed out where, or to bind the pod themselves. Upstream: pkg/scheduler/extender.go, schedule_one.go
 * (findNodesThatPassExtenders, prioritizeNodes, extendersBinding), framework/preemption (callExtenders),
 * staging/src/k8s.io/kube-scheduler/extender/v1, whose fields have Go's own names on the wire.
 *
 * Simplified: an extender answers at once, within the cycle; one that takes its time counts as one that doesn't answer.
 */
import type { Pod } from "../api/generated/types.ts";
import { isObject, parseJson } from "../base/json.ts";
import { MAX_NODE_SCORE } from "./framework.ts";
import type { Verdict } from "./framework.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PodInfo } from "./pod-info.ts";
import { Candidate } from "./preemption/pick-candidate.ts";

/** Stands for all extenders where a plugin's name is expected. */
export const EXTENDER = "Extender";
const MAX_EXTENDER_PRIORITY = 10;

export interface ExtenderOptions {
  readonly urlPrefix: string;
  /** "": it isn't asked that. */
  readonly filterVerb: string;
  readonly prioritizeVerb: string;
  readonly preemptVerb: string;
  readonly bindVerb: string;
  readonly weight: number;
  readonly timeoutMs: number;
  /** It knows the nodes: their names are enough. */
  readonly nodeCacheCapable: boolean;
  /** Resources whose pods alone it is asked about; none: it is asked about all. */
  readonly managedResources: ReadonlySet<string>;
  /** Pods are placed without it when it fails. */
  readonly ignorable: boolean;
}

/** Sends a body, and has the answer at once. */
export type ExtenderCall = (request: {
  url: string;
  body: string;
  timeoutMs: number;
}) => { status: number; body: string } | { failure: string };

/** What an extender that isn't ignorable failed with: the pod is tried again later. */
export class ExtenderError extends Error {}

export class Extenders {
  private readonly all: readonly ExtenderOptions[];
  private readonly call: ExtenderCall;

  constructor(all: readonly ExtenderOptions[], call: ExtenderCall) {
    this.all = all;
    this.call = call;
  }

  /** What they say of the nodes that they refuse. Throws an ExtenderError. */
  filter(pod: Pod, feasible: readonly NodeInfo[]): ReadonlyMap<NodeInfo, Verdict> {
    const refused = new Map<NodeInfo, Verdict>();
    for (const extender of this.interested(pod, "filterVerb")) {
      const left = feasible.filter((node) => !refused.has(node));
      if (left.length === 0) break;
      this.orIgnored(extender, () => {
        for (const [node, verdict] of this.filterWith(extender, pod, left)) refused.set(node, verdict);
      });
    }
    return refused;
  }

  /** What they add to the nodes' scores, in their order; undefined: nothing. An extender that fails adds nothing. */
  prioritize(pod: Pod, nodes: readonly NodeInfo[]): readonly number[] | undefined {
    let added: number[] | undefined;
    for (const extender of this.interested(pod, "prioritizeVerb")) {
      const answer = this.ask(extender, extender.prioritizeVerb, this.about(extender, pod, nodes));
      if ("failure" in answer || !Array.isArray(answer.value)) continue;
      const scores = new Map(answer.value.filter(isObject).map((each) => [field(each, "host"), field(each, "score")]));
      added ??= nodes.map(() => 0);
      for (const [index, { name }] of nodes.entries()) {
        const score = scores.get(name);
        if (typeof score !== "number") continue;
        added[index] = (added[index] ?? 0) + (score * extender.weight * MAX_NODE_SCORE) / MAX_EXTENDER_PRIORITY;
      }
    }
    return added;
  }

  /**
   * The nodes that they leave for pushing out pods, with the victims that they want there; `nodeOf` knows all nodes, for
   * those that they add. Throws an ExtenderError.
   */
  preempt(
    pod: Pod,
    candidates: readonly Candidate[],
    nodeOf: (name: string) => NodeInfo | undefined,
  ): readonly Candidate[] {
    let left = candidates;
    for (const extender of this.interested(pod, "preemptVerb")) {
      this.orIgnored(extender, () => {
        const { value } = this.mustAnswer(extender, extender.preemptVerb, aboutVictims(extender, pod, left));
        left = victimsIn(value, extender, { before: left, nodeOf });
      });
      if (left.length === 0) break;
    }
    return left;
  }

  /** True iff one of them has bound the pod. Throws an ExtenderError. */
  bind(pod: Pod, node: string): boolean {
    const { name, namespace, uid } = pod.metadata;
    for (const extender of this.interested(pod, "bindVerb")) {
      const bound = this.orIgnored(extender, () => {
        const args = { PodName: name, PodNamespace: namespace, PodUID: uid, Node: node };
        const { value } = this.mustAnswer(extender, extender.bindVerb, args);
        refuseError(value);
      });
      if (bound) return true;
    }
    return false;
  }

  private filterWith(extender: ExtenderOptions, pod: Pod, nodes: readonly NodeInfo[]): Map<NodeInfo, Verdict> {
    const { value } = this.mustAnswer(extender, extender.filterVerb, this.about(extender, pod, nodes));
    refuseError(value);
    const left = new Set(namesIn(value, extender));
    const known = new Set(nodes.map(({ name }) => name));
    const stranger = [...left].find((name) => !known.has(name));
    if (stranger !== undefined) {
      const who = JSON.stringify(extender.urlPrefix);
      throw new ExtenderError(
        `extender ${who} claims a filtered node ${JSON.stringify(stranger)} which is not found in the input node list`,
      );
    }
    const [soft, hard] = [field(value, "failedNodes"), field(value, "failedAndUnresolvableNodes")];
    const refused = nodes.filter(({ name }) => !left.has(name));
    return new Map(
      refused.map((node): [NodeInfo, Verdict] => {
        const isHard = isObject(hard) && node.name in hard;
        const said = isHard ? hard[node.name] : isObject(soft) ? soft[node.name] : undefined;
        const code = isHard ? "UnschedulableAndUnresolvable" : "Unschedulable";
        return [node, { code, plugin: EXTENDER, reasons: said === undefined ? [] : [String(said)] }];
      }),
    );
  }

  private interested(pod: Pod, verb: Verb): ExtenderOptions[] {
    return this.all.filter((extender) => extender[verb] !== "" && isInterested(extender, pod));
  }

  /** False: it failed, and that doesn't matter. */
  private orIgnored({ ignorable }: ExtenderOptions, act: () => void): boolean {
    try {
      act();
      return true;
    } catch (error) {
      if (!ignorable || !(error instanceof ExtenderError)) throw error;
      return false;
    }
  }

  private about({ nodeCacheCapable }: ExtenderOptions, pod: Pod, nodes: readonly NodeInfo[]): object {
    return nodeCacheCapable
      ? { Pod: pod, Nodes: null, NodeNames: nodes.map(({ name }) => name) }
      : { Pod: pod, Nodes: { metadata: {}, items: nodes.map(({ node }) => node) }, NodeNames: null };
  }

  private mustAnswer(extender: ExtenderOptions, verb: string, args: object): { value: unknown } {
    const answer = this.ask(extender, verb, args);
    if ("failure" in answer) throw new ExtenderError(answer.failure);
    return answer;
  }

  private ask(
    { urlPrefix, timeoutMs }: ExtenderOptions,
    verb: string,
    args: object,
  ): { value: unknown } | { failure: string } {
    const url = `${urlPrefix.replace(/\/+$/, "")}/${verb}`;
    const answer = this.call({ url, body: JSON.stringify(args), timeoutMs });
    if ("failure" in answer) return { failure: `Post ${JSON.stringify(url)}: ${answer.failure}` };
    if (answer.status !== 200) {
      return { failure: `failed ${verb} with extender at URL ${url}, code ${answer.status}` };
    }
    const value = parseJson(answer.body);
    return value === undefined ? { failure: "invalid character looking for beginning of value" } : { value };
  }
}

type Verb = "filterVerb" | "prioritizeVerb" | "preemptVerb" | "bindVerb";

function isInterested({ managedResources }: ExtenderOptions, { spec }: Pod): boolean {
  if (managedResources.size === 0) return true;
  return [...spec.containers, ...(spec.initContainers ?? [])].some(({ resources }) =>
    [...Object.keys(resources?.requests ?? {}), ...Object.keys(resources?.limits ?? {})].some((name) =>
      managedResources.has(name),
    ),
  );
}

/** Go's decoder takes a field's name in any case. */
function field(value: unknown, name: string): unknown {
  if (!isObject(value)) return undefined;
  const key = Object.keys(value).find((each) => each.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : value[key];
}

function refuseError(value: unknown): void {
  const error = field(value, "error");
  if (typeof error === "string" && error !== "") throw new ExtenderError(error);
}

/** The nodes that the answer leaves. */
function namesIn(value: unknown, { nodeCacheCapable }: ExtenderOptions): string[] {
  const names = field(value, "nodenames");
  if (nodeCacheCapable && Array.isArray(names)) return names.map(String);
  const items = field(field(value, "nodes"), "items");
  if (!Array.isArray(items)) return [];
  return items.map((item) => String(field(field(item, "metadata"), "name")));
}

/** ExtenderPreemptionArgs: one that knows the pods gets their uids alone. */
function aboutVictims({ nodeCacheCapable }: ExtenderOptions, pod: Pod, candidates: readonly Candidate[]): object {
  const byNode = (shown: (victim: PodInfo) => unknown): object =>
    Object.fromEntries(
      candidates.map(({ node, victims }) => [
        node.name,
        { Pods: victims.pods.map(shown), NumPDBViolations: victims.violations },
      ]),
    );
  return nodeCacheCapable
    ? { Pod: pod, NodeNameToVictims: null, NodeNameToMetaVictims: byNode(({ uid }) => ({ UID: uid })) }
    : { Pod: pod, NodeNameToVictims: byNode((victim) => victim.pod), NodeNameToMetaVictims: null };
}

/** Reads an ExtenderPreemptionResult. Nodes that were candidates come in their order, others behind them. */
function victimsIn(
  value: unknown,
  { urlPrefix, ignorable }: ExtenderOptions,
  { before, nodeOf }: { before: readonly Candidate[]; nodeOf: (name: string) => NodeInfo | undefined },
): Candidate[] {
  const answer = field(value, "NodeNameToMetaVictims");
  if (!isObject(answer)) return [];
  const known = before.map(({ node }) => node.name).filter((name) => name in answer);
  const read = [...new Set([...known, ...Object.keys(answer)])].map((name) => {
    const node = nodeOf(name);
    if (node?.node === undefined) throw new ExtenderError(`nodeinfo not found for node name ${JSON.stringify(name)}`);
    const [wanted, violations] = [field(answer[name], "Pods"), field(answer[name], "NumPDBViolations")];
    const pods = (Array.isArray(wanted) ? wanted : []).map((meta) => {
      const uid = String(field(meta, "UID"));
      const victim = node.pods.get(uid);
      if (victim !== undefined) return victim;
      const claim = `extender: ${urlPrefix} claims to preempt pod (UID: &{${uid}}) on node: ${name}`;
      throw new ExtenderError(`${claim}, but the pod is not found on that node`);
    });
    return new Candidate(node, { pods, violations: typeof violations === "number" ? violations : 0 });
  });
  const empty = read.find(({ victims }) => victims.pods.length === 0);
  if (empty === undefined) return read;
  if (!ignorable)
    throw new ExtenderError(`expected at least one victim pod on node ${JSON.stringify(empty.node.name)}`);
  return read.filter(({ victims }) => victims.pods.length > 0);
}
