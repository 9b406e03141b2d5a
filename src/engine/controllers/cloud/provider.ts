/** What a cloud tells its controllers, and does for them. Upstream: k8s.io/cloud-provider (cloud.go). */
import type { Service } from "../../api/generated/types.ts";

export interface CloudInstance {
  /** `gce://project/zone/name` */
  providerID: string;
  type: string;
  zone: string;
  region: string;
  addresses: readonly { type: string; address: string }[];
  /** The machine is there, and off. */
  shutDown: boolean;
}

/** A request that the cloud refused. */
export class CloudError extends Error {}

export interface CloudProvider {
  /** How long making or changing a load balancer takes, in virtual milliseconds. */
  readonly balancerMs: number;
  /** undefined: there is no such machine any more. */
  instance(node: string): CloudInstance | undefined;
  /** The address of the service's load balancer, made if need be. Throws a `CloudError`. */
  ensureLoadBalancer(service: Service, nodes: readonly string[]): { ip: string };
  deleteLoadBalancer(service: string): void;
}
