/**
 * The service controller: a load balancer for each service that asks for one.
 * Upstream: k8s.io/cloud-provider/controllers/service/controller.go.
 */
import type { Node, Service } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { loopbackUser } from "../../api/meta/user-info.ts";
import { nodes, services } from "../../api/registry.ts";
import { deepEqual } from "../../base/json.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";
import { nodeCondition } from "../node-lifecycle/taints.ts";
import { UNINITIALIZED } from "./nodes.ts";
import { CloudError } from "./provider.ts";
import type { CloudProvider } from "./provider.ts";

const FINALIZER = "service.kubernetes.io/load-balancer-cleanup";
const EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers";
const FAILED_RETRY_MS = 5000;

interface State {
  /** Services whose load balancer is being made, and until when. */
  readonly making: Map<string, number>;
  /** The same of those that are being taken away. */
  readonly removing: Map<string, number>;
  /** By service: the nodes behind its load balancer. */
  readonly hosts: Map<string, string>;
}

export function cloudServiceController(cloud: CloudProvider): ControllerDefinition<Service> {
  const state: State = { making: new Map(), removing: new Map(), hosts: new Map() };
  return defineController<Service>({
    name: "service-controller",
    account: loopbackUser,
    for: services,
    keys: (service) => (wantsBalancer(service) || hasFinalizer(service) ? [keyOf(service)] : []),
    setup(informers, ctx) {
      // Which machines are behind the load balancers changes with the nodes.
      const wake = (): void => {
        for (const key of state.hosts.keys()) ctx.enqueue(key);
      };
      informers.informer(nodes).addHandler({
        onAdd: wake,
        onDelete: wake,
        onUpdate: (node, old) => {
          if (isHost(node) !== isHost(old)) wake();
        },
      });
    },
    reconcile: (ctx, key) => reconcile(ctx, cloud, { key, state }),
  });
}

/** Others look after a service with a class of its own. */
function wantsBalancer({ spec, metadata }: Service): boolean {
  return (
    spec.type === "LoadBalancer" && spec.loadBalancerClass === undefined && metadata.deletionTimestamp === undefined
  );
}

function hasFinalizer({ metadata }: Service): boolean {
  return metadata.finalizers?.includes(FINALIZER) === true;
}

function isHost({ metadata, spec, status }: Node): boolean {
  if (metadata.labels?.[EXCLUDED] !== undefined || metadata.deletionTimestamp !== undefined) return false;
  if (spec.taints?.some(({ key }) => key === UNINITIALIZED.key) === true || spec.providerID === undefined) return false;
  return nodeCondition({ metadata, spec, status } as Node, "Ready")?.status === "True";
}

function hostsOf(ctx: ControllerContext): string[] {
  return [...ctx.lister(nodes).list()].filter(isHost).map(({ metadata }) => metadata.name);
}

function reconcile(
  ctx: ControllerContext,
  cloud: CloudProvider,
  { key, state }: { key: string; state: State },
): ReconcileResult {
  const service = ctx.lister(services).get(key);
  if (service === undefined) {
    state.hosts.delete(key);
    return {};
  }
  if (wantsBalancer(service)) return ensure(ctx, cloud, { service, state });
  return hasFinalizer(service) ? remove(ctx, cloud, { service, state }) : {};
}

function ensure(
  ctx: ControllerContext,
  cloud: CloudProvider,
  { service, state }: { service: Service; state: State },
): ReconcileResult {
  const key = keyOf(service);
  const tell = (type: "Normal" | "Warning", reason: string, message: string): void =>
    ctx.events.event(service, type, { reason, message });
  const hosts = hostsOf(ctx);
  const known = state.hosts.get(key);
  const has = (service.status?.loadBalancer?.ingress?.length ?? 0) > 0;
  if (has && known !== undefined && known !== hosts.join(" ")) {
    cloud.ensureLoadBalancer(service, hosts);
    state.hosts.set(key, hosts.join(" "));
    tell("Normal", "UpdatedLoadBalancer", "Updated load balancer with new hosts");
    if (hosts.length === 0) tell("Warning", "UnAvailableLoadBalancer", "There are no available nodes for LoadBalancer");
    return {};
  }
  if (has && known !== undefined) return {};
  const left = timeLeft(ctx, state.making, { key, ms: has ? 1 : cloud.balancerMs });
  if (left.began) {
    tell("Normal", "EnsuringLoadBalancer", "Ensuring load balancer");
    if (!hasFinalizer(service)) setFinalizer(ctx, service, true);
  }
  if (left.ms > 0) return { requeueAfter: left.ms };
  state.making.delete(key);
  try {
    const { ip } = cloud.ensureLoadBalancer(service, hosts);
    if (hosts.length === 0) tell("Warning", "UnAvailableLoadBalancer", "There are no available nodes for LoadBalancer");
    state.hosts.set(key, hosts.join(" "));
    setIngress(ctx, service, [{ ip, ipMode: "VIP" }]);
    tell("Normal", "EnsuredLoadBalancer", "Ensured load balancer");
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    const why = `Error syncing load balancer: failed to ensure load balancer: ${error.message}`;
    tell("Warning", "SyncLoadBalancerFailed", why);
    return { requeueAfter: FAILED_RETRY_MS, background: true };
  }
  return {};
}

function remove(
  ctx: ControllerContext,
  cloud: CloudProvider,
  { service, state }: { service: Service; state: State },
): ReconcileResult {
  const key = keyOf(service);
  const left = timeLeft(ctx, state.removing, { key, ms: cloud.balancerMs });
  if (left.began) {
    const message = "Deleting load balancer";
    ctx.events.event(service, "Normal", { reason: "DeletingLoadBalancer", message });
  }
  if (left.ms > 0) return { requeueAfter: left.ms };
  state.removing.delete(key);
  state.making.delete(key);
  state.hosts.delete(key);
  cloud.deleteLoadBalancer(key);
  setIngress(ctx, service, []);
  setFinalizer(ctx, service, false);
  ctx.events.event(service, "Normal", { reason: "DeletedLoadBalancer", message: "Deleted load balancer" });
  return {};
}

/** Until the cloud has done what it was asked for: whatever else wakes the controller meanwhile, it waits for that. */
function timeLeft(
  { sim }: ControllerContext,
  until: Map<string, number>,
  { key, ms }: { key: string; ms: number },
): { began: boolean; ms: number } {
  const known = until.get(key);
  if (known !== undefined) return { began: false, ms: Math.max(0, known - sim.now) };
  until.set(key, sim.now + ms);
  return { began: true, ms };
}

function setFinalizer(ctx: ControllerContext, { metadata }: Service, present: boolean): void {
  const client = ctx.client.resource<Service>(services);
  const fresh = client.get(metadata.namespace, metadata.name);
  const others = (fresh.metadata.finalizers ?? []).filter((kept) => kept !== FINALIZER);
  const finalizers = present ? [...others, FINALIZER] : others;
  client.update({ ...fresh, metadata: { ...fresh.metadata, finalizers } });
}

type Ingress = NonNullable<NonNullable<NonNullable<Service["status"]>["loadBalancer"]>["ingress"]>;

function setIngress(ctx: ControllerContext, { metadata }: Service, ingress: Ingress): void {
  const client = ctx.client.resource<Service>(services);
  const fresh = client.get(metadata.namespace, metadata.name);
  const loadBalancer = ingress.length === 0 ? {} : { ingress };
  if (deepEqual(fresh.status?.loadBalancer ?? {}, loadBalancer)) return;
  client.updateStatus({ ...fresh, status: { ...fresh.status, loadBalancer } });
}
