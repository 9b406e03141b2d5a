/** Why a node is not ready: its power, its link, its kubelet, its pod network, in that order. */
import type { Node } from "../api/generated/types.ts";
import { nodes, pods } from "../api/registry.ts";
import type { ClusterFacts, MachineFacts } from "./facts.ts";

export interface NodeTrouble {
  cause: string;
  change?: string;
  command?: string;
}

/** A new node has its first conditions by then. */
const REGISTRATION_MS = 5000;
const UNCONFIGURED = /cni plugin not initialized/;
/** What brings a whole cluster its pod network. */
const POD_NETWORK = "https://github.com/flannel-io/flannel/releases/latest/download/kube-flannel.yml";
/** A configuration that names plugins which every node has. */
const CNI_CONFIG = '{"name":"bridge","type":"bridge","ipam":{"type":"host-local"}}';

/** Undefined of a node that is ready. `node`: as the API server has it. */
export function nodeTrouble(name: string, node: Node | undefined, facts: ClusterFacts): NodeTrouble | undefined {
  const condition = node?.status.conditions?.find(({ type }) => type === "Ready");
  if (condition?.status === "True") return undefined;
  const told = condition?.message ?? "it is gone";
  const machine = facts.machine(name);
  if (machine === undefined) return { cause: told };
  const found = machineTrouble(name, machine);
  if (found !== undefined) return { ...found, cause: `${told.replace(/\.$/, "")}: ${found.cause}` };
  if (UNCONFIGURED.test(told)) {
    if (facts.list(nodes, "").every(neverHadNetwork)) return { cause: told, ...podNetwork(node, facts) };
    const write = `echo '${CNI_CONFIG}' | sudo tee /etc/cni/net.d/10-bridge.conf`;
    return {
      cause: told,
      change: "give its pod network a configuration",
      command: `minikube ssh -n ${name} "sudo mkdir -p /etc/cni/net.d; ${write.replaceAll('"', '\\"')}"`,
    };
  }
  if (machine.says === undefined) return { cause: told };
  return { cause: `${told.replace(/\.$/, "")}: its kubelet says ${machine.says}`, change: "correct what it names" };
}

/** Since it is there its kubelet says so: no pod network has come yet. */
function neverHadNetwork({ metadata, status }: Node): boolean {
  const condition = status.conditions?.find(({ type }) => type === "Ready");
  const since = Date.parse(condition?.lastTransitionTime ?? "") - Date.parse(metadata.creationTimestamp ?? "");
  return UNCONFIGURED.test(condition?.message ?? "") && since <= REGISTRATION_MS;
}

function podNetwork(node: Node | undefined, facts: ClusterFacts): Omit<NodeTrouble, "cause"> {
  const change = "apply a pod network";
  if (node?.spec.podCIDR !== undefined || givesRanges(facts))
    return { change, command: `kubectl apply -f ${POD_NETWORK}` };
  const flags = "--allocate-node-cidrs=true and --cluster-cidr";
  return { change: `have kube-controller-manager give nodes ranges of addresses (${flags}), then ${change}` };
}

/**
 * Whether nodes get ranges of addresses, so that those of one that has none yet are on their way: nothing says otherwise
 * while the controller manager's pod hasn't been told of, which takes kubelet a moment.
 */
function givesRanges(facts: ClusterFacts): boolean {
  const managers = facts
    .list(pods, "kube-system")
    .filter(({ metadata }) => metadata.labels?.["component"] === "kube-controller-manager");
  const words = managers.flatMap(({ spec }) =>
    spec.containers.flatMap(({ command = [], args = [] }) => [...command, ...args]),
  );
  return managers.length === 0 || words.some((word) => /^--allocate-node-cidrs(=true)?$/.test(word));
}

function machineTrouble(name: string, { powered, connected, kubelet, says }: MachineFacts): NodeTrouble | undefined {
  if (!powered) return { cause: "the machine is off", change: "switch it on", command: `drydock power on ${name}` };
  if (kubelet === "inactive") {
    const command = `minikube ssh -n ${name} 'sudo systemctl start kubelet'`;
    return { cause: "its kubelet is stopped", change: "start it", command };
  }
  if (kubelet === "activating") {
    const cause = `its kubelet ends as soon as it is started${says === undefined ? "" : `: ${says}`}`;
    return { cause, change: "correct what it says in journalctl -u kubelet" };
  }
  if (connected) return undefined;
  return {
    cause: "no link leads to the control plane",
    change: "mend its links",
    command: `drydock link ${name} mend`,
  };
}
