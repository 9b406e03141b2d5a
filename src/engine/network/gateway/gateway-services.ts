/** The Services that lead to the controller's pods: one a Gateway, with a port of theirs for each of its ports. */
import type { Service } from "../../api/generated/types.ts";
import { services } from "../../api/core/service.ts";
import { isNotFound } from "../../api/meta/status-error.ts";
import { hash53 } from "../../base/hash.ts";
import { deepEqual } from "../../base/json.ts";
import type { Client } from "../../client/client.ts";
import type { Informer } from "../../client/informer.ts";
import type { Gateway } from "./kinds.ts";

const SELECTOR = { "app.kubernetes.io/name": "gateway-controller" };
const GATEWAY_LABEL = "drydock.dev/gateway";
const FIRST_PORT = 20_000;
const PLAIN = /^[a-z][-a-z0-9]{0,62}$/;
const ROOM = 50;

/**
 * `NAMESPACE-NAME` where that is a Service's name and can mean no other Gateway; else its beginning and a hash: a Gateway's
 * name may have 253 characters and dots, and a namespace dashes.
 */
export function serviceNameOf({ namespace = "", name }: { namespace?: string | undefined; name: string }): string {
  const plain = `${namespace}-${name}`;
  if (!namespace.includes("-") && PLAIN.test(plain)) return plain;
  const slug = plain.replaceAll(".", "-").replace(/^\d/, "gateway-$&").slice(0, ROOM);
  return `${slug}-${hash53(`${namespace}/${name}`).slice(0, 8)}`;
}

export class GatewayServices {
  private readonly client: Client;
  private readonly known: Informer<Service>;
  private readonly namespace: string;

  constructor(client: Client, known: Informer<Service>, namespace: string) {
    this.client = client;
    this.known = known;
    this.namespace = namespace;
  }

  /** The Gateway's, made or mended where it isn't there or has other ports. */
  of(gateway: Gateway): Service {
    const name = serviceNameOf(gateway.metadata);
    const numbers = [...new Set(gateway.spec.listeners.map(({ port }) => port))];
    const known = this.known.lister.get(`${this.namespace}/${name}`) ?? this.find(name);
    const taken = known?.spec.ports ?? [];
    const asWanted = deepEqual(
      taken.map(({ port }) => port),
      numbers,
    );
    if (known !== undefined && asWanted) return known;
    let next = this.freePort();
    const ports = numbers.map((port) => {
      const before = taken.find((each) => each.port === port)?.targetPort;
      return { name: `port-${port}`, port, targetPort: before ?? next++ };
    });
    const resource = this.client.resource(services);
    if (known !== undefined) return resource.update({ ...known, spec: { ...known.spec, ports } });
    return resource.create({
      metadata: { name, namespace: this.namespace, labels: { [GATEWAY_LABEL]: name } },
      spec: { type: "LoadBalancer", selector: SELECTOR, ports },
    });
  }

  removeAllBut(gateways: readonly Gateway[]): void {
    const wanted = new Set(gateways.map(({ metadata }) => serviceNameOf(metadata)));
    for (const { metadata } of this.own())
      if (!wanted.has(metadata.name)) this.client.resource(services).delete(metadata.namespace, metadata.name);
  }

  private find(name: string): Service | undefined {
    try {
      return this.client.resource(services).get(this.namespace, name);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  private freePort(): number {
    let next = FIRST_PORT;
    for (const service of this.own())
      for (const { targetPort } of service.spec.ports ?? []) next = Math.max(next, Number(targetPort) + 1);
    return next;
  }

  private own(): Service[] {
    return [...this.known.lister.list()].filter(({ metadata }) => metadata.labels?.[GATEWAY_LABEL] !== undefined);
  }
}
