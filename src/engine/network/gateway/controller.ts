/**
 * The gateway controller: gives each Gateway of its class an address and serves its listeners from its own pods. It is
 * Drydock's own, made from the Gateway API's rules; it stands where nginx Gateway Fabric or Envoy Gateway would.
 *
 * **Simplified:** HTTP and HTTPS listeners with HTTPRoutes and GRPCRoutes; a Gateway has no pods of its own: its Service, in
 * the controller's namespace, leads to the controller's. Addresses and infrastructure that a Gateway asks for
 * are refused.
 */
import { customResourceDefinitions } from "../../api/apiextensions/custom-resource-definition.ts";
import type {
  Condition,
  CustomResourceDefinition,
  EndpointSlice,
  Namespace,
  Secret,
  Service,
} from "../../api/generated/types.ts";
import { configMaps } from "../../api/core/config-map.ts";
import { namespaces } from "../../api/core/namespace.ts";
import { secrets } from "../../api/core/secret.ts";
import { services } from "../../api/core/service.ts";
import { endpointSlices } from "../../api/discovery/endpoint-slice.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { keyOf } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { StatusError } from "../../api/meta/status-error.ts";
import { deepEqual } from "../../base/json.ts";
import { formatTime } from "../../base/time.ts";
import type { Client } from "../../client/client.ts";
import { InformerFactory } from "../../client/informer-factory.ts";
import type { Informer } from "../../client/informer.ts";
import type { ServerContext, ServerHooks } from "../../runtime/containers/image.ts";
import type { Simulation } from "../../sim/simulation.ts";
import { sayKlog } from "../../base/klog.ts";
import { attached, isServed, judge, permits } from "./attachment.ts";
import type { GatewayFacts, Verdict } from "./attachment.ts";
import { classFindings } from "./gateway-class-status.ts";
import { gatewayVerdicts, isSound, listenerVerdicts } from "./gateway-verdicts.ts";
import { GatewayServer } from "./gateway-server.ts";
import { GatewayServices } from "./gateway-services.ts";
import type { ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import type { ListenerPort } from "./gateway-server.ts";
import { CONTROLLER_NAME, GROUP } from "./kinds.ts";
import type { AttachedRoute } from "./route-match.ts";
import { asHttpRoute } from "./grpc-route.ts";
import { certificatesOf, conflictOf, kindsOf, overlaps } from "./listeners.ts";
import type { Gateway, GatewayClass, GrpcRoute, HttpRoute, Listener, ReferenceGrant } from "./kinds.ts";

const BY_SERVICE = "service";
const SERVICE_NAME = "kubernetes.io/service-name";
const SYNC_MS = 100;
const CLASS_DEFINITION = `gatewayclasses.${GROUP}`;
/** Conditions of other types are somebody else's. */
const OWN_CONDITIONS: ReadonlySet<string> = new Set([
  "Accepted",
  "Conflicted",
  "OverlappingTLSConfig",
  "Programmed",
  "ResolvedRefs",
  "SupportedVersion",
]);
const KINDS = { classes: "gatewayclasses", gateways: "gateways", routes: "httproutes", calls: "grpcroutes" } as const;

export class GatewayController {
  private readonly ctx: ServerContext;
  private readonly client: Client;
  private readonly informers: InformerFactory;
  private readonly server: GatewayServer;
  private readonly services: GatewayServices;
  private readonly core: {
    services: Informer<Service>;
    slices: Informer<EndpointSlice>;
    secrets: Informer<Secret>;
    namespaces: Informer<Namespace>;
    definitions: Informer<CustomResourceDefinition>;
  };
  private custom:
    | {
        classes: Informer<GatewayClass>;
        gateways: Informer<Gateway>;
        routes: Informer<HttpRoute>;
        calls: Informer<GrpcRoute>;
        grants: Informer<ReferenceGrant>;
      }
    | undefined;
  /** What is listened for, by the port in this pod. */
  private readonly ports = new Map<number, ListenerPort>();
  private readonly bound = new Set<number>();
  private waiting = false;

  constructor(sim: Simulation, ctx: ServerContext, client: Client) {
    this.ctx = ctx;
    this.client = client;
    this.informers = new InformerFactory(sim, client);
    const slices = this.informers.informer(endpointSlices);
    slices.addIndex(BY_SERVICE, ({ metadata }) => {
      const name = metadata.labels?.[SERVICE_NAME];
      return name === undefined ? [] : [`${metadata.namespace}/${name}`];
    });
    this.core = {
      slices,
      services: this.informers.informer(services),
      secrets: this.informers.informer(secrets),
      namespaces: this.informers.informer(namespaces),
      definitions: this.informers.informer(customResourceDefinitions),
    };
    this.services = new GatewayServices(client, this.core.services, ctx.pod.namespace);
    const maps = this.informers.informer(configMaps);
    this.server = new GatewayServer({
      station: `pod/${ctx.pod.namespace}/${ctx.pod.name}`,
      objects: {
        service: (key) => this.core.services.lister.get(key),
        slices: (key) => slices.lister.byIndex(BY_SERVICE, key),
        secret: (key) => this.core.secrets.lister.get(key),
        configMap: (key) => maps.lister.get(key),
      },
      random: (bound) => ctx.random(bound),
      exchange: (request) =>
        ctx.network.exchange?.(request) ?? { ok: false, errno: "ENETUNREACH", latencyMs: 0, hops: [] },
      permits: (route, ref) => permits(route, ref, { grants: [...(this.custom?.grants.lister.list() ?? [])] }),
    });
  }

  start(): ServerHooks {
    const { ctx } = this;
    ctx.use({ cpuMillicores: 2, memoryBytes: 40 * 1024 * 1024 });
    this.say("I", `"Starting gateway controller" controllerName="${CONTROLLER_NAME}"`);
    ctx.listen(8081, ({ path }) =>
      path === "/readyz" && this.custom === undefined
        ? { status: 503, body: "the Gateway API is not served yet" }
        : { status: 200, body: "ok" },
    );
    this.informers.start();
    this.whenServed();
    const stop = (): void => ctx.exit(0);
    return { signals: { SIGTERM: stop, SIGINT: stop }, ended: () => this.informers.stop() };
  }

  /** The kinds come with their definitions: it waits for them. */
  private whenServed(): void {
    const { catalog } = this.client.transport;
    const kind = <T extends KubeObject>(plural: string): Resource<T> | undefined =>
      (catalog.at(GROUP, "v1", plural) ?? catalog.at(GROUP, "v1beta1", plural)) as Resource<T> | undefined;
    const [classes, gateways] = [kind<GatewayClass>(KINDS.classes), kind<Gateway>(KINDS.gateways)];
    const [routes, grants] = [kind<HttpRoute>(KINDS.routes), kind<ReferenceGrant>("referencegrants")];
    const calls = kind<GrpcRoute>(KINDS.calls);
    const served = classes !== undefined && gateways !== undefined && routes !== undefined;
    if (!served || calls === undefined || grants === undefined) {
      return this.ctx.after(1000, () => this.whenServed());
    }
    const { informers } = this;
    this.custom = {
      classes: informers.informer(classes),
      gateways: informers.informer(gateways),
      routes: informers.informer(routes),
      calls: informers.informer(calls),
      grants: informers.informer(grants),
    };
    const soon = (): void => this.syncSoon();
    const handler = { onAdd: soon, onUpdate: soon, onDelete: soon };
    const { services: known, secrets: certificates, namespaces: spaces, definitions } = this.core;
    for (const informer of [...Object.values(this.custom), known, certificates, spaces, definitions])
      (informer as Informer<KubeObject>).addHandler(handler);
    this.syncSoon();
  }

  private syncSoon(): void {
    if (this.waiting) return;
    this.waiting = true;
    this.ctx.after(SYNC_MS, () => {
      this.waiting = false;
      if (!this.informers.synced) return this.syncSoon();
      try {
        this.sync();
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        this.say("E", error.message);
        this.ctx.after(1000, () => this.syncSoon());
      }
    });
  }

  private sync(): void {
    const { custom } = this;
    if (custom === undefined) return;
    const own = new Set<string>();
    for (const each of custom.classes.lister.list()) {
      if (each.spec.controllerName !== CONTROLLER_NAME) continue;
      own.add(each.metadata.name);
      const { verdicts, supportedFeatures } = classFindings(each, this.core.definitions.lister.get(CLASS_DEFINITION));
      const conditions = this.conditions(each, conditionsOf(each.status), verdicts);
      this.write(KINDS.classes, each, { conditions, supportedFeatures });
    }
    const gateways = [...custom.gateways.lister.list()].filter(({ spec }) => own.has(spec.gatewayClassName));
    const facts: GatewayFacts = {
      routes: [...custom.routes.lister.list(), ...[...custom.calls.lister.list()].map(asHttpRoute)],
      grants: [...custom.grants.lister.list()],
      namespace: (name) => this.core.namespaces.lister.get(name),
      service: (key) => this.core.services.lister.get(key),
      secret: (key) => this.core.secrets.lister.get(key),
    };
    this.ports.clear();
    for (const gateway of gateways) this.syncGateway(gateway, facts);
    for (const route of custom.routes.lister.list()) this.syncRoute(route, route, { gateways, facts });
    for (const call of custom.calls.lister.list()) this.syncRoute(call, asHttpRoute(call), { gateways, facts });
    this.services.removeAllBut(gateways);
  }

  private syncGateway(gateway: Gateway, facts: GatewayFacts): void {
    const service = this.services.of(gateway);
    const listeners = gateway.spec.listeners.map((listener) => {
      const routes = attached(gateway, listener, facts);
      const { pems, trouble } = certificatesOf(gateway, listener, facts);
      const certified = listener.protocol !== "HTTPS" || pems.length > 0;
      const conflict = conflictOf(gateway, listener);
      const target = service.spec.ports?.find(({ port }) => port === listener.port)?.targetPort;
      if (typeof target === "number" && certified && conflict === undefined)
        this.serve(target, { listener, routes: routes.filter(isServed), pems });
      const overlapping = overlaps(gateway, listener);
      return { listener, routes, verdicts: listenerVerdicts(listener, { trouble, conflict, overlapping, certified }) };
    });
    const addresses = addressesOf(service);
    const known = gateway.status as
      | { conditions?: Condition[]; listeners?: { name: string; conditions?: Condition[] }[] }
      | undefined;
    const sound = listeners.filter(({ verdicts }) => isSound(verdicts)).length;
    this.write(KINDS.gateways, gateway, {
      ...(addresses.length > 0 && { addresses }),
      conditions: this.conditions(
        gateway,
        known?.conditions ?? [],
        gatewayVerdicts(gateway, { sound, addressed: addresses.length > 0 }),
      ),
      listeners: listeners.map(({ listener, routes, verdicts }) => ({
        name: listener.name,
        attachedRoutes: routes.length,
        supportedKinds: kindsOf(listener).kinds.map((kind) => ({ group: GROUP, kind })),
        conditions: this.conditions(
          gateway,
          known?.listeners?.find(({ name }) => name === listener.name)?.conditions ?? [],
          verdicts,
        ),
      })),
    });
  }

  /** Listeners of one port share it: they differ in their host names. */
  private serve(port: number, of: { listener: Listener; routes: AttachedRoute[]; pems: string[] }): void {
    const known = this.ports.get(port);
    this.ports.set(port, {
      port: of.listener.port,
      secure: of.listener.protocol === "HTTPS",
      listeners: [
        ...(known?.listeners ?? []),
        {
          hostname: of.listener.hostname ?? "",
          certificates: of.pems,
          routes: of.routes,
        },
      ],
    });
    if (this.bound.has(port)) return;
    this.bound.add(port);
    const answer = (request: ServedRequest): ServedResponse => {
      const listening = this.ports.get(port);
      // Simplified: the port stays, and whoever comes is sent away, where upstream gives it back.
      return listening === undefined ? { status: 0, body: "", resets: true } : this.server.answer(request, listening);
    };
    this.ctx.listen(port, Object.assign(answer, { tls: () => this.ports.get(port)?.secure !== false }));
  }

  /** `stored`: what the status is written to. */
  private syncRoute(
    stored: HttpRoute | GrpcRoute,
    route: HttpRoute,
    { gateways, facts }: { gateways: readonly Gateway[]; facts: GatewayFacts },
  ): void {
    const known =
      (
        route.status as
          | { parents?: { parentRef: object; controllerName: string; conditions?: Condition[] }[] }
          | undefined
      )?.parents ?? [];
    const own = gateways.flatMap((gateway) => judge(gateway, route, facts));
    if (own.length === 0 && !known.some(({ controllerName }) => controllerName === CONTROLLER_NAME)) return;
    const parents = own.map(({ parent, conditions }) => {
      const before = known.find(
        ({ parentRef, controllerName }) => controllerName === CONTROLLER_NAME && deepEqual(parentRef, parent),
      );
      return {
        parentRef: parent,
        controllerName: CONTROLLER_NAME,
        conditions: this.conditions(route, before?.conditions ?? [], conditions),
      };
    });
    const others = known.filter(({ controllerName }) => controllerName !== CONTROLLER_NAME);
    this.write(route.kind === "GRPCRoute" ? KINDS.calls : KINDS.routes, stored, { parents: [...others, ...parents] });
  }

  /** A condition keeps its time as long as it stays what it is; those of others stay. */
  private conditions(of: KubeObject, known: readonly Condition[], verdicts: readonly Verdict[]): Condition[] {
    const own = verdicts.map((each) => {
      const before = known.find(({ type }) => type === each.type);
      const lastTransitionTime =
        before?.status === each.status ? before.lastTransitionTime : formatTime(this.ctx.now());
      return { ...each, lastTransitionTime, observedGeneration: of.metadata.generation ?? 1 };
    });
    return [...own, ...known.filter(({ type }) => !OWN_CONDITIONS.has(type))];
  }

  private write(plural: string, object: KubeObject & { status?: object }, status: object): void {
    if (deepEqual(object.status ?? {}, status)) return;
    const resource = this.client.transport.catalog.at(GROUP, "v1", plural);
    if (resource === undefined) return;
    try {
      this.client.resource(resource as Resource<KubeObject>).updateStatus({ ...object, status } as KubeObject);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      this.say("E", `"Status could not be written" object="${keyOf(object)}" error="${error.message}"`);
      this.ctx.after(1000, () => this.syncSoon());
    }
  }

  private say(level: "I" | "E", text: string): void {
    sayKlog(this.ctx, level, "controller.go:1", text);
  }
}

/** What a load balancer has given its Service: none where nobody gives any. */
function addressesOf({ status }: Service): { type: string; value: string }[] {
  return (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname = "" }) =>
    ip === undefined ? { type: "Hostname", value: hostname } : { type: "IPAddress", value: ip },
  );
}

function conditionsOf(status: { conditions?: Condition[] } | undefined): readonly Condition[] {
  return status?.conditions ?? [];
}
