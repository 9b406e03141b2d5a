/** Demo applications in a whole cluster: pages that work, and that break exactly where a back end is missing or shut off. */
import { beforeAll, expect, it } from "vitest";
import { deployments, ingresses, namespaces, networkPolicies, nodes, pods, services } from "../../api/registry.ts";
import type { HttpSink } from "../../base/http.ts";
import { APPLICATIONS } from "../testing/applications.ts";
import type { Part } from "../testing/applications.ts";
import type { TestCluster } from "../testing/test-cluster.ts";
import { createTestCluster } from "../testing/test-cluster.ts";

let test: TestCluster;

function start(namespace: string, name: string, part: Part, nodePort: boolean): void {
  const { image, port, at = port, env = {}, more, replicas = 1 } = part;
  const metadata = { name, namespace, labels: { app: name } };
  const variables = Object.entries(env).map(([key, value]) => ({ name: key, value }));
  const template = {
    metadata: { labels: { app: name } },
    spec: { containers: [{ name: "main", image, env: variables, ...more }] },
  };
  const deployment = { metadata, spec: { replicas, selector: { matchLabels: { app: name } }, template } };
  test.client.resource(deployments).create(deployment as never);
  if (port === undefined) return;
  const spec = {
    type: nodePort ? "NodePort" : "ClusterIP",
    selector: { app: name },
    ports: [{ port, targetPort: at }],
  };
  test.client.resource(services).create({ metadata, spec } as never);
}

interface Got {
  status: number;
  headers: Record<string, string>;
  body: string;
}
interface How {
  method?: string;
  body?: string;
  headers?: Record<string, string>;
}

/** What the laptop gets at a node's port; `place`: a port, or the namespace and name of a service that has one. */
function ask(place: number | string, path = "/", how: How = {}): Got {
  const got: Got = { status: 0, headers: {}, body: "" };
  let over = false;
  const sink: HttpSink = {
    head: (status, headers) => Object.assign(got, { status, headers }),
    data: (text) => void (got.body += text),
    frame() {},
    end: () => void (over = true),
    fail: (errno) => {
      got.body = errno;
      over = true;
    },
  };
  const [node] = test.list(nodes, "");
  const port = typeof place === "number" ? place : nodePortOf(place);
  const url = `http://${node?.status.addresses?.[0]?.address ?? ""}:${port}${path}`;
  test.cluster.network.laptopPort().send({ method: "GET", headers: {}, body: "", ...how, url }, sink);
  test.runUntil(() => over, 30_000);
  return got;
}

function nodePortOf(place: string): number {
  const [namespace, name = ""] = place.split("/");
  return test.get(services, name, namespace).spec.ports?.[0]?.nodePort ?? 0;
}

function scale(place: string, replicas: number): void {
  const [namespace = "", name = ""] = place.split("/");
  const { spec } = test.get(deployments, name, namespace);
  test.client.resource(deployments).update({ ...test.get(deployments, name, namespace), spec: { ...spec, replicas } });
  const settled = (): boolean => (test.get(deployments, name, namespace).status.readyReplicas ?? 0) === replicas;
  expect(test.runUntil(settled, 120_000)).toBe(true);
  // Without a readiness probe a container that is still starting counts as ready.
  test.run(5000);
}

const fronts = Object.entries(APPLICATIONS).flatMap(([namespace, { front, parts }]) =>
  Object.entries(front).map(([name, words]) => ({ namespace, name, words, port: parts[name]?.port ?? 0 })),
);

beforeAll(() => {
  test = createTestCluster({ seed: 1, preset: "minikube" });
  test.cluster.setAddon("ingress", true);
  for (const [namespace, { parts, front }] of Object.entries(APPLICATIONS)) {
    test.client.resource(namespaces).create({ metadata: { name: namespace } } as never);
    test.run(100);
    for (const [name, part] of Object.entries(parts)) start(namespace, name, part, Object.hasOwn(front, name));
  }
  start("default", "client", { image: "curlimages/curl", more: { command: ["sleep", "1d"] } }, false);
  const up = (): boolean =>
    test.list(deployments, "").every(({ status, spec }) => (status.readyReplicas ?? 0) === (spec.replicas ?? 1));
  if (!test.runUntil(up, 300_000)) throw new Error("not everything came up");
  // The rules that lead to the controller's webhook may be a second behind.
  test.run(1000);
  for (const { namespace, name, port } of fronts) {
    const backend = { service: { name, port: { number: port } } };
    const rule = {
      host: `${name}.${namespace}.example`,
      http: { paths: [{ path: "/", pathType: "Prefix", backend }] },
    };
    test.client
      .resource(ingresses)
      .create({ metadata: { name, namespace }, spec: { ingressClassName: "nginx", rules: [rule] } } as never);
  }
  test.run(15_000);
});

it("every front page answers through its service, its Ingress and its node port", () => {
  const [client] = test.list(pods);
  for (const { namespace, name, words, port } of fronts) {
    const inside = test.exec(client?.metadata.name ?? "", `curl -sL http://${name}.${namespace}:${port}/`);
    expect(inside).toContain(words);
    // The bank sends strangers to its login.
    const path = namespace === "anthos" ? "/login" : namespace === "coins" ? "/index.html" : "/";
    const page = { status: 200, body: expect.stringContaining(words) };
    expect(ask(80, path, { headers: { Host: `${name}.${namespace}.example` } })).toMatchObject(page);
    expect(ask(`${namespace}/${name}`, path)).toMatchObject(page);
  }
});

it("a vote goes through redis and the worker to the database, and the result counts it", () => {
  const voted = (voter: string, vote: string): number =>
    ask("voting/vote", "/", { method: "POST", body: `vote=${vote}`, headers: { Cookie: `voter_id=${voter}` } }).status;
  expect([voted("1", "a"), voted("2", "b"), voted("1", "b")]).toEqual([200, 200, 200]);
  test.run(10_000);
  expect(ask("voting/result").body).toContain(
    '<div>Cats 0.0%</div>\n<div>Dogs 100.0%</div>\n<div id="result">2 votes</div>',
  );

  scale("voting/redis", 0);
  expect(ask("voting/vote").status).toBe(200);
  const refused = ask("voting/vote", "/", { method: "POST", body: "vote=a" });
  expect(refused).toMatchObject({ status: 500, body: expect.stringContaining("ConnectionError") });
  expect(ask("voting/result").status).toBe(200);
});

it("socks go into a cart, with the customer through his login, and to an order that is paid and shipped", () => {
  const shop = (path: string, how: How = {}): Got =>
    ask("socks/front-end", path, { ...how, headers: { Cookie: "md.sid=me", ...how.headers } });
  const post = (path: string, value: object): Got => shop(path, { method: "POST", body: JSON.stringify(value) });
  expect(JSON.parse(shop("/catalogue/size").body)).toEqual({ size: 5, err: null });
  const id = "510a0d7e-8e83-4193-b483-e27e09ddc34d";
  expect([post("/cart", { id }).status, post("/cart", { id }).status]).toEqual([201, 201]);
  expect(JSON.parse(shop("/cart").body)).toEqual([{ itemId: id, quantity: 2, unitPrice: 15 }]);
  expect(post("/orders", {}).body).toContain("User not logged in.");

  const login = (credentials: string): Got => shop("/login", { headers: { Authorization: `Basic ${credentials}` } });
  expect(login("dXNlcjp3cm9uZw==").status).toBe(401);
  expect(login("dXNlcjpwYXNzd29yZA==")).toMatchObject({
    status: 200,
    headers: { "set-cookie": "logged_in=me; Path=/" },
    body: "Cookie is set",
  });
  expect(JSON.parse(shop("/cart").body)).toHaveLength(1);
  const ordered = post("/orders", {});
  expect([ordered.status, JSON.parse(ordered.body)]).toMatchObject([
    201,
    { customerId: "57a98d98e4b00679b4a830b2", items: [{ itemId: id, quantity: 2, unitPrice: 15 }], total: 34.99 },
  ]);
  expect(JSON.parse(shop("/orders").body)).toMatchObject([{ total: 34.99 }]);
  post("/cart", { id: "03fef6ac-1896-4ce8-bd69-b798f85c6e0b" });
  expect(post("/orders", {}).body).toContain("Payment declined: amount exceeds 105.00");
  expect(shop("/cart", { method: "DELETE" }).status).toBe(202);
  expect(shop("/cart").body).toBe("[]\n");

  expect(post("/register", { username: "ann", password: "x", email: "a@b" }).status).toBe(200);
  expect(shop("/orders").body).toBe("[]\n");
});

it("the sock shop's front page stays when a database goes: what needs it says so", () => {
  scale("socks/catalogue-db", 0);
  expect(ask("socks/front-end").status).toBe(200);
  expect(ask("socks/front-end", "/catalogue")).toMatchObject({
    status: 500,
    body: expect.stringContaining("could not connect to catalogue-db:3306: ECONNREFUSED"),
  });
  scale("socks/session-db", 0);
  expect(ask("socks/front-end", "/cart").body).toContain("Error connecting to session-db:6379: ECONNREFUSED.");
});

it("the boutique keeps a cart in redis, and its page breaks by a policy or a missing service", () => {
  const headers = { Cookie: "shop_session-id=me" };
  const shop = (path = "/", how: How = {}): Got => ask("boutique/frontend", path, { headers, ...how });
  expect(shop("/cart", { method: "POST", body: "product_id=9SIQT8TOJO" }).body).toContain('{"items":"9SIQT8TOJO"}');
  const nobody = { name: "nobody", namespace: "boutique" };
  const podSelector = { matchLabels: { app: "cartservice" } };
  test.client.resource(networkPolicies).create({ metadata: nobody, spec: { podSelector, policyTypes: ["Ingress"] } });
  test.run(1000);
  expect(shop()).toMatchObject({
    status: 500,
    body: expect.stringContaining("desc = cartservice:7070: connection timed out"),
  });
  test.client.resource(networkPolicies).delete(nobody.namespace, nobody.name);
  scale("boutique/currencyservice", 0);
  expect(shop().body).toContain("desc = currencyservice:7000: connection refused");
  scale("boutique/currencyservice", 1);
  expect(shop().status).toBe(200);
});

it("the guestbook writes to the leader and reads from followers, which go on without it", () => {
  const guestbook = (query: string): Got => ask("guestbook/frontend", `/guestbook.php?${query}`);
  expect(JSON.parse(guestbook("cmd=set&key=messages&value=,hello").body)).toEqual({ message: "Updated" });
  test.run(2000);
  const read = () => JSON.parse(guestbook("cmd=get&key=messages").body) as unknown;
  expect([read(), read(), read()]).toEqual([{ data: ",hello" }, { data: ",hello" }, { data: ",hello" }]);
  scale("guestbook/redis-leader", 0);
  expect(read()).toEqual({ data: ",hello" });
  expect(guestbook("cmd=set&key=messages&value=x")).toMatchObject({
    status: 500,
    body: expect.stringContaining("tcp://redis-leader:6379"),
  });
});

it("coins are mined as fast as there are workers, and not at all without the hasher", () => {
  const hashes = (): number => (JSON.parse(ask("coins/webui", "/json").body) as { hashes: number }).hashes;
  const mined = (): number => {
    const before = hashes();
    test.run(10_000);
    return hashes() - before;
  };
  const alone = mined();
  expect(alone).toBeGreaterThan(20);
  scale("coins/worker", 3);
  expect(mined() / alone).toBeCloseTo(3, 0);
  scale("coins/hasher", 0);
  test.run(5000);
  expect(mined()).toBe(0);
});

it("the bank lets its customers in, moves money, and shows a gap where a service is missing", () => {
  const login = (password: string): Got =>
    ask("anthos/frontend", "/login", { method: "POST", body: `username=testuser&password=${password}` });
  expect(login("wrong").headers).toMatchObject({ location: "/login?msg=Login+Failed" });
  expect(login("bankofanthos").headers).toMatchObject({ location: "/home", "set-cookie": "token=testuser" });
  const headers = { Cookie: "token=testuser" };
  const home = (): string => ask("anthos/frontend", "/home", { headers }).body;
  const paid = ask("anthos/frontend", "/payment", {
    method: "POST",
    body: "account_num=1033623433&amount=250",
    headers,
  });
  expect(paid.headers).toMatchObject({ location: "/home?msg=Payment+successful" });
  expect(home()).toContain('<span id="current-balance">-250</span>');
  expect(ask("anthos/frontend", "/home", { headers: { Cookie: "token=alice" } }).body).toContain(
    '<span id="current-balance">250</span>',
  );
  scale("anthos/balancereader", 0);
  expect(home()).toContain('<span id="current-balance">---</span>');
});
