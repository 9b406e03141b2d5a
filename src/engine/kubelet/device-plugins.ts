/**
 * Drivers of devices on a node, and what pods get of the devices that they claim. Upstream: pkg/kubelet/cm/dra/manager.go.
 *
 * **Simplified:** what a driver has a container see of its devices are variables of its environment; nothing is undone
 * when the pod ends.
 */
import { claimNameOf, isReservedFor, owningPod } from "../api/dra/pod-claims.ts";
import { resourceClaims } from "../api/dra/resource-claim.ts";
import { resourceSlices } from "../api/dra/resource-slice.ts";
import type { Container, DeviceRequestAllocationResult, Pod, ResourceResourceClaim } from "../api/generated/types.ts";
import { StatusError } from "../api/meta/status-error.ts";
import type { Client } from "../client/client.ts";
import type { KubeletContext } from "./kubelet-context.ts";

/** From a driver's end until its devices are no longer offered. */
const WIPE_MS = 30_000;

export interface DeviceDriver {
  readonly name: string;
  /** Variables that a container sees with a device of a claim. Throws an Error when it can't be prepared. */
  prepare(claim: ResourceResourceClaim, device: DeviceRequestAllocationResult): Readonly<Record<string, string>>;
}

/** Why a pod's devices can't be prepared. */
export class PrepareError extends Error {}

interface Prepared {
  readonly result: DeviceRequestAllocationResult;
  readonly env: Readonly<Record<string, string>>;
}

/** By the name that the claim has in the pod. */
type PreparedClaims = ReadonlyMap<string, readonly Prepared[]>;

export class DevicePlugins {
  private readonly ctx: KubeletContext;
  private readonly drivers = new Map<string, DeviceDriver>();
  /** By the pod's uid. */
  private readonly prepared = new Map<string, PreparedClaims>();

  constructor(ctx: KubeletContext) {
    this.ctx = ctx;
  }

  register(driver: DeviceDriver): void {
    this.drivers.set(driver.name, driver);
  }

  /** A driver's plugin has gone: unless it comes back soon, nobody is offered its devices any more. */
  deregister(driver: DeviceDriver): void {
    if (this.drivers.get(driver.name) !== driver) return;
    this.drivers.delete(driver.name);
    const { sim, client, node } = this.ctx;
    sim.after(
      WIPE_MS,
      () => {
        if (!this.ctx.active || this.drivers.has(driver.name)) return;
        wipeSlices(client, { nodeName: node.name, driver: driver.name });
      },
      { background: true },
    );
  }

  /** Once for each pod; throws a PrepareError. */
  prepare(pod: Pod): void {
    const { uid, namespace } = pod.metadata;
    if (pod.spec.resourceClaims === undefined || this.prepared.has(uid)) return;
    const claims = new Map<string, readonly Prepared[]>();
    for (const podClaim of pod.spec.resourceClaims) {
      const name = claimNameOf(pod, podClaim);
      if (name === undefined) {
        throw new PrepareError(`pod "${namespace}/${pod.metadata.name}": ResourceClaim not created yet`);
      }
      claims.set(
        podClaim.name,
        this.prepareClaim(pod, this.claim(namespace, name), podClaim.resourceClaimTemplateName),
      );
    }
    this.prepared.set(uid, claims);
  }

  forget(pod: Pod): void {
    this.prepared.delete(pod.metadata.uid);
  }

  /** What a container sees of the devices that it names. */
  environment({ metadata }: Pod, container: Container): Readonly<Record<string, string>> {
    const claims = this.prepared.get(metadata.uid);
    if (claims === undefined) return NONE;
    const env: Record<string, string> = {};
    for (const { name, request = "" } of container.resources?.claims ?? []) {
      for (const { result, env: own } of claims.get(name) ?? []) {
        const isMeant = request === "" || request === result.request || request === result.request.split("/")[0];
        if (isMeant) Object.assign(env, own);
      }
    }
    return env;
  }

  private claim(namespace: string, name: string): ResourceResourceClaim {
    try {
      return this.ctx.client.resource(resourceClaims).get(namespace, name);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      throw new PrepareError(`fetch ResourceClaim ${name}: ${error.message}`);
    }
  }

  private prepareClaim(pod: Pod, claim: ResourceResourceClaim, template: string | undefined): Prepared[] {
    const { name, namespace, uid } = claim.metadata;
    const about = `${namespace}/${pod.metadata.name}`;
    if (template !== undefined && owningPod(claim)?.uid !== pod.metadata.uid) {
      throw new PrepareError(`ResourceClaim ${namespace}/${name} was not created for Pod ${about} (Pod is not owner)`);
    }
    if (!isReservedFor(claim, pod)) {
      const which = `${pod.metadata.name} (${pod.metadata.uid})`;
      throw new PrepareError(`pod ${which} is not allowed to use ResourceClaim ${name} (${uid})`);
    }
    const results = claim.status?.allocation?.devices?.results;
    if (results === undefined) throw new PrepareError(`ResourceClaim ${name}: not allocated`);
    return results.map((result) => {
      const driver = this.drivers.get(result.driver);
      if (driver === undefined) throw new PrepareError(`DRA driver ${result.driver} is not registered`);
      try {
        return { result, env: driver.prepare(claim, result) };
      } catch (error) {
        const why = (error as Error).message;
        throw new PrepareError(`NodePrepareResources failed for ResourceClaim ${name}: ${why}`);
      }
    });
  }
}

const NONE: Readonly<Record<string, string>> = {};

function wipeSlices(client: Client, { nodeName, driver }: { nodeName: string; driver: string }): void {
  const options = { fieldSelector: `spec.nodeName=${nodeName},spec.driver=${driver}` };
  try {
    client.transport.request(client.build(resourceSlices, "deletecollection", { namespace: "", name: "", options }));
  } catch (error) {
    // Who can't be reached is told at the next registration.
    if (!(error instanceof StatusError)) throw error;
  }
}
