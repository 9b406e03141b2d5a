import { describe, expect, it } from "vitest";
import { userInfo } from "../api/meta/user-info.ts";
import { configMaps, deployments, nodes, pods, services } from "../api/registry.ts";
import { podDraft, TESTER, TestServer } from "./testing/test-server.ts";

const DEPLOYMENT = {
  metadata: { name: "web" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx" }] } },
  },
};

describe("create", () => {
  it("API1 sets what belongs to the server", () => {
    const test = new TestServer();
    const said = { uid: "mine", resourceVersion: "9", creationTimestamp: "2000-01-01T00:00:00Z", generation: 7 };
    const made = test.create(deployments, {
      ...DEPLOYMENT,
      metadata: { name: "web", ...said },
      status: { replicas: 9 },
    });
    expect(made.metadata).toEqual({
      name: "web",
      namespace: "default",
      uid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      creationTimestamp: "2026-01-01T00:00:00Z",
      resourceVersion: String(test.store.revision),
      generation: 1,
    });
    expect(made.status?.replicas).toBeUndefined();
    expect([made.apiVersion, made.kind]).toEqual(["apps/v1", "Deployment"]);
    expect(test.get(deployments, "web")).toBe(made);
    expect(test.create(configMaps, { metadata: { name: "c" } }).metadata.generation).toBeUndefined();
  });

  it("API2 completes generateName from a stream of its own", () => {
    const names = (disturb: boolean): string[] => {
      const test = new TestServer();
      return [1, 2, 3].map(() => {
        if (disturb) test.create(pods, { ...podDraft(""), metadata: { generateName: "other-" } });
        return test.create(pods, { ...podDraft(""), metadata: { generateName: "web-" } }).metadata.name;
      });
    };
    expect(names(false)).toEqual(names(true));
    for (const name of names(false)) expect(name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it("API2 draws again when the name is taken", () => {
    const first = new TestServer().create(pods, { ...podDraft(""), metadata: { generateName: "web-" } }).metadata.name;
    const test = new TestServer();
    test.create(pods, podDraft(first));
    expect(test.create(pods, { ...podDraft(""), metadata: { generateName: "web-" } }).metadata.name).not.toBe(first);
  });

  it("API2 gives up when eight names in a row are taken", () => {
    const draft = { ...podDraft(""), metadata: { generateName: "web-" } };
    const first = new TestServer();
    const names = Array.from({ length: 8 }, () => first.create(pods, draft).metadata.name);
    const test = new TestServer();
    for (const name of names) test.create(pods, podDraft(name));
    expect(() => test.create(pods, draft)).toThrow(
      `pods "${names[7]}" already exists, the server was not able to generate a unique name for the object`,
    );
  });

  it("API3 refuses a name that exists", () => {
    const test = new TestServer();
    test.create(pods, podDraft("web"));
    expect(() => test.create(pods, podDraft("web"))).toThrow('pods "web" already exists');
    test.create(deployments, DEPLOYMENT);
    expect(() => test.create(deployments, DEPLOYMENT)).toThrow('deployments.apps "web" already exists');
  });

  it("API4 needs a namespace that is there", () => {
    const test = new TestServer();
    expect(() => test.create(pods, podDraft("web"), {}, "nowhere")).toThrow('namespaces "nowhere" not found');
    const elsewhere = { ...podDraft("web"), metadata: { name: "web", namespace: "kube-system" } };
    expect(() => test.create(pods, elsewhere, {}, "default")).toThrow(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  });

  it("API5 refuses what is invalid", () => {
    const test = new TestServer();
    expect(() => test.create(configMaps, { metadata: {} })).toThrow(
      "metadata.name: Required value: name or generateName is required",
    );
    expect(() => test.create(configMaps, { metadata: { name: "Big_Name" } })).toThrow(
      /^ConfigMap "Big_Name" is invalid: metadata.name: Invalid value: "Big_Name": a lowercase RFC 1123 subdomain must/,
    );
    expect(() => test.create(configMaps, { metadata: { name: "c", labels: { "a b": "x" } } })).toThrow(
      'metadata.labels: Invalid value: "a b": name part must consist of',
    );
    expect(test.names(configMaps as never)).toEqual([]);
    const spec = { ports: [{ port: 80 }] };
    expect(() => test.create(services, { metadata: { name: "a.b" }, spec })).toThrow(
      'Service "a.b" is invalid: metadata.name: Invalid value: "a.b": must not contain dots',
    );
    expect(test.create(services, { metadata: { name: "2048" }, spec }).metadata.name).toBe("2048");
  });
});

describe("update", () => {
  it("API6 notices that somebody else was faster", () => {
    const test = new TestServer();
    const first = test.create(configMaps, { metadata: { name: "c" }, data: { a: "1" } });
    test.update(configMaps, { ...first, data: { a: "2" } });
    expect(() => test.update(configMaps, { ...first, data: { a: "3" } })).toThrow(
      'Operation cannot be fulfilled on configmaps "c": the object has been modified; please apply your changes to the latest version and try again',
    );
    const anyway = { ...first, metadata: { ...first.metadata, resourceVersion: "" }, data: { a: "4" } };
    expect(test.update(configMaps, anyway).data).toEqual({ a: "4" });
    expect(() => test.update(configMaps, { ...first, metadata: { ...first.metadata, name: "x" } })).toThrow(
      'configmaps "x" not found',
    );
  });

  it("API7 writes nothing when nothing changes", () => {
    const test = new TestServer();
    const made = test.create(deployments, DEPLOYMENT);
    const { revision } = test.store;
    const lines = test.sim.journal.lastId;
    const copy = structuredClone(made);
    expect(test.update(deployments, copy)).toBe(made);
    expect(test.update(deployments, copy, "status")).toBe(made);
    expect([test.store.revision, test.sim.journal.lastId]).toEqual([revision, lines]);
  });

  it("API8 keeps what is the server's, counts generations, and parts spec from status", () => {
    const test = new TestServer();
    const made = test.create(deployments, DEPLOYMENT);
    const meta = { ...made.metadata, creationTimestamp: "2000-01-01T00:00:00Z", generation: 99, labels: { a: "b" } };
    const labelled = test.update(deployments, { ...made, metadata: meta, status: { replicas: 5 } });
    expect(labelled.metadata).toMatchObject({ generation: 1, creationTimestamp: made.metadata.creationTimestamp });
    expect(labelled.status).toEqual(made.status);
    const scaled = test.update(deployments, { ...labelled, spec: { ...labelled.spec, replicas: 3 } });
    expect(scaled.metadata.generation).toBe(2);
    const spec = { ...scaled.spec, replicas: 9 };
    const counted = test.update(deployments, { ...scaled, spec, status: { replicas: 3 } }, "status");
    expect([counted.spec.replicas, counted.status?.replicas, counted.metadata.generation]).toEqual([3, 3, 2]);
    expect(counted.metadata.labels).toEqual({ a: "b" });
  });

  it("API9 notices another object of the same name", () => {
    const test = new TestServer();
    const made = test.create(configMaps, { metadata: { name: "c" } });
    const other = { ...made, metadata: { ...made.metadata, uid: "other" }, data: { a: "1" } };
    expect(() => test.update(configMaps, other)).toThrow(
      `Precondition failed: UID in precondition: other, UID in object meta: ${made.metadata.uid}`,
    );
  });
});

describe("update of what isn't there", () => {
  const LEASES = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
  const lease = (metadata: object, holderIdentity: string) => ({ metadata, spec: { holderIdentity } });

  it("API53 creates leases and their like", () => {
    const test = new TestServer();
    const created = test.http("PUT", `${LEASES}/lock`, { body: lease({ name: "lock" }, "a") });
    expect([created.status, created.json.metadata.name, created.json.spec.holderIdentity]).toEqual([201, "lock", "a"]);
    const { metadata } = created.json;
    expect(test.http("PUT", `${LEASES}/lock`, { body: lease(metadata, "b") }).status).toBe(200);
    expect(test.http("PUT", `${LEASES}/gone`, { body: lease({ name: "gone", uid: "u" }, "a") }).json.message).toBe(
      'Operation cannot be fulfilled on leases.coordination.k8s.io "gone": Precondition failed: UID in precondition: u, UID in object meta: ',
    );
    const other = test.http("PUT", "/api/v1/namespaces/default/configmaps/none", {
      body: { metadata: { name: "none" } },
    });
    expect(other.status).toBe(404);
  });

  it("API54 wants a version where nothing is replaced blindly", () => {
    const test = new TestServer();
    test.http("POST", LEASES, { body: lease({ name: "lock" }, "a") });
    expect(test.http("PUT", `${LEASES}/lock`, { body: lease({ name: "lock" }, "b") }).json.message).toBe(
      'Lease.coordination.k8s.io "lock" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    );
    const patch = {
      body: { spec: { holderIdentity: "b" } },
      headers: { "Content-Type": "application/merge-patch+json" },
    };
    expect(test.http("PATCH", `${LEASES}/lock`, patch).status).toBe(200);
  });
});

describe("failures", () => {
  it("API55 say when to try again", () => {
    const test = new TestServer();
    const answer = test.http(
      "GET",
      "/api/v1/namespaces/default/pods?resourceVersion=999&resourceVersionMatch=NotOlderThan",
    );
    expect([answer.status, answer.json.details.retryAfterSeconds, answer.headers["Retry-After"]]).toEqual([
      504,
      1,
      "1",
    ]);
    expect(test.http("GET", "/api/v1/namespaces/default/pods/none").headers["Retry-After"]).toBeUndefined();
  });
});

describe("all writes", () => {
  it("API32 leave nothing behind at a dry run", () => {
    const test = new TestServer();
    const made = test.create(configMaps, { metadata: { name: "c" } });
    const { revision } = test.store;
    const watch = test.watch(configMaps as never, { resourceVersion: String(revision) });
    expect(test.create(pods, podDraft("web"), { dryRun: true }).spec.serviceAccountName).toBe("default");
    const body = { ...made, data: { a: "1" } };
    const answer = test.send<typeof body>(configMaps as never, {
      verb: "update",
      name: "c",
      body,
      options: { dryRun: true },
    });
    expect(answer.object.data).toEqual({ a: "1" });
    test.delete(configMaps as never, "c", { dryRun: true });
    test.settle();
    expect([test.store.revision, watch.seen, test.names(pods as never)]).toEqual([revision, [], []]);
  });

  it("API33 are one journal line each", () => {
    const test = new TestServer();
    const before = test.sim.journal.lastId;
    const made = test.create(deployments, DEPLOYMENT);
    test.names(deployments as never);
    expect(() => test.create(deployments, DEPLOYMENT)).toThrow("exists");
    test.update(deployments, { ...made, spec: { ...made.spec, replicas: 5 } });
    test.create(nodes, { metadata: { name: "n" } });
    test.delete(nodes as never, "n");
    const lines = test.sim.journal.since(before);
    expect(lines.map(({ kind, actor, subject, detail }) => [kind, actor, subject, detail].join(" "))).toEqual([
      "write tester deployments.apps/default/web create",
      "write tester deployments.apps/default/web update",
      "write tester nodes/n create",
      "write tester nodes/n delete",
    ]);
    expect(lines.map(({ by }) => by?.groups)).toEqual(Array.from({ length: 4 }, () => TESTER.groups));
  });

  it("API33 are told of when they are refused, with who wanted it as whom", () => {
    const test = new TestServer(1, undefined, "Node,RBAC");
    const jane = { ...userInfo("jane", "devs"), impersonator: userInfo("admin") };
    const before = test.sim.journal.lastId;
    expect(() => test.send(nodes as never, { verb: "create", user: jane, body: { metadata: { name: "n" } } })).toThrow(
      "forbidden",
    );
    expect(() => test.send(nodes as never, { verb: "list", user: jane })).toThrow("forbidden");
    expect(test.sim.journal.since(before)).toEqual([
      {
        id: before + 1,
        time: test.sim.now,
        kind: "denied",
        actor: "jane",
        subject: "nodes/n",
        detail:
          'create 403: nodes is forbidden: User "jane" cannot create resource "nodes" in API group "" at the cluster scope',
        by: jane,
        cause: 0,
      },
    ]);
  });

  it("API34 give the same hash for the same inputs", () => {
    const build = (seed: number): string => {
      const test = new TestServer(seed);
      test.create(deployments, DEPLOYMENT);
      return test.server.hash();
    };
    expect(build(1)).toMatch(/^[0-9a-f]{14}$/);
    expect(build(1)).toBe(build(1));
    expect(build(2)).not.toBe(build(1));
  });

  it("API35 are counted by the second", () => {
    const test = new TestServer();
    test.settle(1000);
    for (let i = 0; i < 5; i++) test.names(pods as never);
    test.settle(1000);
    expect(test.server.stats()).toEqual({ requestsPerSecond: 5, revision: test.store.revision });
    test.settle(2000);
    expect(test.server.stats().requestsPerSecond).toBe(0);
  });
});
