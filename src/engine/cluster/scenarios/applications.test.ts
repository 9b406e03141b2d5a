/** Demo applications in a whole cluster: pages that work, and that break exactly where a back end is missing or shut off. */
import { beforeAll, expect, it } from "vitest";
import { deployments, ingresses, networkPolicies, nodes, pods, services } from "../../api/registry.ts";
import type { HttpSink } from "../../base/http.ts";
import type { TestCluster } from "../testing/test-cluster.ts";
import { createTestCluster } from "../testing/test-cluster.ts";

let test: TestCluster;
const metadata = (name: string) => ({ name, namespace: "default", labels: { app: name } });

function app(
  name: string,
  image: string,
  how: { port?: number; nodePort?: number; at?: number; more?: object } = {},
): void {
  const { port, nodePort, at = port, more } = how;
  const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: "main", image, ...more }] } };
  test.client
    .resource(deployments)
    .create({ metadata: metadata(name), spec: { selector: { matchLabels: { app: name } }, template } } as never);
  if (port === undefined) return;
  const ports = [{ port, targetPort: at, ...(nodePort !== undefined && { nodePort }) }];
  const type = nodePort === undefined ? "ClusterIP" : "NodePort";
  test.client
    .resource(services)
    .create({ metadata: metadata(name), spec: { type, selector: { app: name }, ports } } as never);
}

interface Got {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** What the laptop gets at a node's port. */
function ask(
  nodePort: number,
  path = "/",
  how: { method?: string; body?: string; headers?: Record<string, string> } = {},
): Got {
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
  const url = `http://${node?.status.addresses?.[0]?.address ?? ""}:${nodePort}${path}`;
  test.cluster.network.laptopPort().send({ method: "GET", headers: {}, body: "", ...how, url }, sink);
  test.runUntil(() => over, 30_000);
  return got;
}

function scale(name: string, replicas: number): void {
  const { spec } = test.get(deployments, name);
  test.client.resource(deployments).update({ ...test.get(deployments, name), spec: { ...spec, replicas } });
  const settled = (): boolean => (test.get(deployments, name).status.readyReplicas ?? 0) === replicas;
  expect(test.runUntil(settled, 120_000)).toBe(true);
  // Without a readiness probe a container that is still starting counts as ready.
  test.run(5000);
}

const variables = (values: Record<string, string>) => ({
  env: Object.entries(values).map(([name, value]) => ({ name, value })),
});

beforeAll(() => {
  test = createTestCluster({ seed: 1, preset: "minikube" });
  test.cluster.setAddon("ingress", true);
  app("redis", "redis:alpine", { port: 6379 });
  app("db", "postgres:15-alpine", {
    port: 5432,
    more: variables({ POSTGRES_USER: "postgres", POSTGRES_PASSWORD: "postgres" }),
  });
  app("vote", "dockersamples/examplevotingapp_vote", { port: 80, nodePort: 31000 });
  app("result", "dockersamples/examplevotingapp_result", { port: 80, nodePort: 31001 });
  app("worker", "dockersamples/examplevotingapp_worker");

  app("catalogue-db", "weaveworksdemos/catalogue-db:0.3.0", {
    port: 3306,
    more: variables({ MYSQL_ROOT_PASSWORD: "fake_password", MYSQL_DATABASE: "socksdb" }),
  });
  app("catalogue", "weaveworksdemos/catalogue:0.3.5", {
    port: 80,
    more: {
      command: ["/app"],
      args: ["-port=80"],
      readinessProbe: { httpGet: { path: "/health", port: 80 }, periodSeconds: 3 },
    },
  });
  app("front-end", "weaveworksdemos/front-end:0.3.12", { port: 80, at: 8079, nodePort: 30001 });

  const shop = (name: string): string => `gcr.io/google-samples/microservices-demo/${name}:v0.4.1`;
  app("productcatalogservice", shop("productcatalogservice"), { port: 3550 });
  app("currencyservice", shop("currencyservice"), { port: 7000 });
  app("cartservice", shop("cartservice"), { port: 7070, more: variables({ REDIS_ADDR: "redis:6379" }) });
  app("frontend", shop("frontend"), {
    port: 80,
    at: 8080,
    nodePort: 30080,
    more: variables({
      PRODUCT_CATALOG_SERVICE_ADDR: "productcatalogservice:3550",
      CURRENCY_SERVICE_ADDR: "currencyservice:7000",
      CART_SERVICE_ADDR: "cartservice:7070",
    }),
  });
  app("client", "curlimages/curl", { more: { command: ["sleep", "1d"] } });
  const rule = (name: string) => ({
    host: `${name}.example`,
    http: { paths: [{ path: "/", pathType: "Prefix", backend: { service: { name, port: { number: 80 } } } }] },
  });
  const up = (): boolean => test.list(deployments).every(({ status }) => status.readyReplicas === 1);
  if (!test.runUntil(up, 180_000)) throw new Error("not everything came up");
  test.run(30_000);
  test.client.resource(ingresses).create({
    metadata: metadata("front-doors"),
    spec: { rules: ["vote", "result", "front-end", "frontend"].map(rule) },
  } as never);
  test.run(30_000);
});

it("every front page answers through its Ingress and its service too", () => {
  const doors = [
    ["vote", "Cats vs Dogs!"],
    ["result", "No votes yet"],
    ["front-end", "We love socks!"],
    ["frontend", "Sunglasses"],
  ] as const;
  const [client] = test.list(pods).filter(({ metadata: { labels } }) => labels?.["app"] === "client");
  for (const [name, words] of doors) {
    const page = { status: 200, body: expect.stringContaining(words) };
    expect(ask(80, "/", { headers: { Host: `${name}.example` } })).toMatchObject(page);
    expect(test.exec(client?.metadata.name ?? "", `curl -s http://${name}/`)).toContain(words);
  }
});

it("a vote goes through redis and the worker to the database, and the result counts it", () => {
  expect(ask(31000)).toMatchObject({ status: 200, body: expect.stringContaining("Cats vs Dogs!") });
  expect(ask(31001).body).toContain("No votes yet");
  const voted = (voter: string, vote: string): number =>
    ask(31000, "/", { method: "POST", body: `vote=${vote}`, headers: { Cookie: `voter_id=${voter}` } }).status;
  expect([voted("1", "a"), voted("2", "b"), voted("1", "b")]).toEqual([200, 200, 200]);
  test.run(10_000);
  expect(ask(31001).body).toContain('<div>Cats 0.0%</div>\n<div>Dogs 100.0%</div>\n<div id="result">2 votes</div>');

  scale("redis", 0);
  expect(ask(31000).status).toBe(200);
  const refused = ask(31000, "/", { method: "POST", body: "vote=a" });
  expect(refused).toMatchObject({ status: 500, body: expect.stringContaining("ConnectionError") });
  expect(ask(31001).status).toBe(200);
  scale("redis", 1);
});

it("the sock shop's front page stays when the catalogue's database goes: what needs it says so", () => {
  expect(ask(30001).body).toContain("We love socks!");
  expect(JSON.parse(ask(30001, "/catalogue/size").body)).toEqual({ size: 5, err: null });
  scale("catalogue-db", 0);
  expect(ask(30001).status).toBe(200);
  expect(ask(30001, "/catalogue")).toMatchObject({
    status: 500,
    body: expect.stringContaining("could not connect to catalogue-db:3306: ECONNREFUSED"),
  });
});

it("the boutique keeps a cart in redis, and its page breaks by a policy or a missing service", () => {
  const session = { Cookie: "shop_session-id=me" };
  expect(ask(30080, "/", { headers: session })).toMatchObject({
    status: 200,
    body: expect.stringContaining("Sunglasses"),
  });
  expect(ask(30080, "/cart", { method: "POST", body: "product_id=9SIQT8TOJO", headers: session }).body).toContain(
    '{"items":"9SIQT8TOJO"}',
  );
  test.client.resource(networkPolicies).create({
    metadata: metadata("nobody"),
    spec: { podSelector: { matchLabels: { app: "cartservice" } }, policyTypes: ["Ingress"] },
  } as never);
  test.run(1000);
  expect(ask(30080)).toMatchObject({
    status: 500,
    body: expect.stringContaining("desc = cartservice:7070: connection timed out"),
  });
  test.client.resource(networkPolicies).delete("default", "nobody");
  scale("currencyservice", 0);
  expect(ask(30080).body).toContain("desc = currencyservice:7000: connection refused");
  scale("currencyservice", 1);
  expect(ask(30080).status).toBe(200);
});
