/**
 * prometheus-adapter: custom.metrics.k8s.io and external.metrics.k8s.io out of what a Prometheus knows.
 * Upstream: kubernetes-sigs/prometheus-adapter cmd/adapter, kubernetes-sigs/custom-metrics-apiserver.
 * Simplified: who may ask what is for the API server in front of it to say; `resourceRules` have no effect; kinds are
 * looked up once, when it starts.
 */
import { sayKlog } from "../../base/klog.ts";
import { SystemError } from "../../base/program.ts";
import type { ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import { formOf, pathWords } from "../applications/app-state.ts";
import { defineImage } from "../define-image.ts";
import type { ServerContext, ServerHooks } from "../define-image.ts";
import { dashed, flagNames, flagOf, sayUnread } from "../services/define-service.ts";
import { tags } from "../tags.ts";
import { overTls } from "../../runtime/network-port.ts";
import { json } from "../web-app.ts";
import { AdapterMetrics, FetchError, idOf, type KnownResource } from "./adapter-metrics.ts";
import { readRules, RuleError, type AdapterConfig } from "./adapter-rules.ts";
import { durationMs } from "./promql-parser.ts";

const READ_FLAGS = new Set(["prometheus-url", "config", "metrics-relist-interval", "secure-port"]);
const OTHER_FLAGS =
  /^(v|logtostderr|cert-dir|tls-.*|metrics-max-age|prometheus-.*|kubeconfig|lister-kubeconfig|auth.*|disable-http2)$/;
const CUSTOM = "custom.metrics.k8s.io";
const UNITS = ["m", "", "k", "M", "G", "T", "P"];
const EXTERNAL = "external.metrics.k8s.io";

export const prometheusAdapter = defineImage({
  name: "registry.k8s.io/prometheus-adapter/prometheus-adapter",
  tags: tags(28, "v0.9.0..1 v0.10.0 v0.11.0..2 v0.12.0"),
  entrypoint: ["/adapter"],
  exposedPorts: [6443],
  user: 65_534,
  userland: "none",
  programs: () => ({ "/adapter": { kind: "server", start } }),
});

function start(ctx: ServerContext): ServerHooks | void {
  const unread = flagNames(ctx.argv).filter((name) => !READ_FLAGS.has(name));
  const unknown = unread.find((name) => !OTHER_FLAGS.test(name));
  if (unknown !== undefined) return refuse(ctx, `unable to parse flags: unknown flag: --${unknown}`);
  const file = flagOf(ctx, "config");
  if (file === undefined)
    return refuse(
      ctx,
      "unable to load metrics discovery config: no metrics discovery configuration file specified (make sure to specify --config)",
    );
  let config: AdapterConfig;
  try {
    config = readRules(ctx.fs.readFile(file));
  } catch (error) {
    const isMissing = error instanceof SystemError;
    if (!isMissing && !(error instanceof RuleError)) throw error;
    const why = isMissing
      ? `unable to load metrics discovery config file: open ${file}: no such file or directory`
      : error.message;
    return refuse(ctx, `unable to load metrics discovery config: ${why}`);
  }
  sayUnread(ctx, [...unread.map(dashed), ...config.unread]);
  ctx.use({ cpuMillicores: 3, memoryBytes: 40 * 1024 * 1024 });
  const metrics = new AdapterMetrics(ctx, flagOf(ctx, "prometheus-url") ?? "https://localhost", config);
  const adapter = new Adapter(ctx, metrics, config);
  const interval = durationMs(flagOf(ctx, "metrics-relist-interval") ?? "10m");
  const update = (): void => {
    const problem = metrics.update();
    if (problem !== undefined) sayKlog(ctx, "E", "provider.go:227", `unable to update list of all metrics: ${problem}`);
    ctx.after(interval, update);
  };
  const port = Number(flagOf(ctx, "secure-port") ?? 6443);
  ctx.after(500, () => {
    ctx.listen(
      port,
      overTls((request) => adapter.answer(request)),
    );
    sayKlog(ctx, "I", "secure_serving.go:213", `Serving securely on [::]:${port}`);
    update();
  });
  const stop = (): void => ctx.exit(0);
  return { signals: { SIGTERM: stop, SIGINT: stop } };
}

function refuse(ctx: ServerContext, text: string): void {
  ctx.log(`F adapter.go:325] ${text}`, "stderr");
  ctx.exit(1);
}

class Adapter {
  private readonly ctx: ServerContext;
  private readonly metrics: AdapterMetrics;
  private readonly config: AdapterConfig;

  constructor(ctx: ServerContext, metrics: AdapterMetrics, config: AdapterConfig) {
    this.ctx = ctx;
    this.metrics = metrics;
    this.config = config;
  }

  answer({ path, query }: ServedRequest): ServedResponse {
    if (/^\/(healthz|readyz|livez)$/.test(path)) return { status: 200, headers: {}, body: "ok" };
    const parameters = formOf(query);
    const [root, group, version = "", ...rest] = pathWords(path);
    if (root === "apis" && group === CUSTOM && /^v1beta[12]$/.test(version) && this.config.rules.length > 0) {
      return rest.length === 0 ? this.customList(version) : this.guarded(() => this.custom(version, rest, parameters));
    }
    if (root === "apis" && group === EXTERNAL && version === "v1beta1" && this.config.externalRules.length > 0) {
      return rest.length === 0 ? this.externalList() : this.guarded(() => this.external(rest, parameters));
    }
    return { status: 404, headers: {}, body: "404 page not found\n" };
  }

  private customList(version: string): ServedResponse {
    const resources = [...this.metrics.custom.keys()].toSorted().map((name) => {
      const [plural = "", group = ""] = splitOnce(name.split("/")[0] ?? "", ".");
      const known = this.metrics.resource({ group, resource: plural });
      return { name, singularName: "", namespaced: known?.namespaced ?? true, kind: "MetricValueList", verbs: ["get"] };
    });
    return json({ kind: "APIResourceList", apiVersion: "v1", groupVersion: `${CUSTOM}/${version}`, resources });
  }

  private externalList(): ServedResponse {
    const resources = [...this.metrics.external.keys()].toSorted().map((name) => {
      return { name, singularName: "", namespaced: true, kind: "ExternalMetricValueList", verbs: ["get"] };
    });
    return json({ kind: "APIResourceList", apiVersion: "v1", groupVersion: `${EXTERNAL}/v1beta1`, resources });
  }

  private guarded(read: () => ServedResponse): ServedResponse {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof FetchError)) throw error;
      this.ctx.log(`E provider.go:150] unable to fetch metrics from prometheus: ${error.message}`, "stderr");
      const shown = error.message === "unable to list matching resources" ? error.message : "unable to fetch metrics";
      return refusal(500, "InternalError", `Internal error occurred: ${shown}`, { causes: [{ message: shown }] });
    }
  }

  private custom(version: string, path: readonly string[], query: Readonly<Record<string, string>>): ServedResponse {
    const inside = path[0] === "namespaces" && path.length > 3;
    const namespace = inside ? (path[1] ?? "") : "";
    let [resourceName = "", name = "", metric = ""] = inside ? path.slice(2) : path;
    // A metric of the namespace itself: namespaces/x/metrics/m.
    const isNamespace = inside && resourceName === "metrics" && metric === "";
    if (isNamespace) [resourceName, name, metric] = ["namespaces", namespace, name];
    const [plural = "", group = ""] = splitOnce(resourceName, ".");
    const known = this.metrics.resource({ group, resource: plural });
    const missing = (one?: string): ServedResponse =>
      refusal(
        404,
        "NotFound",
        `the server could not find the metric ${metric} for ${known === undefined ? resourceName : idOf(known)}${one === undefined ? "" : ` ${one}`}`,
      );
    if (known === undefined) return missing();
    const metricSelector = query["metricLabelSelector"] ?? "";
    const names = name === "*" ? this.metrics.namesOf(known, namespace, query["labelSelector"] ?? "") : [name];
    const values = this.metrics.ofObjects(known, metric, { namespace, names, metricSelector });
    if (values === undefined) return missing();
    const found = names.filter((each) => values.has(each));
    if (name !== "*" && found.length === 0) return missing(name);
    const items = found.map((each) =>
      this.item(version, known, {
        namespace: isNamespace ? "" : namespace,
        name: each,
        metric,
        value: values.get(each) ?? 0,
      }),
    );
    return json({ kind: "MetricValueList", apiVersion: `${CUSTOM}/${version}`, metadata: {}, items });
  }

  private item(
    version: string,
    { group, version: apiVersion, kind }: KnownResource,
    of: { namespace: string; name: string; metric: string; value: number },
  ): object {
    const { namespace, name, metric, value } = of;
    const describedObject = {
      kind,
      ...(namespace !== "" && { namespace }),
      name,
      apiVersion: `${group}/${apiVersion}`,
    };
    const timestamp = secondsOf(this.ctx.now());
    const amount = quantityFromMilli(Number.isNaN(value) ? 0 : Math.trunc(value * 1000));
    return version === "v1beta1"
      ? { describedObject, metricName: metric, timestamp, value: amount, selector: null }
      : { describedObject, metric: { name: metric, selector: null }, timestamp, value: amount };
  }

  private external(path: readonly string[], query: Readonly<Record<string, string>>): ServedResponse {
    const [, namespace = "", metric = ""] = path;
    const values = this.metrics.ofOutside(metric, namespace, query["labelSelector"] ?? "");
    if (values === undefined) {
      const place = namespace === "default" ? "namespaces" : "";
      return refusal(404, "NotFound", `the server could not find the metric ${metric} for ${place}`);
    }
    const items = values.map(({ labels, value }) => ({
      metricName: metric,
      metricLabels: labels,
      timestamp: secondsOf(this.ctx.now()),
      value: quantityFromMilli(Math.trunc(value * 1000)),
    }));
    return json({ kind: "ExternalMetricValueList", apiVersion: `${EXTERNAL}/v1beta1`, metadata: {}, items });
  }
}

function refusal(code: number, reason: string, message: string, details?: object): ServedResponse {
  const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason };
  return json({ ...status, ...(details && { details }), code }, code);
}

function splitOnce(text: string, by: string): [string, string] {
  const at = text.indexOf(by);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** `1500m`, `2`, `3k`: a quantity in the form that Kubernetes gives it. */
function quantityFromMilli(milli: number): string {
  if (milli === 0) return "0";
  let amount = milli;
  let unit = 0;
  while (amount % 1000 === 0 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit++;
  }
  return `${amount}${UNITS[unit]}`;
}

function secondsOf(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
