/**
 * Groups that other servers serve: each APIService with a service is looked at when it, its service or that one's endpoints
 * change and every 30 seconds, and what is asked of its group goes on to that service over the cluster's network.
 * Upstream: kube-aggregator pkg/apiserver/handler_proxy.go and pkg/controllers/status/remote.
 * Simplified: what doesn't answer at once counts as not answering; a failed discovery is tried again after a second, then
 * after twice as long each time up to 30 seconds; certificates aren't compared with `caBundle`; watches aren't passed on;
 * what the other server says of its schemas isn't merged into the OpenAPI documents.
 */
import type { APIService, APIServiceSpec, EndpointSlice, Service } from "../../api/generated/types.ts";
import { apiServices } from "../../api/apiregistration/api-service.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest, ApiResponse } from "../../api/meta/request.ts";
import { pathOf } from "../../api/meta/request-path.ts";
import { StatusError, type FailureStatus } from "../../api/meta/status-error.ts";
import type { ResourceCatalog, RemoteResource, RemoteVersion } from "../../api/meta/resource-catalog.ts";
import type { HttpRequest } from "../../base/program.ts";
import { formatTime, SECOND } from "../../base/time.ts";
import type { UserInfo } from "../../api/meta/user-info.ts";
import { loopbackUser } from "../../api/meta/user-info.ts";
import type { StoreEvent } from "../../etcd/key-value.ts";
import type { Timer } from "../../sim/event-queue.ts";
import { byPriority } from "../custom/version-priority.ts";
import type { ServerContext } from "../server-context.ts";
import { storagePrefix } from "../storage/storage-keys.ts";
import { update } from "../verbs/update.ts";
import { availabilityOf, baseUrl, type Verdict } from "./availability.ts";

/** Sends a request to an address of the cluster and answers now, or why nobody does: `dial tcp …: connection refused`. */
export type ServerDialer = (request: HttpRequest) => RemoteAnswer | { readonly failure: string };

export interface RemoteAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What goes on to another server. */
export interface RemoteCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly user: UserInfo;
}

const RESYNC_MS = 30 * SECOND;
const FIRST_RETRY_MS = SECOND;
/** What informers take to tell of a change. */
const NOTICE_MS = 5;
const SERVICES = "services";
const SLICES = "endpointslices.discovery.k8s.io";
const SERVICE_NAME = "kubernetes.io/service-name";
const UNAVAILABLE: RemoteAnswer = {
  status: 503,
  headers: { "Content-Type": "text/plain; charset=utf-8" },
  body: "service unavailable\n",
};

/** What is known of a registration. */
interface State {
  spec: APIServiceSpec;
  timer: Timer | undefined;
  retryMs: number;
  remote: RemoteVersion;
}

export class Aggregator {
  private readonly context: ServerContext;
  private readonly catalog: ResourceCatalog;
  private readonly running: () => boolean;
  private dialer: ServerDialer | undefined;
  /** By the name of the APIService: those that name a service. */
  private readonly states = new Map<string, State>();
  private endWatches: (() => void) | undefined;

  constructor(context: ServerContext, catalog: ResourceCatalog, running: () => boolean) {
    this.context = context;
    this.catalog = catalog;
    this.running = running;
    const prefix = storagePrefix(apiServices);
    context.objects.store.watch({
      prefix,
      onEvents: (events) => {
        for (const { key, current } of events) this.follow(key.slice(prefix.length), current?.value as APIService);
      },
    });
  }

  connect(dialer: ServerDialer): void {
    this.dialer = dialer;
  }

  /** What is stored at a start of the server. */
  sync(): void {
    for (const service of this.registrations()) this.follow(service.metadata.name, service);
  }

  /** The version is another server's, whether that can be reached or not. */
  serves(group: string, version: string): boolean {
    return this.states.size > 0 && this.states.has(`${version}.${group}`);
  }

  isAvailable(group: string, version: string): boolean {
    return this.states.get(`${version}.${group}`)?.remote.available ?? false;
  }

  /** Passes a request on that the client may make. */
  forward(group: string, version: string, call: RemoteCall): RemoteAnswer {
    const registration = this.registration(`${version}.${group}`);
    const reference = registration?.spec.service;
    const service = reference && this.service(reference.namespace ?? "", reference.name ?? "");
    if (service === undefined || !this.isAvailable(group, version)) return UNAVAILABLE;
    const answer = this.dial(`${baseUrl(service, reference?.port ?? 443)}${call.path}`, call);
    if (!("failure" in answer)) return answer;
    return { ...UNAVAILABLE, body: `error trying to reach service: ${answer.failure}\n` };
  }

  /** The same for a client that speaks objects. Throws a `StatusError`. */
  answer(request: ApiRequest): ApiResponse {
    const { resource, options, user, verb, body } = request;
    const { group, version } = resource;
    if (!this.serves(group, version)) throw unknownResource();
    const query = [
      ["labelSelector", options.labelSelector],
      ["metricLabelSelector", options.metricLabelSelector],
    ].flatMap(([name = "", value = ""]) => (value === "" ? [] : `${name}=${encodeURIComponent(value)}`));
    const path = `${pathOf(request)}${query.length === 0 ? "" : `?${query.join("&")}`}`;
    const sent = body === undefined ? "" : JSON.stringify(body);
    const answer = this.forward(group, version, { method: METHODS[verb], path, body: sent, user });
    const object = jsonOf(answer.body);
    if (answer.status < 300) return { code: answer.status, object, warnings: [] };
    if (object?.kind === "Status")
      throw new StatusError(answer.status, object.reason ?? "", object.message, object.details);
    if (answer.status === 404) throw unknownResource();
    throw new StatusError(
      answer.status,
      answer.status === 503 ? "ServiceUnavailable" : "InternalError",
      answer.status === 503 ? "the server is currently unable to handle the request" : answer.body.trim(),
    );
  }

  private dial(url: string, { method, headers = {}, body = "", user }: RemoteCall): RemoteAnswer | { failure: string } {
    if (this.dialer === undefined) return { failure: "dial tcp: connect: network is unreachable" };
    const own = Object.entries(headers).filter(([name]) => name.toLowerCase() !== "authorization");
    const identity = { "x-remote-user": user.name, "x-remote-group": user.groups.join(",") };
    return this.dialer({ method, url, headers: { ...Object.fromEntries(own), ...identity }, body });
  }

  private follow(name: string, registration: APIService | undefined): void {
    const known = this.states.get(name);
    if (registration?.spec.service === undefined) {
      if (known === undefined) return;
      this.context.sim.cancel(known.timer);
      this.states.delete(name);
      this.publish();
      if (this.states.size === 0) this.unwatch();
      return;
    }
    const { spec } = registration;
    if (known === undefined) {
      const { group = "", version = "" } = spec;
      const remote = { group, version, available: false, resources: [] };
      this.states.set(name, { spec, timer: undefined, retryMs: FIRST_RETRY_MS, remote });
      this.publish();
      this.watch();
    } else {
      // Its own status.
      if (known.spec === spec) return;
      const moves = known.spec.versionPriority !== spec.versionPriority;
      known.spec = spec;
      if (moves) this.publish();
    }
    this.soon(name, NOTICE_MS);
  }

  /** Services and their endpoints are of interest iff somebody is registered. */
  private watch(): void {
    if (this.endWatches !== undefined) return;
    const ends = [SERVICES, SLICES].flatMap((id) => {
      const resource = this.context.resourceById(id);
      if (resource === undefined) return [];
      const onEvents = (events: readonly StoreEvent<KubeObject>[]): void => {
        for (const { current, previous } of events) this.changed((current ?? previous)?.value, id === SLICES);
      };
      return [this.context.objects.store.watch({ prefix: storagePrefix(resource), onEvents })];
    });
    this.endWatches = () => ends.forEach((end) => end());
  }

  private changed(object: KubeObject | undefined, isSlice: boolean): void {
    if (object === undefined) return;
    const { namespace, labels } = object.metadata;
    const service = isSlice ? labels?.[SERVICE_NAME] : object.metadata.name;
    for (const [name, { spec }] of this.states) {
      if (spec.service?.name === service && spec.service?.namespace === namespace) this.soon(name, NOTICE_MS);
    }
  }

  private unwatch(): void {
    this.endWatches?.();
    this.endWatches = undefined;
  }

  private soon(name: string, delayMs: number): void {
    const state = this.states.get(name);
    if (state === undefined) return;
    const { sim } = this.context;
    sim.cancel(state.timer);
    state.timer = sim.after(delayMs, () => this.check(name), { background: true });
  }

  private check(name: string): void {
    const state = this.states.get(name);
    const registration = this.registration(name);
    if (state === undefined || registration === undefined) return;
    this.soon(name, RESYNC_MS);
    if (!this.running()) return;
    let resources: readonly RemoteResource[] = [];
    const verdict = availabilityOf(registration, {
      service: (namespace, service) => this.service(namespace, service),
      slices: (namespace, service) => this.slices(namespace, service),
      discover: (url) => {
        const found = this.discover(url);
        if (typeof found === "string") return `failing or missing response from ${url}: ${found}`;
        resources = found;
        return undefined;
      },
    });
    if (verdict === undefined) return;
    const { group, version, ...before } = state.remote;
    const available = verdict.status === "True";
    if (before.available !== available || JSON.stringify(before.resources) !== JSON.stringify(resources)) {
      state.remote = { group, version, available, resources };
      this.publish();
    }
    if (verdict.reason === "FailedDiscoveryCheck") {
      this.soon(name, state.retryMs);
      state.retryMs = Math.min(2 * state.retryMs, RESYNC_MS);
    } else {
      state.retryMs = FIRST_RETRY_MS;
    }
    this.write(registration, verdict);
  }

  private discover(url: string): readonly RemoteResource[] | string {
    const answer = this.dial(url, { method: "GET", path: "", user: AGGREGATOR });
    if ("failure" in answer) return `Get ${JSON.stringify(url)}: ${answer.failure}`;
    if (answer.status < 200 || answer.status >= 300) return `bad status from ${url}: ${answer.status}`;
    try {
      const { resources } = JSON.parse(answer.body) as { resources?: readonly RemoteResource[] };
      return Array.isArray(resources) ? resources : [];
    } catch {
      return [];
    }
  }

  private write(registration: APIService, verdict: Verdict): void {
    const { conditions = [] } = registration.status ?? {};
    const old = conditions.find(({ type }) => type === "Available");
    if (old?.status === verdict.status && old.reason === verdict.reason && old.message === verdict.message) return;
    const same = old?.status === verdict.status;
    const lastTransitionTime = same ? old.lastTransitionTime : formatTime(this.context.sim.now);
    const condition = { type: "Available", lastTransitionTime, ...verdict };
    const others = conditions.filter(({ type }) => type !== "Available");
    const body = { ...registration, status: { conditions: [...others, condition] } };
    const target = { namespace: "", name: registration.metadata.name, subresource: "status", options: {} };
    update(this.context, { verb: "update", resource: apiServices, ...target, user: loopbackUser, body });
  }

  private publish(): void {
    const states = [...this.states.values()].toSorted(byPreference);
    this.catalog.setRemote(states.map(({ remote }) => remote));
  }

  private registrations(): readonly APIService[] {
    return this.context.lists.list(apiServices);
  }

  private registration(name: string): APIService | undefined {
    return this.context.objects.get(apiServices, "", name) as APIService | undefined;
  }

  private service(namespace: string, name: string): Service | undefined {
    const resource = this.context.resourceById(SERVICES);
    return resource && (this.context.objects.get(resource, namespace, name) as Service | undefined);
  }

  private slices(namespace: string, service: string): readonly EndpointSlice[] {
    const resource = this.context.resourceById(SLICES);
    if (resource === undefined) return [];
    const all = this.context.objects.range(resource, namespace).items.map(({ value }) => value as EndpointSlice);
    return all.filter(({ metadata }) => metadata.labels?.[SERVICE_NAME] === service);
  }
}

/** Of a group's versions the preferred one first. Upstream: pkg/apis/apiregistration/helpers.go (SortedByGroupAndVersion). */
function byPreference({ spec: a }: State, { spec: b }: State): number {
  const { group = "", version = "" } = a;
  const { group: otherGroup = "", version: otherVersion = "" } = b;
  if (group !== otherGroup) return group < otherGroup ? -1 : 1;
  return b.versionPriority - a.versionPriority || byPriority(version, otherVersion);
}

const METHODS = {
  get: "GET",
  list: "GET",
  watch: "GET",
  create: "POST",
  update: "PUT",
  patch: "PATCH",
  delete: "DELETE",
  deletecollection: "DELETE",
} as const;

function jsonOf(text: string): FailureStatus | undefined {
  try {
    return JSON.parse(text) as FailureStatus;
  } catch {
    return undefined;
  }
}

function unknownResource(): StatusError {
  return new StatusError(404, "NotFound", "the server could not find the requested resource");
}

const AGGREGATOR: UserInfo = { ...loopbackUser, name: "system:kube-aggregator", groups: ["system:masters"] };
