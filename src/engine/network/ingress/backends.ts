/** Which endpoint of which service a request goes to. Upstream: kubernetes/ingress-nginx rootfs/etc/nginx/lua/balancer. */
import type { ConfigMap, EndpointSlice, Secret, Service, ServicePort } from "../../api/generated/types.ts";
import { fnv1a32 } from "../../base/hash.ts";
import type { ServedRequest } from "../../runtime/network-port.ts";
import type { Canary } from "./annotations.ts";
import { readPattern } from "./pattern.ts";
import type { Backend, Location } from "./routing-table.ts";

/** The objects that serving reads, as the controller knows them; keys are `namespace/name`. */
export interface IngressObjects {
  service(key: string): Service | undefined;
  slices(key: string): readonly EndpointSlice[];
  secret(key: string): Secret | undefined;
  configMap(key: string): ConfigMap | undefined;
}

/** `targetPorts`: a rule may name the port of the pods instead of the service's, as ingress-nginx has it. */
export interface PortMatch {
  readonly targetPorts?: boolean;
}

export function servicePortOf(
  { spec }: Service,
  { port }: Pick<Backend, "port">,
  { targetPorts = false }: PortMatch,
): ServicePort | undefined {
  return (spec.ports ?? []).find(
    (each) => each.port === port || (targetPorts && each.targetPort === port) || each.name === port,
  );
}

/**
 * `host:port` of those that are ready, of both families where the service has both; `throughService`: the service's own
 * address instead.
 */
export function endpointsOf(
  objects: IngressObjects,
  backend: Backend,
  how: PortMatch & { throughService?: boolean } = {},
): string[] {
  const service = backend.service === undefined ? undefined : objects.service(backend.service);
  if (service === undefined) return [];
  const { spec } = service;
  const port = servicePortOf(service, backend, how);
  if (spec.type === "ExternalName") return [`${spec.externalName}:${port?.port ?? backend.port}`];
  if (port === undefined) return [];
  if (how.throughService === true) return [socketOf(spec.clusterIP ?? "", port.port)];
  const found: string[] = [];
  for (const slice of objects.slices(backend.service ?? "")) {
    const number = (slice.ports ?? []).find(({ name = "" }) => name === (port.name ?? ""))?.port;
    if (number === undefined || slice.addressType === "FQDN") continue;
    for (const { addresses, conditions } of slice.endpoints ?? []) {
      if (conditions?.ready !== false) found.push(...addresses.map((address) => socketOf(address, number)));
    }
  }
  return [...new Set(found)];
}

function socketOf(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The backend itself, or the canary that takes the request. */
export function chooseBackend(
  { backend, canaries }: Location,
  request: ServedRequest,
  random: (bound: number) => number,
): { backend: Backend; alternative: string } {
  for (const { backend: other, canary } of canaries) {
    if (takes(canary, request, random)) return { backend: other, alternative: backend.name };
  }
  return { backend, alternative: "" };
}

function takes(canary: Canary, request: ServedRequest, random: (bound: number) => number): boolean {
  const { header, headerValue, headerPattern, cookie, weight, weightTotal } = canary;
  const given = header === "" ? undefined : request.headers[header.toLowerCase()];
  if (given !== undefined) {
    if (headerValue !== "") {
      if (given === headerValue) return true;
    } else if (headerPattern !== "") {
      if (readPattern(headerPattern)?.test(given) === true) return true;
    } else if (given === "always") return true;
    else if (given === "never") return false;
  }
  const baked = cookie === "" ? undefined : cookieOf(request, cookie);
  if (baked === "always") return true;
  if (baked === "never") return false;
  return weight > 0 && random(weightTotal) < weight;
}

export function cookieOf({ headers }: ServedRequest, name: string): string | undefined {
  for (const pair of (headers["cookie"] ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

/** In turn for each backend; with a sticky cookie the one that its value stands for. */
export class Balancer {
  private readonly turns = new Map<string, number>();

  choose(backend: string, endpoints: readonly string[], sticky: string | undefined): string {
    if (sticky !== undefined) return endpoints[fnv1a32(sticky) % endpoints.length] as string;
    const turn = this.turns.get(backend) ?? 0;
    this.turns.set(backend, turn + 1);
    return endpoints[turn % endpoints.length] as string;
  }
}
