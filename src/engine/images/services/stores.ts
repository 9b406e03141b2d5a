/** Brokers, caches, registries and search engines. */
import { connect, resolve, write } from "../../base/syscalls.ts";
import { SystemError } from "../../base/program.ts";
import type { Program } from "../../base/program.ts";
import type { ImageDefinition } from "../define-image.ts";
import { tags } from "../tags.ts";
import { html, json } from "../web-app.ts";
import { cassandra } from "../cassandra/cassandra.ts";
import { clusterProportionalAutoscaler } from "./cluster-proportional-autoscaler.ts";
import { defineService } from "./define-service.ts";
import { older } from "./older.ts";

/** A tool that tells whether its server's port is open, for these words, and refuses all others. */
function probe(title: string, port: number, answers: Readonly<Record<string, string>>): Program {
  return function* (ctx, argv) {
    const words = argv.slice(1).filter((word) => !word.startsWith("-"));
    const answer = answers[words.join(" ")];
    if (answer === undefined) {
      yield* write(2, `${title}: this playground knows only: ${Object.keys(answers).join(", ")}\n`);
      return 64;
    }
    try {
      yield* connect("127.0.0.1", port);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      yield* write(2, `Error: unable to connect to the server on port ${port}: ${error.errno}\n`);
      return 69;
    }
    const [address = ""] = yield* resolve(ctx.hostname);
    yield* write(1, answer.replace("ADDRESS", address));
    return 0;
  };
}

const rabbitmq = defineService({
  names: ["docker.io/library/rabbitmq"],
  tags: tags(105, "latest management 3 3.6 3.6.0..16 3.7 3.7.0..28 3.8..13 3.8.0..34 3.13.0..7 4 4.0 4.1 4.1.0..6", [
    "",
    "-management",
    "-alpine",
    "-management-alpine",
  ]),
  program: "/opt/rabbitmq/sbin/rabbitmq-server",
  tcp: [5672, 25672],
  http: {
    15672: ({ path }) =>
      path === "/"
        ? html("RabbitMQ Management", "<p>RabbitMQ: this playground has no queues to manage.</p>")
        : undefined,
    15692: ({ path }) => (path === "/metrics" ? "# TYPE rabbitmq_identity_info untyped\n" : undefined),
  },
  lacks:
    "speaks no AMQP: clients are hung up on; `rabbitmq-diagnostics ping`, `check_running` and `check_port_connectivity` work",
  banner: ["  ##  ##      RabbitMQ", " completed with 4 plugins.", "[info] <0.9.0> Server startup complete"],
  startMs: 4000,
  memoryMB: 130,
  stepsDownTo: {
    name: "rabbitmq",
    uid: 999,
    title: "/opt/erlang/lib/erlang/erts-15.2.7/bin/beam.smp -W w -MBas ageffcbf",
  },
  tools: Object.fromEntries(
    ["rabbitmqctl", "rabbitmq-diagnostics"].map((name) => [
      `/opt/rabbitmq/sbin/${name}`,
      {
        kind: "program" as const,
        run: probe(name, 5672, {
          ping: "Ping succeeded\n",
          check_running: "RabbitMQ is running and fully booted\n",
          check_port_connectivity: "Successfully connected to ports 5672\n",
        }),
      },
    ]),
  ),
  env: { PATH: "/opt/rabbitmq/sbin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
});

const registry = defineService({
  names: ["docker.io/library/registry"],
  tags: tags(10, "latest 2 2.6 2.6.2 2.7 2.7.1 2.8 2.8.1..3 3 3.0"),
  program: "/bin/registry",
  args: ["serve", "/etc/docker/registry/config.yml"],
  userland: "busybox",
  http: {
    5000: ({ path }) => {
      const headers = { "docker-distribution-api-version": "registry/2.0", "content-type": "application/json" };
      if (path === "/v2/" || path === "/v2") return { status: 200, headers, body: "{}" };
      if (path === "/v2/_catalog") return { status: 200, headers, body: '{"repositories":[]}\n' };
      if (path === "/") return { status: 200, headers: { "cache-control": "no-cache" }, body: "" };
      const message = "this playground keeps no images in this registry";
      return {
        status: path.startsWith("/v2/") ? 501 : 404,
        headers,
        body: `${JSON.stringify({ errors: [{ code: "UNSUPPORTED", message }] })}\n`,
      };
    },
  },
  lacks: "takes no pushes: it stays empty",
  banner: ['level=info msg="listening on [::]:5000" go.version=go1.23.7'],
  memoryMB: 12,
});

const elasticsearch = defineService({
  names: [
    "docker.io/library/elasticsearch",
    "docker.elastic.co/elasticsearch/elasticsearch",
    "docker.elastic.co/elasticsearch/elasticsearch-oss",
    "quay.io/pires/docker-elasticsearch-kubernetes",
    "quay.io/fluentd_elasticsearch/elasticsearch",
  ],
  tags: tags(
    560,
    "latest 2.4 5 5.6 5.6.2 6.2.4 6.8.23 7.2.0 7.9.1 7.17.0..3 8.0.0 8.5.1 8.15.0 8.19.4 9.1.4 1.7.1-4 2.3.0 v6.2.5 v7.4.2 v7.5.1 v7.10.2 v7.17.3",
  ),
  program: "/usr/share/elasticsearch/bin/elasticsearch",
  http: {
    9200: ({ path, method }, ctx) => {
      const cluster = ctx.env["cluster.name"] ?? "docker-cluster";
      if (method === "GET" && path === "/")
        return json({
          name: ctx.env["node.name"] ?? ctx.hostname,
          cluster_name: cluster,
          tagline: "You Know, for Search",
        });
      if (method === "GET" && path === "/_cluster/health")
        return json({
          cluster_name: cluster,
          status: "green",
          timed_out: false,
          number_of_nodes: 1,
          number_of_data_nodes: 1,
          active_shards: 0,
        });
      return json(
        { error: { type: "not_simulated", reason: "this playground indexes and searches nothing" }, status: 501 },
        501,
      );
    },
  },
  tcp: [9300],
  lacks:
    "indexes and searches nothing and knows no other node: it answers 501; its root page and /_cluster/health are there",
  banner: ['{"level":"INFO","message":"started","service":"elasticsearch"}'],
  startMs: 12_000,
  memoryMB: 1100,
  user: { name: "elasticsearch", uid: 1000 },
});

const kibana = defineService({
  names: ["docker.io/library/kibana", "docker.elastic.co/kibana/kibana", "docker.elastic.co/kibana/kibana-oss"],
  tags: tags(350, "latest 4.6 5 5.6 6.1.3 6.2.4 6.8.23 7.2.0 7.9.1 7.17.0..3 8.5.1 8.15.0 8.19.4 9.1.4"),
  program: "/usr/share/kibana/bin/kibana",
  http: {
    5601: ({ path }) =>
      path === "/"
        ? html("Kibana", "<p>Kibana: this playground shows no indices.</p>")
        : path === "/api/status"
          ? json({ status: { overall: { level: "available" } } })
          : undefined,
  },
  lacks: "asks no Elasticsearch and shows one page that says so",
  banner: ["[INFO ][http.server.Kibana] http server running at http://0.0.0.0:5601"],
  startMs: 8000,
  memoryMB: 450,
  user: { name: "kibana", uid: 1000 },
});

const kafka = defineService({
  names: ["docker.io/apache/kafka", "docker.io/confluentinc/cp-kafka"],
  tags: tags(380, "latest 3.7.0..2 3.8.0..1 3.9.0..1 4.0.0 4.1.0 6.2.0 7.0.0..1 7.4.0 7.5.0 7.9.0"),
  program: "/opt/kafka/bin/kafka-server",
  tcp: [9092, 9093],
  lacks: "speaks no Kafka protocol: clients are hung up on",
  banner: ["[KafkaRaftServer nodeId=1] Kafka Server started (kafka.server.KafkaRaftServer)"],
  startMs: 6000,
  memoryMB: 400,
  user: { name: "appuser", uid: 1000 },
});

const consul = defineService({
  names: ["docker.io/hashicorp/consul", "docker.io/library/consul"],
  tags: tags(60, "latest 0.7.2 1.0 1.4.0 1.4.4 1.6..10 1.14..16 1.20..22"),
  program: "/bin/consul",
  userland: "busybox",
  args: ["agent", "-dev", "-client", "0.0.0.0"],
  reads: ["dev", "client"],
  http: {
    8500: ({ path }, ctx) => {
      if (path === "/")
        return { status: 301, headers: { location: "/ui/" }, body: '<a href="/ui/">Moved Permanently</a>.\n\n' };
      if (path.startsWith("/ui/")) return html("Consul", "<p>Consul: this playground shows no services here.</p>");
      if (path === "/v1/status/leader" && ctx.argv.includes("-dev")) return '"127.0.0.1:8300"';
      if (path === "/v1/agent/self") return json({ Config: { Datacenter: "dc1" } });
      return json({ error: "not simulated in this playground" }, 501);
    },
  },
  tcp: [8300, 8301],
  lacks: "joins no other agent and registers no services: it answers 501",
  banner: ["==> Consul agent running!"],
  memoryMB: 40,
  stepsDownTo: { name: "consul", uid: 100 },
});

const vault = defineService({
  names: ["docker.io/hashicorp/vault", "docker.io/library/vault"],
  tags: tags(140, "latest 1.9.0 1.10.0 1.11.0 1.12.0 1.13.0..3 1.14.0 1.15.0 1.17.0 1.18.0 1.20.0"),
  program: "/bin/vault",
  userland: "busybox",
  args: ["server", "-dev"],
  http: {
    8200: ({ path }) =>
      path === "/v1/sys/health"
        ? json({ initialized: true, sealed: false, standby: false })
        : json({ errors: ["not simulated in this playground"] }, 501),
  },
  reads: ["dev"],
  refuses: (ctx) =>
    ctx.argv.includes("-dev")
      ? undefined
      : { text: "Drydock: only the development server (-dev) is simulated", code: 1 },
  lacks: "keeps no secrets: it answers 501; /v1/sys/health is there",
  banner: ["==> Vault server started! Log data will stream in below:"],
  memoryMB: 60,
  stepsDownTo: { name: "vault", uid: 100 },
});

const proxies = [
  ...defineService({
    names: ["docker.io/envoyproxy/envoy"],
    tags: tags(60, "latest v1.10.0 v1.20.0 v1.24.0 v1.28.0 v1.31.0 v1.34.0 v1.35.0 distroless-v1.34.0"),
    program: "/usr/local/bin/envoy",
    http: { 9901: ({ path }) => (path === "/ready" ? "LIVE\n" : undefined) },
    lacks: "proxies nothing: only its administration port answers, with /ready",
    banner: ["[info][main] starting main dispatch loop"],
    memoryMB: 30,
  }),
];

export const stores: readonly ImageDefinition[] = [
  ...rabbitmq,
  ...registry,
  ...elasticsearch,
  ...kibana,
  ...kafka,
  ...consul,
  ...vault,
  ...cassandra,
  ...clusterProportionalAutoscaler,
  ...older,
  ...proxies,
];
