/** A cluster with the Gateway API's add-on and programs that say who they are and what they were asked. */
import type { Pod } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { namespaces, pods, secrets, services } from "../../api/registry.ts";
import { encodeBase64 } from "../../base/base64.ts";
import { fakeCertificate } from "../../network/ingress/fake-certificate.ts";
import { defineImage } from "../../images/define-image.ts";
import { serviceNameOf } from "../../network/gateway/gateway-services.ts";
import type { Exchange } from "../../network/trace.ts";
import type { HttpRequest } from "../../base/program.ts";
import type { TestCluster } from "./test-cluster.ts";
import { createTestCluster } from "./test-cluster.ts";

export const GATEWAY_GROUP = "gateway.networking.k8s.io";

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

export class GatewayWorld {
  readonly test: TestCluster;
  /** Paths that the program `c` was asked for. */
  readonly mirrored: string[] = [];

  constructor(preset?: string) {
    this.test = createTestCluster({ seed: 1, images: [this.echo()], ...(preset !== undefined && { preset }) });
    this.test.cluster.setAddon("gateway-api", true);
    this.test.client.resource(namespaces).create({ metadata: { name: "shop" }, spec: {} });
    for (const name of ["a", "b", "c"]) this.app(name);
    this.app("d", "shop");
    const ready = ({ status: { conditions } }: Pod): boolean =>
      conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;
    const all = (): Pod[] => ["default", "gateway-system", "shop"].flatMap((each) => this.test.list(pods, each));
    if (!this.test.runUntil(() => all().length === 5 && all().every(ready), 120_000)) throw new Error("no controller");
  }

  kind(plural: string): Resource<KubeObject> {
    const found = this.test.cluster.server.catalog.at(GATEWAY_GROUP, "v1", plural);
    if (found === undefined) throw new Error(`${plural} is not served`);
    return found as Resource<KubeObject>;
  }

  create(plural: string, name: string, spec: object, namespace = "default"): void {
    const object: object = { metadata: { name, ...(plural !== "gatewayclasses" && { namespace }) }, spec };
    this.test.client.resource(this.kind(plural)).create(object as never);
    this.test.run(1500);
  }

  patch(plural: string, name: string, change: object, namespace = "default"): void {
    const own = plural === "gatewayclasses" ? "" : namespace;
    this.test.client.resource(this.kind(plural)).patch(own, name, change, { type: "merge" });
    this.test.run(1500);
  }

  delete(plural: string, name: string, namespace = "default"): void {
    this.test.client.resource(this.kind(plural)).delete(namespace, name);
    this.test.run(1500);
  }

  gateway(name: string, ...listeners: object[]): void {
    this.create("gateways", name, { gatewayClassName: "drydock", listeners });
  }

  /** A route of the Gateway `web` unless it says otherwise. */
  route(name: string, spec: object, namespace = "default"): void {
    this.create("httproutes", name, { parentRefs: [{ name: "web" }], ...spec }, namespace);
  }

  /** A certificate for listeners, in both namespaces. */
  certificates(name: string): void {
    const data = { "tls.crt": encodeBase64(fakeCertificate()), "tls.key": encodeBase64("key") };
    for (const namespace of ["default", "shop"])
      this.test.client.resource(secrets).create({ metadata: { name, namespace }, type: "kubernetes.io/tls", data });
  }

  app(name: string, namespace = "default"): void {
    const containers = [{ name: "main", image: "test/echo", env: [{ name: "NAME", value: name }] }];
    const { client } = this.test;
    client.resource(pods).create({ metadata: { name, namespace, labels: { app: name } }, spec: { containers } });
    const spec = { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] };
    client.resource(services).create({ metadata: { name, namespace }, spec });
  }

  /** The cluster address of a Gateway's Service. */
  address(name = "web", namespace = "default"): string {
    const service = serviceNameOf({ namespace, name });
    return this.test.get(services, service, "gateway-system").spec.clusterIP ?? "";
  }

  /** Asks a Gateway from a node: the host of the URL is the one that is named, its port the one that is connected to. */
  ask(
    url: string,
    how: { headers?: Record<string, string>; method?: string; gateway?: string } = {},
  ): { outcome: Exchange; request: HttpRequest } {
    const { protocol, host, hostname, port, pathname, search } = new URL(url);
    const from = this.test.cluster.network.node("worker-1")?.port();
    if (from === undefined) throw new Error("no node");
    const number = port === "" ? (protocol === "https:" ? "443" : "80") : port;
    const address = this.address(how.gateway);
    const request: HttpRequest =
      protocol === "https:"
        ? {
            method: how.method ?? "GET",
            url,
            headers: { Host: host, ...how.headers },
            body: "",
            connectTo: `${address}:${number}`,
          }
        : {
            method: how.method ?? "GET",
            url: `http://${address}:${number}${pathname}${search}`,
            headers: { Host: port === "" ? hostname : host, ...how.headers },
            body: "",
          };
    return { outcome: this.test.cluster.network.exchange(from, request), request };
  }

  get(url: string, how: Parameters<GatewayWorld["ask"]>[1] = {}) {
    const { outcome } = this.ask(url, how);
    if (!outcome.ok) throw new Error(outcome.why);
    return outcome.response;
  }

  /** Who answered, or the status when nobody did. */
  who(url: string, how: Parameters<GatewayWorld["ask"]>[1] = {}): string {
    const { status, body } = this.get(url, how);
    return status === 200 ? (body.split(" ")[0] ?? "") : String(status);
  }

  status<S>(plural: string, name: string, namespace = "default"): S {
    const own = plural === "gatewayclasses" ? "" : namespace;
    const object: KubeObject & { status?: object } = this.test.client.resource(this.kind(plural)).get(own, name);
    return (object.status ?? {}) as S;
  }

  conditions(plural: string, name: string, namespace = "default"): string[] {
    return shortConditions(this.status<{ conditions?: Condition[] }>(plural, name, namespace).conditions);
  }

  /** What a Gateway says of one of its listeners. */
  listener(gateway: string, name: string): { attachedRoutes: number; kinds: string[]; conditions: string[] } {
    const { listeners = [] } = this.status<{
      listeners?: {
        name: string;
        attachedRoutes: number;
        supportedKinds: { kind: string }[];
        conditions: Condition[];
      }[];
    }>("gateways", gateway);
    const found = listeners.find((each) => each.name === name);
    if (found === undefined) throw new Error(`no listener ${name}`);
    const { attachedRoutes, supportedKinds, conditions } = found;
    return { attachedRoutes, kinds: supportedKinds.map(({ kind }) => kind), conditions: shortConditions(conditions) };
  }

  /** What a route's parents say of it. */
  parents(name: string, plural = "httproutes", namespace = "default"): string[] {
    const { parents = [] } = this.status<{ parents?: { conditions: Condition[] }[] }>(plural, name, namespace);
    return parents.flatMap(({ conditions }) => shortConditions(conditions));
  }

  private echo() {
    return defineImage({
      name: "docker.io/test/echo",
      tags: { latest: { size: 1000 } },
      entrypoint: ["/echo"],
      userland: "none",
      programs: () => ({
        "/echo": {
          kind: "server",
          start: (ctx) =>
            ctx.listen(8080, ({ path, headers }) => {
              const name = ctx.env["NAME"];
              if (name === "c") this.mirrored.push(path);
              if (path === "/slow") return { status: 200, body: `${name} slow`, delayMs: 3000 };
              const body = `${name} ${path} ${headers["host"]} ${headers["x-added"] ?? "-"}`;
              return { status: 200, headers: { server: "echo" }, body };
            }),
        },
      }),
    });
  }
}

/** `Accepted=True Accepted`, one after another. */
export function shortConditions(conditions: readonly Condition[] = []): string[] {
  return conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`);
}

/** A backend's reference, on port 80. */
export const to = (name: string, more: object = {}): object => ({ name, port: 80, ...more });

/** A rule that leads to a program by a path's beginning. */
export const under = (path: string, name: string, more: object = {}): object => ({
  matches: [{ path: { value: path } }],
  backendRefs: [to(name)],
  ...more,
});

export const HTTP_LISTENER = { name: "http", port: 80, protocol: "HTTP" };

export const httpsListener = (name: string, secret: object, more: object = {}): object => ({
  ...{ name, port: 443, protocol: "HTTPS" },
  tls: { certificateRefs: [secret] },
  ...more,
});
