/**
 * cloud-controller-manager's part in nodes: what the cloud knows of a new one, and the end of those whose machines are
 * gone. Upstream: k8s.io/cloud-provider/controllers/{node,nodelifecycle}.
 */
import type { Node, Taint } from "../../api/generated/types.ts";
import { isConflict, isNotFound } from "../../api/meta/status-error.ts";
import { loopbackUser } from "../../api/meta/user-info.ts";
import { nodes } from "../../api/registry.ts";
import { SECOND } from "../../base/time.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";
import { nodeCondition } from "../node-lifecycle/taints.ts";
import type { CloudInstance, CloudProvider } from "./provider.ts";

export const UNINITIALIZED: Taint = {
  key: "node.cloudprovider.kubernetes.io/uninitialized",
  value: "true",
  effect: "NoSchedule",
};
const SHUTDOWN: Taint = { key: "node.cloudprovider.kubernetes.io/shutdown", effect: "NoSchedule" };
/** `--node-monitor-period` */
const MONITOR_MS = 5 * SECOND;

export function cloudNodeController(cloud: CloudProvider): ControllerDefinition<Node> {
  return defineController<Node>({
    name: "cloud-node-controller",
    account: loopbackUser,
    for: nodes,
    keys: (node) => (isNew(node) ? [node.metadata.name] : []),
    reconcile: (ctx, name) => initialize(ctx, cloud, name),
  });
}

function isNew({ spec }: Node): boolean {
  return spec.taints?.some(({ key }) => key === UNINITIALIZED.key) === true;
}

function initialize(ctx: ControllerContext, cloud: CloudProvider, name: string): ReconcileResult {
  const node = ctx.lister(nodes).get(name);
  const instance = cloud.instance(name);
  if (node === undefined || !isNew(node) || instance === undefined) return {};
  const client = ctx.client.resource<Node>(nodes);
  const fresh = client.get("", name);
  const taints = (fresh.spec.taints ?? []).filter(({ key }) => key !== UNINITIALIZED.key);
  const { taints: _, ...spec } = fresh.spec;
  try {
    const updated = client.update({
      ...fresh,
      metadata: { ...fresh.metadata, labels: { ...fresh.metadata.labels, ...labelsOf(instance) } },
      spec: { ...spec, providerID: instance.providerID, ...(taints.length > 0 && { taints }) },
    });
    const addresses = [...instance.addresses];
    client.updateStatus({ ...updated, status: { ...updated.status, addresses } });
  } catch (error) {
    if (isConflict(error)) return { requeueAfter: 10 };
    throw error;
  }
  ctx.events.event(node, "Normal", { reason: "Synced", message: "Node synced successfully" });
  return {};
}

function labelsOf({ type, zone, region }: CloudInstance): Record<string, string> {
  return {
    "beta.kubernetes.io/instance-type": type,
    "failure-domain.beta.kubernetes.io/region": region,
    "failure-domain.beta.kubernetes.io/zone": zone,
    "node.kubernetes.io/instance-type": type,
    "topology.kubernetes.io/region": region,
    "topology.kubernetes.io/zone": zone,
  };
}

/** Asks the cloud every 5 s about nodes that are not ready; an idle cluster asks nothing. */
export function cloudNodeLifecycleController(cloud: CloudProvider): ControllerDefinition<Node> {
  return defineController<Node>({
    name: "cloud-node-lifecycle-controller",
    account: loopbackUser,
    for: nodes,
    keys: ({ metadata }) => [metadata.name],
    isRelevant: (node, old) => node.spec !== old.spec || node.status.conditions !== old.status.conditions,
    reconcile: (ctx, name) => monitor(ctx, cloud, name),
  });
}

function monitor(ctx: ControllerContext, cloud: CloudProvider, name: string): ReconcileResult {
  const node = ctx.lister(nodes).get(name);
  if (node === undefined || isNew(node)) return {};
  const isDown = node.spec.taints?.some(({ key }) => key === SHUTDOWN.key) === true;
  if (nodeCondition(node, "Ready")?.status === "True") {
    if (isDown) setShutdown(ctx, name, false);
    return {};
  }
  const again = { requeueAfter: MONITOR_MS, background: true };
  const instance = cloud.instance(name);
  if (instance === undefined) {
    const message = `Deleting node ${name} because it does not exist in the cloud provider`;
    ctx.events.event(node, "Normal", { reason: "DeletingNode", message });
    try {
      ctx.client.resource(nodes).delete("", name);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return {};
  }
  if (instance.shutDown && !isDown) setShutdown(ctx, name, true);
  return again;
}

function setShutdown(ctx: ControllerContext, name: string, down: boolean): void {
  const client = ctx.client.resource<Node>(nodes);
  const fresh = client.get("", name);
  const { taints = [], ...spec } = fresh.spec;
  const others = taints.filter(({ key }) => key !== SHUTDOWN.key);
  const next = down ? [...others, SHUTDOWN] : others;
  client.update({ ...fresh, spec: { ...spec, ...(next.length > 0 && { taints: next }) } });
}
