/**
 * The add-on for custom and external metrics: a Prometheus that scrapes pods by the usual annotations, a Pushgateway for
 * numbers from outside, and prometheus-adapter with its APIServices. Upstream: kubernetes-sigs/prometheus-adapter deploy/,
 * docs/walkthrough.md.
 */
import type { Resource } from "../api/meta/resource.ts";
import { apiServices, configMaps, deployments, namespaces, services } from "../api/registry.ts";
import type { Client } from "../client/client.ts";
import { account, createAll, deleteAll, isThere } from "./addon-objects.ts";
import type { AddonObject } from "./addon-objects.ts";

const NAMESPACE = "monitoring";
const ADAPTER = "prometheus-adapter";

const PROMETHEUS_CONFIG = `global:
  scrape_interval: 15s
scrape_configs:
- job_name: kubernetes-pods
  kubernetes_sd_configs:
  - role: pod
  relabel_configs:
  - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape]
    action: keep
    regex: "true"
  - source_labels: [__meta_kubernetes_pod_phase]
    action: keep
    regex: Running
  - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_path]
    action: replace
    target_label: __metrics_path__
    regex: (.+)
  - source_labels: [__address__, __meta_kubernetes_pod_annotation_prometheus_io_port]
    action: replace
    regex: ([^:]+)(?::\\d+)?;(\\d+)
    replacement: $1:$2
    target_label: __address__
  - source_labels: [__meta_kubernetes_namespace]
    target_label: namespace
  - source_labels: [__meta_kubernetes_pod_name]
    target_label: pod
- job_name: pushgateway
  honor_labels: true
  static_configs:
  - targets: [pushgateway.monitoring.svc:9091]
`;

const ADAPTER_CONFIG = `rules:
- seriesQuery: '{__name__=~"^http_requests.*",namespace!="",pod!=""}'
  resources:
    overrides:
      namespace: {resource: namespace}
      pod: {resource: pod}
  name:
    matches: ^(.*)_total$
    as: \${1}_per_second
  metricsQuery: sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)
- seriesQuery: '{__name__="nginx_ingress_controller_requests",exported_namespace!="",ingress!=""}'
  resources:
    overrides:
      exported_namespace: {resource: namespace}
      ingress: {group: networking.k8s.io, resource: ingress}
  name:
    as: requests_per_second
  metricsQuery: sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)
externalRules:
- seriesQuery: '{job="outside"}'
  resources:
    namespaced: false
  metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)
`;

const place = (name: string): object => ({ name, namespace: NAMESPACE, labels: { app: name } });

function server(name: string, ports: { port: number; targetPort: number }, container: object): AddonObject[] {
  const config = { name: "config", configMap: { name } };
  const isConfigured = "volumeMounts" in container;
  const probe = name === ADAPTER ? { path: "/readyz", scheme: "HTTPS" } : { path: "/-/ready" };
  const spec = {
    ...(name !== "pushgateway" && { serviceAccountName: name }),
    containers: [
      {
        name,
        ports: [{ containerPort: ports.targetPort }],
        readinessProbe: { httpGet: { ...probe, port: ports.targetPort } },
        ...container,
      },
    ],
    ...(isConfigured && { volumes: [config] }),
  };
  const labels = { app: name };
  return [
    [
      deployments as Resource,
      {
        metadata: place(name),
        spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
      },
    ],
    [services as Resource, { metadata: place(name), spec: { selector: labels, ports: [ports] } }],
  ];
}

function registration(group: string, version: string, versionPriority: number): AddonObject {
  const service = { name: ADAPTER, namespace: NAMESPACE };
  const spec = { service, group, version, insecureSkipTLSVerify: true, groupPriorityMinimum: 100, versionPriority };
  return [apiServices as Resource, { metadata: { name: `${version}.${group}` }, spec }];
}

function objects(): AddonObject[] {
  return [
    [namespaces as Resource, { metadata: { name: NAMESPACE } }],
    ...account("prometheus", {
      namespace: NAMESPACE,
      role: "prometheus",
      rights: ["get,list,watch core pods services endpoints nodes"],
    }),
    ...account(ADAPTER, { namespace: NAMESPACE, role: ADAPTER, rights: ["get,list,watch * *"] }),
    [configMaps as Resource, { metadata: place("prometheus"), data: { "prometheus.yml": PROMETHEUS_CONFIG } }],
    ...server(
      "prometheus",
      { port: 9090, targetPort: 9090 },
      {
        image: "prom/prometheus:v3.5.0",
        args: ["--config.file=/etc/prometheus/prometheus.yml", "--web.enable-lifecycle"],
        volumeMounts: [{ name: "config", mountPath: "/etc/prometheus" }],
      },
    ),
    ...server("pushgateway", { port: 9091, targetPort: 9091 }, { image: "prom/pushgateway:v1.11.1" }),
    [configMaps as Resource, { metadata: place(ADAPTER), data: { "config.yaml": ADAPTER_CONFIG } }],
    ...server(
      ADAPTER,
      { port: 443, targetPort: 6443 },
      {
        image: "registry.k8s.io/prometheus-adapter/prometheus-adapter:v0.12.0",
        args: [
          "--config=/etc/adapter/config.yaml",
          "--metrics-relist-interval=30s",
          "--prometheus-url=http://prometheus.monitoring.svc:9090/",
          "--secure-port=6443",
        ],
        volumeMounts: [{ name: "config", mountPath: "/etc/adapter" }],
      },
    ),
    registration("custom.metrics.k8s.io", "v1beta1", 100),
    registration("custom.metrics.k8s.io", "v1beta2", 200),
    registration("external.metrics.k8s.io", "v1beta1", 100),
  ];
}

/** Puts the objects there; those that are there already stay as they are. */
export function enablePrometheusAdapter(client: Client): void {
  createAll(client, objects());
}

export function disablePrometheusAdapter(client: Client): void {
  deleteAll(client, objects());
}

export function hasPrometheusAdapter(client: Client): boolean {
  return isThere(client, deployments as Resource, { namespace: NAMESPACE, name: ADAPTER });
}
