/**
 * Whether network policies let traffic through, and which of them says so. A pod that no policy selects for a direction
 * takes everything; otherwise the rules of all that select it are added up. Both ends must agree. Traffic between a pod
 * and its own node always passes (kubelet's probes), and so does what a pod sends to itself; pods on their node's network
 * are no subject of policies and are known by their node's address alone.
 *
 * Here every preset has a network plugin that enforces policies, as kind's has; the default of a real minikube has none that
 * does.
 *
 * Simplified: a policy is in force as soon as it is heard of, on all nodes at once.
 */
import type { NetworkPolicy, Pod } from "../../api/generated/types.ts";
import type { Labels } from "../../api/meta/selectors.ts";
import { formatAddress } from "../address.ts";
import type { Protocol } from "../service-rules.ts";
import type { Station } from "../station.ts";
import { CompiledPolicy } from "./compiled-policy.ts";
import type { Direction, Peer } from "./compiled-policy.ts";

/** Where the policies' subjects are known from. */
export interface PolicySubjects {
  /** By `namespace/name`; undefined when it is not heard of yet. */
  pod(key: string): Pod | undefined;
  namespaceLabels(name: string): Labels | undefined;
}

/** What the policies that select a pod say of some traffic. */
export interface Verdict {
  readonly allowed: boolean;
  readonly direction: Direction;
  /** The pod whose policies these are, as hops name it. */
  readonly at: string;
  /** `namespace/name` of the policy that allows it, or of all that isolate the pod. */
  readonly policies: readonly string[];
  /** The allowing policy's rule: `ingress[0]`. */
  readonly rule?: string;
  readonly reason: string;
}

/** What is known of one station as long as nothing changes. */
interface Selected {
  readonly epoch: number;
  readonly ingress: readonly CompiledPolicy[];
  readonly egress: readonly CompiledPolicy[];
  readonly verdicts: Map<number, { verdict: Verdict; peer: Station | undefined }>;
}

const MAX_VERDICTS = 4096;
const NONE: readonly CompiledPolicy[] = [];

export class Policies {
  private readonly subjects: PolicySubjects;
  private readonly byNamespace = new Map<string, Map<string, CompiledPolicy>>();
  private readonly selected = new WeakMap<Station, Selected>();
  private epoch = 0;
  private count = 0;

  constructor(subjects: PolicySubjects) {
    this.subjects = subjects;
  }

  /** False while there is no policy at all. */
  get active(): boolean {
    return this.count > 0;
  }

  set(policy: NetworkPolicy): void {
    const compiled = new CompiledPolicy(policy);
    const { namespace, key } = compiled;
    let members = this.byNamespace.get(namespace);
    if (members === undefined) this.byNamespace.set(namespace, (members = new Map<string, CompiledPolicy>()));
    if (!members.has(key)) this.count++;
    members.set(key, compiled);
    this.changed();
  }

  remove(namespace: string, key: string): void {
    const members = this.byNamespace.get(namespace);
    if (members?.delete(key) !== true) return;
    if (members.size === 0) this.byNamespace.delete(namespace);
    this.count--;
    this.changed();
  }

  /** Labels or ports of a subject have changed: nothing that was worked out before counts. */
  changed(): void {
    this.epoch++;
  }

  /**
   * What `subject`'s policies say of traffic with `peer` (its station, if it has one) to `port` of the receiving end;
   * undefined when none selects it for this direction, or the traffic is none of their business.
   */
  verdict(
    direction: Direction,
    subject: Station,
    traffic: { peer: Station | undefined; address: number; port: number; protocol: Protocol },
  ): Verdict | undefined {
    const { peer, address, port, protocol } = traffic;
    if (this.count === 0 || subject.kind !== "pod" || peer === subject) return undefined;
    if (peer?.kind === "node" && peer.node === subject.node) return undefined;
    const selected = this.selectedBy(subject);
    const policies = selected[direction];
    if (policies.length === 0) return undefined;
    const key = (address * 65536 + port) * 4 + (protocol === "UDP" ? 2 : 0) + (direction === "egress" ? 1 : 0);
    const known = selected.verdicts.get(key);
    if (known !== undefined && known.peer === peer) return known.verdict;
    const verdict = this.decide(direction, subject, { ...traffic, policies });
    if (this.heardOf(subject) && this.heardOf(peer)) {
      if (selected.verdicts.size >= MAX_VERDICTS) selected.verdicts.clear();
      selected.verdicts.set(key, { verdict, peer });
    }
    return verdict;
  }

  private decide(
    direction: Direction,
    subject: Station,
    traffic: {
      peer: Station | undefined;
      address: number;
      port: number;
      protocol: Protocol;
      policies: readonly CompiledPolicy[];
    },
  ): Verdict {
    const { peer: station, address, port, protocol, policies } = traffic;
    const peer = this.peerAt(station, address);
    const receiver = direction === "ingress" ? subject : station;
    const target = { port, protocol, pod: receiver === undefined ? undefined : this.podOf(receiver) };
    const at = subject.name;
    const who = station?.name ?? formatAddress(address);
    const what = port === 0 ? "ICMP" : `port ${port} (${protocol})`;
    const way = direction === "ingress" ? `${who} to ${what}` : `it to ${who}, ${what}`;
    for (const policy of policies) {
      const rule = policy.allowing(direction, peer, target);
      if (rule === undefined) continue;
      const reason = `policy ${policy.key}, ${rule}, lets ${way}`;
      return { allowed: true, direction, at, policies: [policy.key], rule, reason };
    }
    const keys = policies.map(({ key }) => key);
    const names = keys.length === 1 ? `policy ${keys[0]} isolates` : `policies ${keys.join(", ")} isolate`;
    const reason = `${names} ${at} for ${direction}, and no rule lets ${way}`;
    return { allowed: false, direction, at, policies: keys, reason };
  }

  private selectedBy(subject: Station): Selected {
    const known = this.selected.get(subject);
    if (known !== undefined && known.epoch === this.epoch) return known;
    const labels = this.podOf(subject)?.metadata.labels;
    const members = this.byNamespace.get(subject.podNamespace);
    const matching = members === undefined ? [] : [...members.values()].filter((each) => each.selector.matches(labels));
    const isolating = (direction: Direction): readonly CompiledPolicy[] =>
      matching.length === 0 ? NONE : matching.filter((each) => each.isolates(direction));
    const selected = {
      epoch: this.epoch,
      ingress: isolating("ingress"),
      egress: isolating("egress"),
      verdicts: new Map<number, { verdict: Verdict; peer: Station | undefined }>(),
    };
    if (this.heardOf(subject)) this.selected.set(subject, selected);
    return selected;
  }

  private peerAt(station: Station | undefined, address: number): Peer {
    if (station?.kind !== "pod") return { address };
    const namespace = station.podNamespace;
    const labels = this.podOf(station)?.metadata.labels;
    return { address, namespace, namespaceLabels: this.subjects.namespaceLabels(namespace), labels };
  }

  private podOf(station: Station): Pod | undefined {
    return station.kind === "pod" ? this.subjects.pod(station.podKey) : undefined;
  }

  private heardOf(station: Station | undefined): boolean {
    return station?.kind !== "pod" || this.podOf(station) !== undefined;
  }
}
