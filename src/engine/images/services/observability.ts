/** What watches clusters: collectors of logs and metrics, and what shows them. */
import type { ImageDefinition } from "../define-image.ts";
import type { ServedRequest } from "../../runtime/network-port.ts";
import { tags } from "../tags.ts";
import { html, json } from "../web-app.ts";
import type { Page } from "../web-app.ts";
import { defineService, flagOf } from "./define-service.ts";

function portOf(address: string | undefined): number | undefined {
  const match = /:(\d+)$/.exec(address ?? "");
  return match === null ? undefined : Number(match[1]);
}

function measured({ path }: ServedRequest): Page {
  if (path === "/metrics") return "# Drydock: this playground measures nothing here\n";
  return /^\/(healthz|livez|readyz|-\/ready|-\/healthy)?$/.test(path) ? "OK\n" : undefined;
}

const exporter = (names: string[], port: number, line: string, lacks: string): ImageDefinition[] =>
  defineService({
    names,
    tags: tags(
      10,
      "latest v0.14.0 v0.15.0 v0.18.1 v1.0.0..1 v1.1.2 v1.43.1 v2.1.0 v0.27.0 v1.1.0..2 v1.3.1 v1.5.0 v1.6.0..1 v1.7.0 v1.8.0..2 v1.9.0..8 v1.58.0 v0.11.1 v0.12.0 v0.16.0 v2.0.0 v2.1.0..1 v2.2.0..4 v2.9.2 v2.10.0..1 v2.13.0 v2.15.0 v2.16.0 v2.17.0 1.0",
    ),
    program: `/bin/${(names[0] as string).slice((names[0] as string).lastIndexOf("/") + 1)}`,
    userland: "busybox",
    // kube-state-metrics tells of itself on a port of its own.
    http: { [port]: measured, ...(port === 8080 && { 8081: measured }) },
    port: (ctx, usual) => portOf(flagOf(ctx, "web.listen-address")) ?? usual,
    reads: ["web.listen-address"],
    lacks,
    banner: [line],
    memoryMB: 14,
    user: { name: "nobody", uid: 65534 },
  });

const exporters = [
  ...exporter(
    ["docker.io/prom/node-exporter", "quay.io/prometheus/node-exporter"],
    9100,
    'level=info msg="Listening on" address=[::]:9100',
    "measures no machine: /metrics is empty",
  ),
  ...exporter(
    ["registry.k8s.io/kube-state-metrics/kube-state-metrics"],
    8080,
    '"Started kube-state-metrics self metrics server"',
    "watches no objects: /metrics is empty",
  ),
  ...exporter(
    ["quay.io/prometheus/blackbox-exporter", "docker.io/prom/blackbox-exporter"],
    9115,
    'level=info msg="Listening on address" address=:9115',
    "probes nothing: /metrics is empty",
  ),
  ...exporter(
    ["quay.io/prometheuscommunity/elasticsearch-exporter"],
    9114,
    'level=info msg="Listening on" address=[::]:9114',
    "asks no Elasticsearch: /metrics is empty",
  ),
  ...exporter(
    ["docker.io/danielqsj/kafka-exporter"],
    9308,
    "Listening on HTTP :9308",
    "asks no broker: /metrics is empty",
  ),
  ...exporter(
    ["docker.io/oliver006/redis_exporter"],
    9121,
    'level=info msg="Providing metrics at :9121/metrics"',
    "asks no Redis: /metrics is empty",
  ),
  ...exporter(
    ["quay.io/prometheuscommunity/postgres-exporter"],
    9187,
    'level=info msg="Listening on" address=[::]:9187',
    "asks no database: /metrics is empty",
  ),
  ...exporter(
    ["docker.io/kbudde/rabbitmq-exporter"],
    9419,
    'level=info msg="Starting RabbitMQ exporter"',
    "asks no broker: /metrics is empty",
  ),
  ...exporter(
    ["docker.io/prom/alertmanager", "quay.io/prometheus/alertmanager"],
    9093,
    "level=info msg=Listening address=:9093",
    "sends no alerts",
  ),
];

const grafana = defineService({
  names: ["docker.io/grafana/grafana", "docker.io/grafana/grafana-oss"],
  tags: tags(170, "latest 6.7.4 7.5.2..5 8.5.0 9.0.0 9.1.0 9.5.0 10.0.0 10.4.0 11.0.0 11.6.0 12.0.0 12.1.0"),
  program: "/run.sh",
  userland: "busybox",
  http: {
    3000: ({ path }) => {
      if (path === "/api/health") return json({ database: "ok", version: "12.1.0", commit: "unknown" });
      return path === "/" || path === "/login"
        ? html("Grafana", "<p>Grafana: this playground shows no dashboards.</p>")
        : undefined;
    },
  },
  lacks: "shows no dashboards; /api/health is there",
  banner: ['logger=http.server level=info msg="HTTP Server Listen" address=[::]:3000 protocol=http subUrl= socket='],
  startMs: 1500,
  memoryMB: 80,
  user: { name: "grafana", uid: 472 },
});

const shippers = [
  ...defineService({
    names: [
      "docker.io/fluent/fluentd",
      "docker.io/library/fluentd",
      "docker.io/fluent/fluentd-kubernetes-daemonset",
      "quay.io/fluentd_elasticsearch/fluentd",
      "registry.k8s.io/fluentd-gcp",
      "registry.k8s.io/fluentd-elasticsearch",
      "docker.io/robotshop/fluentd",
      "docker.io/weaveworksdemos/log-server",
    ],
    tags: tags(
      60,
      "latest elastic 1.2 1.20 1.30 2.0 2.0.2 v0.14.10 v1.3 v1.4 v1.16 v1.17 v1.18 v2.5.0..2 v2.6.0 v2.7.0 v3.0.0..4 v3.1.0 v3.2.0 v3.3.0 v3.4.0 v4.0.0..1 v4.2.1 v5.0.1 v4.6.2 v1.14.6 v1-debian-elasticsearch v1-debian-forward v1.4-debian-elasticsearch-1 edge",
    ),
    program: "/usr/bin/fluentd",
    // As Google's and Kubernetes' builds start it.
    files: { "/run.sh": '#!/bin/sh\nexec /usr/bin/fluentd "$@"\n' },
    tcp: [24224],
    lacks: "reads, parses and sends no logs",
    banner: [
      "[info]: #0 starting fluentd worker pid=1 ppid=0 worker=0",
      "[info]: #0 fluentd worker is now running worker=0",
    ],
    startMs: 900,
    memoryMB: 60,
  }),
  ...defineService({
    names: ["docker.elastic.co/beats/filebeat", "docker.elastic.co/beats/filebeat-oss"],
    tags: tags(110, "6.2.4 6.8.23 7.0.1 7.2.0 7.5.1 7.17.0..3 8.5.1 8.15.0 8.19.4 9.1.4"),
    program: "/usr/share/filebeat/filebeat",
    lacks: "reads, parses and sends no logs",
    banner: ["INFO\tinstance/beat.go\tfilebeat start running."],
    memoryMB: 30,
  }),
  ...defineService({
    names: ["docker.io/fluent/fluent-bit", "cr.fluentbit.io/fluent/fluent-bit"],
    tags: tags(36, "latest 1.5 1.8 1.9 1.9.10 2.0 2.1 2.2 3.0 3.1 3.2 4.0 4.1"),
    program: "/fluent-bit/bin/fluent-bit",
    userland: "none",
    http: {
      2020: ({ path }) =>
        path === "/api/v1/health"
          ? "ok\n"
          : path === "/"
            ? json({ "fluent-bit": { edition: "Community" } })
            : undefined,
    },
    lacks: "reads, parses and sends no logs",
    banner: ["[ info] [fluent bit] version=4.1, commit=unknown, pid=1"],
    memoryMB: 12,
  }),
];

const dashboards = [
  ...defineService({
    names: ["docker.io/kubernetesui/dashboard", "docker.io/kubernetesui/dashboard-web"],
    tags: tags(74, "latest v2.0.0..5 v2.1.0 v2.2.0 v2.3.0..1 v2.4.0 v2.5.0..1 v2.6.0..1 v2.7.0 1.4.0 1.7.0"),
    program: "/dashboard",
    userland: "none",
    http: {
      9090: ({ path }) =>
        path === "/" ? html("Kubernetes Dashboard", "<p>The dashboard is not simulated.</p>") : undefined,
      8443: ({ path }) =>
        path === "/" ? html("Kubernetes Dashboard", "<p>The dashboard is not simulated.</p>") : undefined,
    },
    tls: [8443],
    lacks: "shows one page that says so, on 8443 over TLS without a certificate",
    banner: ["Starting overwatch"],
    memoryMB: 20,
  }),
  ...defineService({
    names: ["docker.io/kubernetesui/metrics-scraper", "docker.io/kubernetesui/dashboard-metrics-scraper"],
    tags: tags(16, "latest v1.0.3..9 1.2.0 1.2.2"),
    program: "/metrics-sidecar",
    userland: "none",
    http: { 8000: ({ path }) => (path === "/" ? "URL: /" : undefined) },
    lacks: "scrapes and keeps no metrics",
    banner: [],
    memoryMB: 10,
  }),
];

export const observability: readonly ImageDefinition[] = [...exporters, ...grafana, ...shippers, ...dashboards];
