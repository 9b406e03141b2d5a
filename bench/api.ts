import { configMaps, deployments, nodes, pods } from "../src/engine/api/registry.ts";
import type { KubeObject } from "../src/engine/api/meta/object.ts";
import type { ApiRequest, Verb } from "../src/engine/api/meta/request.ts";
import type { Resource } from "../src/engine/api/meta/resource.ts";
import { MASTERS, userInfo } from "../src/engine/api/meta/user-info.ts";
import { ApiServer } from "../src/engine/apiserver/server.ts";
import { namespaces } from "../src/engine/api/registry.ts";
import { Store } from "../src/engine/etcd/store.ts";
import { Simulation } from "../src/engine/sim/simulation.ts";
import { heapMB, measure } from "./harness.ts";
import type { Benchmark, Numbers } from "./harness.ts";
import { webDeployment } from "./workload.ts";

const OBJECTS = 1000;
const LISTS = 200;
const WATCHERS = 100;
const WATCHED_WRITES = 1000;
const PODS = 10_000;
const USER = userInfo("bench", MASTERS);

/** A server by itself: what a request costs without a cluster that reacts to it. */
class Bare {
  readonly sim = new Simulation({ seed: 1 });
  readonly server: ApiServer;

  constructor() {
    this.server = new ApiServer({
      sim: this.sim,
      store: new Store<KubeObject>(this.sim),
      authorizationMode: "AlwaysAllow",
    });
    for (const name of ["default", "kube-system"])
      this.send(namespaces as never, "create", { body: { metadata: { name } } });
  }

  send<T>(resource: Resource<never>, verb: Verb, rest: Partial<ApiRequest> = {}): T {
    return this.server.request<T>(this.request(resource, verb, rest)).object;
  }

  request(resource: Resource<never>, verb: Verb, rest: Partial<ApiRequest>): ApiRequest {
    const namespace = resource.namespaced ? "default" : "";
    return { verb, namespace, name: "", subresource: "", options: {}, user: USER, ...rest, resource };
  }

  http(method: string, path: string, body: unknown = undefined, type = "application/json"): void {
    const headers = { Accept: "application/json", "Content-Type": type, "User-Agent": "bench" };
    const text = body === undefined ? "" : JSON.stringify(body);
    this.server.http.send(
      { method, url: `http://localhost${path}`, headers, body: text },
      {
        head: (status) => void (status >= 400 && fail(`${method} ${path}: ${status}`)),
        data() {},
        frame() {},
        end() {},
        fail,
      },
    );
  }
}

function fail(problem: string): never {
  throw new Error(problem);
}

const map = (name: string, value = "1") => ({ metadata: { name }, data: { key: value, other: "text" } });
const deployment = (name: string) => ({ ...webDeployment(3), metadata: { name, labels: { app: name } } });
const podDraft = (name: string, spec: object) => ({ metadata: { name, labels: { app: "web" } }, spec });

/** `name` per second, and its CPU in microseconds. */
async function rate(name: string, count: number, work: () => void): Promise<Numbers> {
  const { wallMs, cpuMs } = await measure(work);
  return { [`${name}PerSecond`]: (count * 1000) / wallMs, [`${name}Us`]: (cpuMs * 1000) / count };
}

function each(count: number, act: (index: number) => void): () => void {
  return () => {
    for (let index = 0; index < count; index++) act(index);
  };
}

/** What requests cost: in-process as components make them, and over the REST front as clients do. */
export const api: Benchmark = {
  name: "api",
  warmups: 1,
  async run() {
    const bare = new Bare();
    const maps = configMaps as never;
    const url = "/apis/apps/v1/namespaces/default/deployments";
    const apply = "application/apply-patch+yaml";
    const numbers: Numbers = {
      ...(await rate(
        "create",
        OBJECTS,
        each(OBJECTS, (at) => bare.send(maps, "create", { body: map(`m${at}`) })),
      )),
      ...(await rate(
        "get",
        OBJECTS * 10,
        each(OBJECTS * 10, (at) => bare.send(maps, "get", { name: `m${at % OBJECTS}` })),
      )),
      ...(await rate(
        "list1000",
        LISTS,
        each(LISTS, () => bare.send(maps, "list")),
      )),
      ...(await rate(
        "update",
        OBJECTS,
        each(OBJECTS, (at) => bare.send(maps, "update", { name: `m${at}`, body: map(`m${at}`, "2") })),
      )),
      ...(await rate(
        "patch",
        OBJECTS,
        each(OBJECTS, (at) =>
          bare.send(maps, "patch", { name: `m${at}`, patchType: "merge", body: { data: { key: "3" } } }),
        ),
      )),
      ...(await rate(
        "httpCreate",
        OBJECTS,
        each(OBJECTS, (at) => bare.http("POST", url, deployment(`d${at}`))),
      )),
      ...(await rate(
        "httpGet",
        OBJECTS,
        each(OBJECTS, (at) => bare.http("GET", `${url}/d${at}`)),
      )),
      ...(await rate(
        "httpList1000",
        10,
        each(10, () => bare.http("GET", url)),
      )),
      ...(await rate(
        "httpApply",
        OBJECTS,
        each(OBJECTS, (at) => {
          const body = {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: `d${at}` },
            spec: { replicas: 5 },
          };
          bare.http("PATCH", `${url}/d${at}?fieldManager=bench-apply&force=true`, body, apply);
        }),
      )),
    };
    if (bare.send<{ items: KubeObject[] }>(deployments as never, "list").items.length !== OBJECTS)
      fail("not all are there");
    return { ...numbers, ...(await fanOut()), ...podMemory() };
  },
};

/** Changes that a hundred watchers hear of. */
async function fanOut(): Promise<Numbers> {
  const bare = new Bare();
  let heard = 0;
  for (let count = 0; count < WATCHERS; count++) {
    bare.server.watch(bare.request(configMaps as never, "watch", {}), {
      onEvents: (events) => void (heard += events.length),
      onEnd: fail,
    });
  }
  const numbers = await rate("watchFanOut", WATCHED_WRITES, () => {
    for (let at = 0; at < WATCHED_WRITES; at++) {
      bare.send(configMaps as never, "create", { body: map(`m${at}`) });
      bare.sim.runUntil(bare.sim.now + 2);
    }
  });
  if (heard !== WATCHERS * WATCHED_WRITES) fail(`${heard} events were heard`);
  return numbers;
}

/** Ten thousand pods of one template, bound and running. */
function podMemory(): Numbers {
  const bare = new Bare();
  bare.send(nodes as never, "create", { body: { metadata: { name: "worker-1" } } });
  const spec = { containers: [{ name: "web", image: "nginx", ports: [{ containerPort: 80 }] }] };
  const before = heapMB();
  const ready = { type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:01Z" };
  for (let at = 0; at < PODS; at++) {
    const name = `web-${at}`;
    bare.send(pods as never, "create", { body: podDraft(name, spec) });
    const target = { kind: "Node", name: "worker-1" };
    bare.send(pods as never, "create", { name, subresource: "binding", body: { metadata: { name }, target } });
    const pod = bare.send<KubeObject & { status: object }>(pods as never, "get", { name });
    const status = { ...pod.status, phase: "Running", podIP: `10.244.${at >> 8}.${at & 255}`, conditions: [ready] };
    bare.send(pods as never, "update", { name, subresource: "status", body: { ...pod, status } });
  }
  const after = heapMB();
  if (bare.server.stats().revision < 3 * PODS) fail("not all pods are there");
  return { pods10000MB: after - before };
}
