/**
 * Whether the server behind an APIService can be reached, in the order in which that is looked at. Upstream: kube-aggregator
 * pkg/controllers/status/remote/remote_available_controller.go.
 */
import type { APIService, EndpointSlice, Service } from "../../api/generated/types.ts";

export interface Verdict {
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

/** What is asked of the world around. */
export interface AvailabilityFacts {
  service(namespace: string, name: string): Service | undefined;
  slices(namespace: string, service: string): readonly EndpointSlice[];
  /** Undefined: discovery answered; otherwise why it didn't. `url` is where it was asked. */
  discover(url: string): string | undefined;
}

export const PASSED: Verdict = { status: "True", reason: "Passed", message: "all checks passed" };

/** Undefined for a registration of the server itself. */
export function availabilityOf({ spec }: APIService, facts: AvailabilityFacts): Verdict | undefined {
  const { service: reference, group = "", version = "" } = spec;
  if (reference === undefined) return undefined;
  const { namespace = "", name = "", port = 443 } = reference;
  const fail = (reason: string, message: string): Verdict => ({ status: "False", reason, message });
  const shown = `service/${name} in ${JSON.stringify(namespace)}`;
  const service = facts.service(namespace, name);
  if (service === undefined) return fail("ServiceNotFound", `${shown} is not present`);
  if (service.spec?.type === "ClusterIP") {
    const found = service.spec.ports?.find((each) => each.port === port);
    if (found === undefined) return fail("ServicePortError", `${shown} is not listening on port ${port}`);
    const slices = facts.slices(namespace, name);
    if (slices.length === 0) return fail("EndpointsNotFound", `cannot find endpointslices for ${shown}`);
    const portName = found.name ?? "";
    if (!slices.some((slice) => isActive(slice, portName))) {
      const message = `endpointslices for ${shown} have no addresses with port name ${JSON.stringify(portName)}`;
      return fail("MissingEndpoints", message);
    }
  }
  const url = `${baseUrl(service, port)}/apis/${group}/${version}`;
  const failure = facts.discover(url);
  if (failure === undefined) return PASSED;
  return fail("FailedDiscoveryCheck", failure);
}

/** Where a service is asked: at its cluster IP, as without `--enable-aggregator-routing`. */
export function baseUrl({ spec }: Service, port: number): string {
  const address = spec?.clusterIP ?? "";
  return `https://${address.includes(":") ? `[${address}]` : address}:${port}`;
}

function isActive({ endpoints = [], ports = [] }: EndpointSlice, portName: string): boolean {
  const ready = endpoints.some(({ conditions }) => conditions?.ready !== false);
  return ready && (ports ?? []).some(({ name = "", port }) => name === portName && port !== undefined);
}
