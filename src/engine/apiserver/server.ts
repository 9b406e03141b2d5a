/**
 * kube-apiserver: every request that a component or a client makes goes through `request` or `watch`.
 * Upstream: cmd/kube-apiserver, apiserver pkg/server.
 * Simplified: one server, always consistent.
 */
import type { Descriptions } from "../api/descriptions.ts";
import type { KubeObject } from "../api/meta/object.ts";
import type { ApiRequest, ApiResponse } from "../api/meta/request.ts";
import { betaVersions } from "../api/beta-versions.ts";
import { resources as registered } from "../api/registry.ts";
import { ResourceCatalog } from "../api/meta/resource-catalog.ts";
import type { Resource } from "../api/meta/resource.ts";
import { serviceCIDRs } from "../api/networking/service-cidr.ts";
import { nodeMetrics, podMetrics, type NodeMetrics, type PodMetrics } from "../api/metrics/metrics-kinds.ts";
import { StatusError } from "../api/meta/status-error.ts";
import { adminUser, anonymousUser } from "../api/meta/user-info.ts";
import { hash53 } from "../base/hash.ts";
import { stableStringify } from "../base/json.ts";
import type { Store } from "../etcd/store.ts";
import type { Simulation } from "../sim/simulation.ts";
import { validatingAdmissionPolicies } from "../api/admissionregistration/validating-admission-policy.ts";
import { customResourceDefinitions } from "../api/apiextensions/custom-resource-definition.ts";
import { AdmissionChain } from "./admission/admission.ts";
import { Authenticator } from "./auth/authentication/authenticator.ts";
import { Impersonation } from "./auth/authentication/impersonation.ts";
import { Auditor } from "./audit/auditor.ts";
import { auditRefusal } from "./auth/audit.ts";
import { Authorizers } from "./auth/authorization.ts";
import type { Authorizer } from "./auth/authorizer.ts";
import { installPolicy } from "./auth/install-policy.ts";
import { noteTokenUse, trackLegacyTokens } from "./bootstrap/legacy-token-tracking.ts";
import { installObjects } from "./bootstrap/install-objects.ts";
import { componentStatusesOf, type CheckedComponent } from "./component-health.ts";
import { FlowSchemaStorage } from "./flowcontrol/flow-schema-storage.ts";
import { PolicyStatusStorage } from "./admission/policy/policy-status-storage.ts";
import { Aggregator, type ServerDialer } from "./aggregation/aggregator.ts";
import { admissionPlugins } from "./admission/registry.ts";
import type { HttpCarrier } from "../base/http.ts";
import { HttpFront } from "./http/front.ts";
import type { FrontServer } from "./http/front.ts";
import { NodeConnections } from "./http/node-connections.ts";
import { ServerPages } from "./http/server-pages.ts";
import { CustomDefinitions } from "./custom/definitions.ts";
import { dispatch, unknownResource } from "./dispatch.ts";
import type { ServerContext, WebhookCaller } from "./server-context.ts";
import { metricsText } from "./metrics.ts";
import { RequestMeter } from "./request-meter.ts";
import { AddressRecords } from "./services/address-records.ts";
import { ServiceRanges } from "./services/service-ranges.ts";
import { serviceStorages } from "./services/service-storages.ts";
import type { ResourceHooks } from "./storage/resource-hooks.ts";
import type { AtRest } from "./storage/encryption.ts";
import { EventExpiry } from "./storage/event-expiry.ts";
import { LiveLists } from "./storage/live-lists.ts";
import { ObjectStore } from "./storage/object-store.ts";
import { PodsByNode } from "./storage/pods-by-node.ts";
import { storeTimedOut } from "./storage/store-time-out.ts";
import { servedBy } from "./settings/runtime-config.ts";
import { DEFAULT_SERVER_SETTINGS } from "./settings/server-settings.ts";
import type { ServerSettings } from "./settings/server-settings.ts";
import { watch } from "./verbs/watch.ts";
import type { WatchHandler } from "./watch/watch-handler.ts";
import { WatchHub } from "./watch/watch-hub.ts";

export interface ApiServerOptions {
  sim: Simulation;
  store: Store<KubeObject>;
  /** Default: every registered resource. */
  resources?: readonly Resource[];
  /** Texts for the OpenAPI documents, asked for with each of them: they may come later. */
  descriptions?: (() => Descriptions | undefined) | undefined;
  /**
   * Who may do what: everybody everything, while nobody is there whom it would keep out, or as kubeadm sets it up. Default:
   * AlwaysAllow.
   */
  authorizationMode?: "AlwaysAllow" | "Node,RBAC";
  /** Of services' addresses, as `--service-cluster-ip-range`: one, or one of each family. Default: 10.96.0.0/12. */
  serviceRanges?: readonly string[];
  /** Where clients reach it, `host:port`, as `/api` says. Default: this machine, kubeadm's port. */
  externalAddress?: string;
  /** False: does not run until it is started. Default: true. */
  started?: boolean;
}

/** Where the objects of metrics.k8s.io come from. */
export interface MetricsApi {
  nodes(): readonly NodeMetrics[];
  pods(): readonly PodMetrics[];
}

/** kubeadm's default. */
const SERVICE_RANGE = "10.96.0.0/12";

const METRICS: readonly Resource[] = [nodeMetrics as Resource, podMetrics as Resource];

export class ApiServer {
  readonly catalog: ResourceCatalog;
  private webhookCaller: WebhookCaller | undefined;
  private readonly sim: Simulation;
  private readonly store: Store<KubeObject>;
  /** The REST front as it is on the server's own loopback: who sends no credential is the administrator. */
  readonly http: HttpCarrier;
  /** The same to everybody else: who sends no credential is `system:anonymous`. */
  readonly publicHttp: HttpCarrier;
  private readonly connections = new NodeConnections();
  private readonly context: ServerContext;
  private readonly hooks = new Map<string, ResourceHooks>();
  private readonly computed = new Map<string, () => readonly KubeObject[]>();
  private readonly meter: RequestMeter;
  private readonly definitions: CustomDefinitions;
  private readonly aggregator: Aggregator;
  /** What metrics-server has, and the same while it is served. */
  private metricsApi: MetricsApi | undefined;
  private servedMetrics: MetricsApi | undefined;
  private readonly ranges: ServiceRanges;
  private readonly authorizers: Authorizers;
  /** Whether it writes what a cluster's server writes when it starts. */
  private readonly installs: boolean;
  private settings: ServerSettings;
  private readonly pages: ServerPages;
  private authorizer: Authorizer;
  /** Set iff somebody wants to know of requests. */
  private auditor: Auditor | undefined;
  private startedAt = 0;
  /** Set iff the server runs and etcd answers. */
  private hub: WatchHub | undefined;
  /** It runs, and its etcd has no leader. */
  private waits = false;

  constructor(options: ApiServerOptions) {
    const { sim, store } = options;
    this.sim = sim;
    this.store = store;
    this.catalog = new ResourceCatalog(options.resources ?? registered, betaVersions);
    this.meter = new RequestMeter(sim);
    const byId = new Map(this.catalog.stored().map((resource) => [resource.id, resource]));
    const objects = new ObjectStore(sim, store);
    const resourceById = (id: string): Resource | undefined => byId.get(id);
    this.installs = options.authorizationMode === "Node,RBAC";
    this.settings = {
      ...DEFAULT_SERVER_SETTINGS,
      ...(!this.installs && { authorizationModes: ["AlwaysAllow"] }),
    };
    const podsByNode = new PodsByNode(objects);
    this.authorizers = new Authorizers({ objects, podsByNode, resourceById });
    this.authorizer = this.authorizers.of(this.settings.authorizationModes);
    const [settings, authorizer] = [() => this.settings, () => this.authorizer];
    this.context = {
      sim,
      objects,
      lists: new LiveLists(objects),
      podsByNode,
      admission: new AdmissionChain(admissionPlugins, this.settings.admissionPlugins),
      authenticator: new Authenticator({
        ...{ sim, objects, resourceById },
        get settings() {
          return settings();
        },
        noteTokenUse: (secret) => noteTokenUse(this.context, secret),
      }),
      get settings() {
        return settings();
      },
      get authorizer() {
        return authorizer();
      },
      hooks: this.hooks,
      computed: this.computed,
      callWebhook: () => this.webhookCaller,
      askRemote: (request) => this.aggregator.answer(request),
      resourceById,
      resourceByKind: (apiVersion, kind) => {
        const served = this.catalog.byKind(apiVersion, kind);
        return served?.storedAs?.resource ?? served;
      },
    };
    const levels = byId.get("prioritylevelconfigurations.flowcontrol.apiserver.k8s.io");
    const levelExists = (name: string): boolean => levels !== undefined && objects.get(levels, "", name) !== undefined;
    this.hooks.set("flowschemas.flowcontrol.apiserver.k8s.io", new FlowSchemaStorage(sim, levelExists));
    this.hooks.set(validatingAdmissionPolicies.id, new PolicyStatusStorage(this.catalog));
    this.ranges = new ServiceRanges(this.context.lists, {
      configured: options.serviceRanges ?? [SERVICE_RANGE],
      kept: this.installs,
    });
    this.definitions = new CustomDefinitions(this.context, this.catalog);
    this.hooks.set(customResourceDefinitions.id, this.definitions.hooks());
    this.aggregator = new Aggregator(this.context, this.catalog, () => this.running);
    this.catalog.subscribe(() => this.followMetrics());
    const events = byId.get("events");
    if (events !== undefined) new EventExpiry(sim, store, { events, ttl: () => this.settings.eventTtl });
    this.pages = new ServerPages({
      catalog: this.catalog,
      descriptions: options.descriptions ?? (() => undefined),
      metrics: (build) =>
        metricsText({ meter: this.meter, objects, resources: this.catalog.all, build, started: this.startedAt }),
      address: options.externalAddress ?? "127.0.0.1:6443",
    });
    const front = this.frontServer();
    this.http = new HttpFront(front, this.pages, adminUser);
    this.publicHttp = new HttpFront(front, this.pages, anonymousUser);
    if (options.started ?? true) this.start();
  }

  /** What an instance that starts was told holds from now on. */
  configure(settings: ServerSettings): void {
    this.settings = settings;
    this.authorizer = this.authorizers.of(settings.authorizationModes);
    this.context.admission.enable(settings.admissionPlugins);
    this.context.objects.atRest.configure(settings.encryption);
    this.catalog.serve((resource) => servedBy(settings.runtimeConfig, resource));
    const { audit } = settings;
    this.auditor = audit && new Auditor(this.context, audit, () => this.version);
  }

  /** How etcd holds what is stored. */
  get atRest(): AtRest {
    return this.context.objects.atRest;
  }

  /** What it says that it is: `v1.36.0`. */
  get version(): string {
    return this.pages.version;
  }

  set version(version: string) {
    this.pages.version = version;
  }

  get running(): boolean {
    return this.hub !== undefined;
  }

  /** True while it takes requests and etcd answers none of its own. */
  get stalled(): boolean {
    return this.waits;
  }

  start(): void {
    this.waits = false;
    if (this.hub !== undefined) return;
    const services = this.context.resourceById("services");
    if (services !== undefined) {
      const stored = this.context.objects.range(services, "").items.map(({ value }) => value);
      const records = this.installs ? new AddressRecords(this.context) : undefined;
      const { sim, context, ranges } = this;
      const parts = serviceStorages({ sim, context, ranges, stored, records });
      this.hooks.set(services.id, parts.services);
      this.hooks.set(serviceCIDRs.id, parts.ranges);
    }
    this.hub = new WatchHub(this.sim, this.store);
    this.startedAt = this.sim.now;
    this.definitions.sync();
    this.aggregator.sync();
    if (!this.installs) return;
    if (this.settings.authorizationModes.includes("RBAC")) installPolicy(this.context);
    trackLegacyTokens(this.context);
    installObjects(this.context, this.catalog.all, this.ranges.configured);
  }

  /** Refuses every request from now on and closes every watch; what is stored stays. */
  stop(): void {
    const { hub } = this;
    this.waits = false;
    this.hub = undefined;
    hub?.close();
  }

  /** etcd has lost its leader: whatever needs the store fails. **Simplified:** watches end. */
  stall(): void {
    this.stop();
    this.waits = true;
  }

  /** Answers or throws a `StatusError`. The object is frozen and shared with the store. */
  request<T = unknown>(request: ApiRequest): ApiResponse<T> {
    this.hubOrFail();
    if (this.auditor === undefined) return this.act(request) as ApiResponse<T>;
    return this.auditor.request(request, (audited) => this.act(audited)) as ApiResponse<T>;
  }

  private act(request: ApiRequest): ApiResponse {
    try {
      if (!this.catalog.offers(request.resource)) throw unknownResource();
      this.context.authorizer.checkRequest(request);
      this.definitions.checkRequest(request);
      this.context.objects.atRest.checkReadable(this.context.objects, request);
      const response = dispatch(this.context, request);
      this.definitions.after(request);
      this.meter.count(request, response.code);
      return response;
    } catch (error) {
      this.meter.count(request, error instanceof StatusError ? error.code : 500);
      auditRefusal(this.sim, request, error);
      throw error;
    }
  }

  watch<T extends KubeObject>(request: ApiRequest, handler: WatchHandler<T>): () => void {
    const hub = this.hubOrFail();
    if (!this.catalog.offers(request.resource)) throw unknownResource();
    this.meter.count(request, 200);
    this.context.authorizer.checkRequest(request);
    const start = (heard: WatchHandler): (() => void) => watch(this.sim, hub, { request, handler: heard });
    if (this.auditor === undefined) return start(handler as WatchHandler);
    return this.auditor.watch(request, handler as WatchHandler, start);
  }

  /** The kubelet that answers for a node's logs, exec, attach and port-forward; undefined: nobody does. */
  connectNode(nodeName: string, carrier: HttpCarrier | undefined): void {
    this.connections.connect(nodeName, carrier);
  }

  /** The server's own way to pods, for `proxy` of pods and services. */
  connectNetwork(carrier: HttpCarrier | undefined): void {
    this.connections.network = carrier;
  }

  /** Who is asked for the health of the control plane's parts, each time that somebody wants to know. */
  connectComponents(check: () => readonly CheckedComponent[]): void {
    this.computed.set("componentstatuses", () => componentStatusesOf(check()));
  }

  /** How webhooks behind services are reached. */
  connectWebhooks(caller: WebhookCaller): void {
    this.webhookCaller = caller;
  }

  /** How the servers that APIServices name are reached. */
  connectRemotes(dialer: ServerDialer): void {
    this.aggregator.connect(dialer);
  }

  /**
   * Where the objects of metrics.k8s.io come from, or that nobody has them any more. They are served while the APIService
   * of that group is available, and asked for with each request.
   */
  connectMetrics(source: MetricsApi | undefined): void {
    this.metricsApi = source;
    this.followMetrics();
  }

  private followMetrics(): void {
    const { group, version } = nodeMetrics;
    const source = this.aggregator.isAvailable(group, version) ? this.metricsApi : undefined;
    if (source === this.servedMetrics) return;
    this.servedMetrics = source;
    for (const { id } of METRICS) this.computed.delete(id);
    if (source !== undefined) {
      this.computed.set(nodeMetrics.id, source.nodes);
      this.computed.set(podMetrics.id, source.pods);
    }
    this.catalog.setCustom(group, source === undefined ? [] : METRICS);
  }

  /** For the instruments: requests in the last full virtual second, and where the store stands. */
  stats(): { requestsPerSecond: number; revision: number } {
    return { requestsPerSecond: this.meter.lastSecond(), revision: this.store.revision };
  }

  /** One hash over all keys and values: two clusters with the same one are the same. */
  hash(): string {
    let hash = "";
    this.store.scan("", {}, ({ key, value }) => {
      hash = hash53(`${hash} ${key} ${stableStringify(value)}`);
      return true;
    });
    return hash;
  }

  private frontServer(): FrontServer {
    const { context, catalog, connections } = this;
    const [running, stalled] = [() => this.running, () => this.stalled];
    return {
      get running() {
        return running();
      },
      get stalled() {
        return stalled();
      },
      context,
      catalog,
      connections,
      authenticator: context.authenticator,
      aggregator: this.aggregator,
      impersonation: new Impersonation(() => context.authorizer),
      request: (request) => this.request(request),
      watch: (request, handler) => this.watch(request, handler),
      stats: () => this.stats(),
      auditor: () => this.auditor,
    };
  }

  private hubOrFail(): WatchHub {
    if (this.hub !== undefined) return this.hub;
    if (this.waits) throw storeTimedOut();
    throw new StatusError(503, "ServiceUnavailable", "the server is currently unable to handle the request");
  }
}
