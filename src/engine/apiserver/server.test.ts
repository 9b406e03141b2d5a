import { beforeEach, describe, expect, it } from "vitest";
import { namespaces, pods } from "../api/registry.ts";
import type { KubeObject } from "../api/meta/object.ts";
import { setDeepFreeze } from "../base/freeze.ts";
import { Store } from "../etcd/store.ts";
import { Simulation } from "../sim/simulation.ts";
import { ApiServer } from "./server.ts";

setDeepFreeze(true);
let sim: Simulation;
let server: ApiServer;
const base = {
  resource: pods,
  namespace: "default",
  name: "",
  subresource: "",
  options: {},
  user: "me",
} as never as {};
const req = (rest: object) => ({ ...base, ...rest }) as never;
beforeEach(() => {
  sim = new Simulation();
  server = new ApiServer({ sim, store: new Store(sim) });
  server.request(req({ verb: "create", resource: namespaces, namespace: "", body: { metadata: { name: "default" } } }));
});
describe("spine", () => {
  it("works", () => {
    const seen: string[] = [];
    server.watch<KubeObject>(req({ verb: "watch" }), {
      onEvents: (events) =>
        void seen.push(
          ...events.map((e) => `${e.type} ${e.object.metadata.name} ${e.object.metadata.resourceVersion}`),
        ),
      onEnd: (r) => void seen.push(r),
    });
    const pod = server.request<KubeObject>(
      req({
        verb: "create",
        body: { metadata: { generateName: "web-" }, spec: { containers: [{ name: "a", image: "b" }] } },
      }),
    ).object;
    const { name } = pod.metadata;
    expect(server.request(req({ verb: "get", name })).object).toBe(pod);
    server.request(
      req({
        verb: "create",
        name,
        subresource: "binding",
        body: { metadata: { name }, target: { kind: "Node", name: "n1" } },
      }),
    );
    const cur = server.request<KubeObject>(req({ verb: "get", name })).object;
    server.request(
      req({ verb: "update", name, subresource: "status", body: { ...cur, status: { phase: "Running" } } }),
    );
    expect(server.request<{ items: unknown[] }>(req({ verb: "list" })).object.items.length).toBe(1);
    server.request(req({ verb: "delete", name }));
    server.request(req({ verb: "delete", name, options: { gracePeriodSeconds: 0 } }));
    sim.runUntilIdle(1000);
    console.log(seen, pod);
  });
});
