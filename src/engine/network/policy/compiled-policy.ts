/** A NetworkPolicy made ready for questions. Upstream: pkg/apis/networking/types.go says what its fields mean. */
import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, Pod } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { labelSelectorAsSelector } from "../../api/meta/selectors.ts";
import type { Labels, Selector } from "../../api/meta/selectors.ts";
import { inRange, parseRange } from "../address.ts";
import type { Range } from "../address.ts";
import type { Protocol } from "../service-rules.ts";

export type Direction = "ingress" | "egress";

/** The other side of the traffic; without `namespace` it is no pod of the cluster's pod network. */
export interface Peer {
  readonly address: number;
  readonly namespace?: string;
  readonly namespaceLabels?: Labels | undefined;
  readonly labels?: Labels | undefined;
}

/** What the traffic is addressed to. `pod` is the one at that end, for ports that policies name. */
export interface PolicyTarget {
  readonly port: number;
  readonly protocol: Protocol;
  readonly pod: Pod | undefined;
}

type PeerTest = (peer: Peer) => boolean;
type PortTest = (target: PolicyTarget) => boolean;

/** One item of `ingress` or `egress`. Absent tests let everything through. */
interface PolicyRule {
  readonly name: string;
  readonly peers: readonly PeerTest[] | undefined;
  readonly ports: readonly PortTest[] | undefined;
}

export class CompiledPolicy {
  /** `namespace/name`. */
  readonly key: string;
  readonly namespace: string;
  readonly selector: Selector;
  private readonly rules: Readonly<Record<Direction, readonly PolicyRule[] | undefined>>;

  constructor(policy: NetworkPolicy) {
    const { podSelector = {}, ingress = [], egress = [], policyTypes = [] } = policy.spec;
    const { namespace } = policy.metadata;
    this.key = keyOf(policy);
    this.namespace = namespace;
    this.selector = labelSelectorAsSelector(podSelector);
    const compile = (direction: Direction, rules: readonly { ports?: NetworkPolicyPort[] | undefined }[]) =>
      rules.map((rule, index): PolicyRule => ({
        name: `${direction}[${index}]`,
        peers: testsOf("from" in rule ? rule.from : "to" in rule ? rule.to : undefined, namespace),
        ports: rule.ports === undefined || rule.ports.length === 0 ? undefined : rule.ports.map(portTest),
      }));
    this.rules = {
      ingress: policyTypes.includes("Ingress") ? compile("ingress", ingress) : undefined,
      egress: policyTypes.includes("Egress") ? compile("egress", egress) : undefined,
    };
  }

  /** Whether what it selects is cut off in this direction from all that it doesn't allow. */
  isolates(direction: Direction): boolean {
    return this.rules[direction] !== undefined;
  }

  /** The first rule that allows this traffic. */
  allowing(direction: Direction, peer: Peer, target: PolicyTarget): string | undefined {
    for (const { name, peers, ports } of this.rules[direction] ?? []) {
      if (ports !== undefined && !ports.some((test) => test(target))) continue;
      if (peers === undefined || peers.some((test) => test(peer))) return name;
    }
    return undefined;
  }
}

function testsOf(peers: unknown, namespace: string): PeerTest[] | undefined {
  const list = (peers ?? []) as readonly NetworkPolicyPeer[];
  return list.length === 0 ? undefined : list.map((peer) => peerTest(peer, namespace));
}

function peerTest({ ipBlock, namespaceSelector, podSelector }: NetworkPolicyPeer, own: string): PeerTest {
  if (ipBlock !== undefined) return blockTest(ipBlock);
  const pods = podSelector === undefined ? undefined : labelSelectorAsSelector(podSelector);
  const namespaces = namespaceSelector === undefined ? undefined : labelSelectorAsSelector(namespaceSelector);
  return ({ namespace, namespaceLabels, labels }) => {
    if (namespace === undefined) return false;
    if (namespaces === undefined ? namespace !== own : !namespaces.matches(namespaceLabels)) return false;
    return pods === undefined || pods.matches(labels);
  };
}

function blockTest({ cidr, except = [] }: IPBlock): PeerTest {
  const range = parseRange(cidr);
  const holes: (Range | undefined)[] = except.map(parseRange);
  return ({ address }) => inRange(range, address) && !holes.some((hole) => inRange(hole, address));
}

function portTest({ port, endPort, protocol = "TCP" }: NetworkPolicyPort): PortTest {
  if (port === undefined) return (target) => target.protocol === protocol;
  if (typeof port === "number") {
    const last = endPort ?? port;
    return (target) => target.protocol === protocol && target.port >= port && target.port <= last;
  }
  return (target) => target.protocol === protocol && hasPort(target, port);
}

/** Whether the pod at that end calls this port so. */
function hasPort({ pod, port, protocol }: PolicyTarget, name: string): boolean {
  for (const { ports = [] } of pod?.spec.containers ?? []) {
    for (const known of ports) {
      if (known.name === name && known.containerPort === port && (known.protocol ?? "TCP") === protocol) return true;
    }
  }
  return false;
}
