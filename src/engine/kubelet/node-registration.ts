/**
 * Registers a node, keeps its status and its lease. Upstream: kubelet_node_status.go, component-helpers
 * apimachinery/lease/controller.go.
 *
 * **Simplified:** a node whose object was deleted comes back at the next status update.
 */
import { nodes } from "../api/core/node.ts";
import { leases } from "../api/coordination/lease.ts";
import type { Lease, Node } from "../api/generated/types.ts";
import { StatusError, isAlreadyExists, isNotFound } from "../api/meta/status-error.ts";
import { formatMicroTime } from "../base/time.ts";
import type { Timer } from "../sim/event-queue.ts";
import type { Kubelet } from "./kubelet.ts";
import { registerDrivers } from "./driver-registration.ts";
import { isNetworkReady, advertisedResources, nodeLabels, nodeStatus, sameNodeStatus } from "./node-status.ts";

const LEASE_NAMESPACE = "kube-node-lease";
const LEASE_SECONDS = 40;
const RENEW = 10_000;
/** The status is looked at as often as the configuration says and written when it differs, or when this much time has passed. */
const STATUS_REPORT = 300_000;
const REGISTER_RETRY = 1000;
const COMPLAINT_PERIOD = 7000;
const BACKGROUND = { background: true };

export class NodeRegistration {
  /** The newest version of the node's object that this kubelet has seen. */
  object: Node | undefined;
  bootId = "";
  private readonly ctx: Kubelet;
  private readonly onNode: (node: Node) => void;
  private lease: Lease | undefined;
  private leaseTimer: Timer | undefined;
  private statusTimer: Timer | undefined;
  private soon: Timer | undefined;
  private reported = 0;
  private quietUntil = 0;
  /** What was last told of whether pods may be placed here. */
  private unschedulable = false;

  constructor(ctx: Kubelet, onNode: (node: Node) => void) {
    this.ctx = ctx;
    this.onNode = onNode;
  }

  start(): void {
    this.register();
    this.renew();
  }

  stop(): void {
    const { sim } = this.ctx;
    for (const timer of [this.leaseTimer, this.statusTimer, this.soon]) sim.cancel(timer);
    this.soon = undefined;
  }

  /** Something that the status shows has changed (an image came): it goes out with the next check. */
  changed(): void {
    if (this.object === undefined || this.soon?.state === "scheduled") return;
    this.soon = this.ctx.sim.after(this.ctx.settings.statusCheckMs, () => this.report(), BACKGROUND);
  }

  /** What the conditions say has changed. */
  reportNow(): void {
    if (this.object !== undefined && this.ctx.active) this.report();
  }

  /** The informer brought a newer object. */
  observe(node: Node): void {
    const networkBefore = this.object?.spec.podCIDR;
    const lost = isUnknown(node) && !isUnknown(this.object);
    this.object = node;
    this.onNode(node);
    // Upstream looks at the object every ten seconds: what another has written there doesn't stay.
    if (lost || hasNews(node) || isUnschedulable(node) !== this.unschedulable) this.changed();
    if (networkBefore !== node.spec.podCIDR) this.report();
  }

  private register(): void {
    const { ctx } = this;
    const { name, podCIDR } = ctx.node;
    const taints = ctx.settings.taints ?? ctx.node.taints;
    const client = ctx.client.resource(nodes);
    try {
      let node: Node;
      try {
        node = client.create({
          metadata: {
            name,
            labels: nodeLabels(ctx.node),
            annotations: { "volumes.kubernetes.io/controller-managed-attach-detach": "true" },
          },
          spec: {
            ...(podCIDR !== undefined && { podCIDR, podCIDRs: [podCIDR] }),
            ...(taints !== undefined && taints.length > 0 && { taints: [...taints] }),
          },
          status: {},
        });
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
        node = client.get("", name);
      }
      this.object = node;
      this.onNode(node);
      registerDrivers(ctx, node);
      ctx.tellNode("Starting", "Starting kubelet.");
      ctx.eviction.tellAll();
      ctx.tellNode("NodeAllocatableEnforced", "Updated Node Allocatable limit across pods");
      this.report();
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      this.complain(["kubelet_node_status.go:107", "Unable to register node with API server"], error, { node: name });
      this.statusTimer = ctx.sim.after(REGISTER_RETRY, () => this.register());
    }
  }

  private report(): void {
    const { ctx } = this;
    const { sim } = ctx;
    sim.cancel(this.statusTimer);
    sim.cancel(this.soon);
    this.statusTimer = sim.after(STATUS_REPORT, () => this.report(), BACKGROUND);
    try {
      const client = ctx.client.resource(nodes);
      const node = client.get("", ctx.node.name);
      this.tellSchedulable(node);
      const status = nodeStatus(ctx.node, {
        before: node.status,
        images: ctx.runtime.images.list(),
        runtimeVersion: ctx.runtime.version,
        bootId: this.bootId,
        kubeletVersion: ctx.release,
        settings: ctx.settings,
        networkReady: isNetworkReady(ctx),
        shuttingDown: ctx.shutdown.underWay,
        pressures: ctx.eviction.pressures,
        volumesInUse: ctx.volumesInUse(),
        now: sim.now,
      });
      if (sameNodeStatus(node.status, status) && sim.now - this.reported < STATUS_REPORT) return;
      const before = node.status.conditions?.find(({ type }) => type === "Ready")?.status;
      this.reported = sim.now;
      this.object = client.updateStatus({ ...node, status });
      this.tellBoot(node);
      const after = status.conditions?.find(({ type }) => type === "Ready")?.status;
      if (before !== after) this.tellReady(after === "True", before === undefined);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      sim.cancel(this.statusTimer);
      const { message } = error;
      if (!isNotFound(error)) {
        const err = `error getting node ${JSON.stringify(ctx.node.name)}: ${message}`;
        ctx.log.error("kubelet_node_status.go:474", "Error updating node status, will retry", { err });
      }
      if (isNotFound(error)) this.register();
      else this.statusTimer = sim.after(ctx.settings.statusCheckMs, () => this.report(), BACKGROUND);
    }
  }

  /** What is tried each second is told of as often as upstream, whose waits grow to seven. */
  private complain(
    [place, message]: readonly [string, string],
    error: StatusError,
    values: Readonly<Record<string, string>>,
  ): void {
    const { sim, log } = this.ctx;
    if (sim.now < this.quietUntil) return;
    this.quietUntil = sim.now + COMPLAINT_PERIOD;
    log.error(place, message, { err: error.message, ...values });
  }

  /** The first status of a node is no change. */
  private tellReady(ready: boolean, isFirst: boolean): void {
    const { ctx } = this;
    const reason = ready ? "NodeReady" : "NodeNotReady";
    if (!isFirst) this.tellStatus(reason);
    ctx.sim.record("node", { actor: ctx.actor, subject: `nodes/${ctx.node.name}`, detail: reason });
  }

  private tellSchedulable(node: Node): void {
    const now = isUnschedulable(node);
    if (now === this.unschedulable) return;
    this.unschedulable = now;
    this.tellStatus(now ? "NodeNotSchedulable" : "NodeSchedulable");
  }

  private tellBoot({ metadata, status }: Node): void {
    const before = status?.nodeInfo?.bootID ?? "";
    if (before === "" || before === this.bootId) return;
    this.ctx.tellNode("Rebooted", `Node ${metadata.name} has been rebooted, boot id: ${this.bootId}`, "Warning");
  }

  private tellStatus(reason: string): void {
    this.ctx.tellNode(reason, `Node ${this.ctx.node.name} status is now: ${reason}`);
  }

  /** One request each ten seconds: the lease's object is kept, not read again. */
  private renew(): void {
    const { ctx } = this;
    const { sim, node } = ctx;
    this.leaseTimer = sim.after(RENEW, () => this.renew(), BACKGROUND);
    const renewTime = formatMicroTime(sim.now);
    try {
      const client = ctx.client.resource(leases);
      this.lease =
        this.lease === undefined
          ? this.createLease(renewTime)
          : client.update({ ...this.lease, spec: { ...this.lease.spec, renewTime } });
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      this.lease = undefined;
      const values = { err: error.message, interval: "7s" };
      ctx.log.error("controller.go:145", "Failed to ensure lease exists, will retry", values);
    }
    if (this.object === undefined || this.lease === undefined) return;
    const owner = this.lease.metadata.ownerReferences?.[0];
    if (owner === undefined) {
      const ownerReferences = [{ apiVersion: "v1", kind: "Node", name: node.name, uid: this.object.metadata.uid }];
      this.lease = { ...this.lease, metadata: { ...this.lease.metadata, ownerReferences } };
    }
  }

  private createLease(renewTime: string): Lease {
    const { ctx } = this;
    const { name } = ctx.node;
    const client = ctx.client.resource(leases);
    const owner = this.object;
    try {
      return client.create({
        metadata: {
          name,
          namespace: LEASE_NAMESPACE,
          ...(owner !== undefined && {
            ownerReferences: [{ apiVersion: "v1", kind: "Node", name, uid: owner.metadata.uid }],
          }),
        },
        spec: { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime },
      });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const lease = client.get(LEASE_NAMESPACE, name);
      return client.update({ ...lease, spec: { ...lease.spec, holderIdentity: name, renewTime } });
    }
  }
}

/** True when the node controller has given the node up. */
function isUnknown(node: Node | undefined): boolean {
  return node?.status.conditions?.find(({ type }) => type === "Ready")?.status === "Unknown";
}

function isUnschedulable({ spec }: Node): boolean {
  return spec.unschedulable === true;
}

/** A resource was written into its capacity that is not on offer yet. */
function hasNews({ status }: Node): boolean {
  const advertised = advertisedResources(status);
  for (const name in advertised) if (status?.allocatable?.[name] !== advertised[name]) return true;
  return false;
}
