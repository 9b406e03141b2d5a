/** A bare API server for tests: no controllers, namespaces `default` and `kube-system`. */
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest, ApiResponse, RequestOptions, WatchEvent } from "../../api/meta/request.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { MASTERS, userInfo } from "../../api/meta/user-info.ts";
import { namespaces, pods } from "../../api/registry.ts";
import { setDeepFreeze } from "../../base/freeze.ts";
import { Store } from "../../etcd/store.ts";
import { Simulation } from "../../sim/simulation.ts";
import { ApiServer } from "../server.ts";
import type { ApiServerOptions } from "../server.ts";

export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  text: string;
  ended: boolean;
  failure: string;
  /** The body as `JSON.parse` gives it. */
  readonly json: ReturnType<typeof JSON.parse>;
  abort(): void;
}

export const TESTER = userInfo("tester", MASTERS);

type Rest = Partial<ApiRequest> & { in?: string };

export class TestServer {
  readonly sim: Simulation;
  readonly store: Store<KubeObject>;
  readonly server: ApiServer;

  constructor(
    seed = 1,
    resources?: readonly Resource[] | undefined,
    authorizationMode: NonNullable<ApiServerOptions["authorizationMode"]> = "AlwaysAllow",
  ) {
    setDeepFreeze(true);
    this.sim = new Simulation({ seed });
    this.store = new Store<KubeObject>(this.sim);
    this.server = new ApiServer({
      sim: this.sim,
      store: this.store,
      authorizationMode,
      ...(resources && { resources }),
    });
    for (const name of authorizationMode === "AlwaysAllow" ? ["default", "kube-system"] : ["default"])
      this.create(namespaces as never, { metadata: { name } });
  }

  send<T = KubeObject>(resource: Resource<never>, rest: Rest): ApiResponse<T> {
    return this.server.request<T>(request(resource, rest));
  }

  create<T extends KubeObject>(
    resource: Resource<T>,
    body: object,
    options: RequestOptions = {},
    namespace?: string,
  ): T {
    const home = namespace ?? (body as { metadata?: { namespace?: string } }).metadata?.namespace ?? "default";
    return this.send<T>(resource as never, { verb: "create", namespace: home, body, options }).object;
  }

  get<T extends KubeObject>(resource: Resource<T>, name: string): T {
    return this.send<T>(resource as never, { verb: "get", name }).object;
  }

  update<T extends KubeObject>(resource: Resource<T>, object: T, subresource = ""): T {
    return this.send<T>(resource as never, { verb: "update", name: object.metadata.name, body: object, subresource })
      .object;
  }

  delete(resource: Resource<never>, name: string, options: RequestOptions = {}): unknown {
    return this.send<unknown>(resource, { verb: "delete", name, options }).object;
  }

  names(resource: Resource<never>, options: RequestOptions = {}, namespace = "default"): string[] {
    const { items } = this.send<{ items: KubeObject[] }>(resource, { verb: "list", namespace, options }).object;
    return items.map((item) => item.metadata.name);
  }

  /** `ADDED web@7`, and how the watch ended. */
  watch(resource: Resource<never>, options: RequestOptions = {}, namespace = "default") {
    const seen: string[] = [];
    const events: WatchEvent<KubeObject>[] = [];
    const stop = this.server.watch<KubeObject>(request(resource, { verb: "watch", namespace, options }), {
      onEvents: (batch) => {
        events.push(...batch);
        for (const { type, object } of batch) {
          seen.push(`${type} ${object.metadata.name}@${object.metadata.resourceVersion}`);
        }
      },
      onEnd: (reason) => void seen.push(reason),
    });
    return { seen, events, stop };
  }

  /** Lets watch events arrive. */
  settle(ms = 2): void {
    this.sim.runUntil(this.sim.now + ms);
  }

  http(
    method: string,
    path: string,
    rest: { body?: unknown; headers?: Record<string, string>; upgrade?: boolean; public?: boolean } = {},
  ) {
    const body = typeof rest.body === "string" ? rest.body : rest.body === undefined ? "" : JSON.stringify(rest.body);
    const answer: HttpAnswer = {
      status: 0,
      headers: {},
      text: "",
      ended: false,
      failure: "",
      get json() {
        return JSON.parse(this.text);
      },
      abort: () => exchange.abort(),
    };
    const request = { method, url: `http://localhost:8001${path}`, headers: rest.headers ?? {}, body };
    const carrier = rest.public === true ? this.server.publicHttp : this.server.http;
    const exchange = carrier.send(rest.upgrade === true ? { ...request, upgrade: true } : request, {
      head(status, headers) {
        answer.status = status;
        answer.headers = headers;
      },
      data: (text) => void (answer.text += text),
      frame: (channel, text) => void (answer.text += `[${channel}]${text}`),
      end: () => void (answer.ended = true),
      fail: (errno) => void (answer.failure = errno),
    });
    return answer;
  }
}

export function request(resource: Resource<never>, rest: Rest): ApiRequest {
  const base = { verb: "get", namespace: "default", name: "", subresource: "", options: {}, user: TESTER } as const;
  const namespace = resource.namespaced ? (rest.namespace ?? "default") : "";
  return { ...base, ...rest, resource, namespace };
}

export function podDraft(name: string, rest: { labels?: Record<string, string>; spec?: object } = {}) {
  return {
    metadata: { name, ...(rest.labels && { labels: rest.labels }) },
    spec: { containers: [{ name: "app", image: "nginx" }], ...rest.spec },
  };
}

/** The pod, bound to a node. */
export function boundPod(test: TestServer, name: string, node = "worker-1") {
  test.create(pods, podDraft(name));
  bind(test, name, node);
  return test.get(pods, name);
}

export function bind(test: TestServer, name: string, node: string): void {
  const body = { metadata: { name }, target: { kind: "Node", name: node } };
  test.send(pods as never, { verb: "create", name, subresource: "binding", body });
}
