/**
 * Prometheus: scrapes its targets, keeps an hour of samples in memory and answers instant queries.
 * Upstream: prometheus/prometheus cmd/prometheus, web/api/v1.
 * Simplified: rules, alerts, remote storage and the pages of its interface are left out; what is asked for of them is
 * named at the start or refused. Of PromQL there is what `promql-parser.ts` says.
 */
import { SystemError } from "../../base/program.ts";
import type { ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import { formOf } from "../applications/app-state.ts";
import { defineImage } from "../define-image.ts";
import type { ImageDefinition, ServerContext, ServerHooks } from "../define-image.ts";
import { dashed, flagNames, flagOf, sayUnread } from "../services/define-service.ts";
import { tags } from "../tags.ts";
import { html, json } from "../web-app.ts";
import { evaluate, type Value } from "./promql.ts";
import { parsePromql, parseSelector, PromqlError } from "./promql-parser.ts";
import { ConfigError, readConfig, type PrometheusConfig } from "./scrape-config.ts";
import { Scraper } from "./scraper.ts";
import { SeriesStore } from "./series.ts";

const CONFIG = "/etc/prometheus/prometheus.yml";
const DEFAULT_CONFIG =
  "global:\n  scrape_interval: 15s\nscrape_configs:\n  - job_name: prometheus\n    static_configs:\n      - targets: ['localhost:9090']\n";
const FLAGS =
  /^(config\.(file|auto-reload-interval)|web\.[a-z.-]+|storage\.[a-z0-9.-]+|query\.[a-z-]+|rules\.[a-z.-]+|alertmanager\.[a-z-]+|scrape\.[a-z.-]+|enable-feature|log\.(level|format)|agent|auto-gomem.*|auto-gomaxprocs|version|help.*|h)$/;
const READ_FLAGS = new Set(["config.file", "web.listen-address", "web.enable-lifecycle"]);
const START_MS = 300;

export const prometheus: readonly ImageDefinition[] = [
  "docker.io/prom/prometheus",
  "quay.io/prometheus/prometheus",
].map((name) =>
  defineImage({
    name,
    tags: tags(
      110,
      "latest v1.8.2 v2.1.0..3 v2.20.0..1 v2.26.0 v2.30.0..3 v2.36.0..2 v2.40.0..7 v2.45.0..6 v2.53.0..5 v3.0.0..1 v3.5.0",
    ),
    entrypoint: ["/bin/prometheus"],
    cmd: [`--config.file=${CONFIG}`],
    exposedPorts: [9090],
    user: 65_534,
    userland: "busybox",
    files: { [CONFIG]: DEFAULT_CONFIG },
    programs: () => ({ "/bin/prometheus": { kind: "server", start } }),
  }),
);

function start(ctx: ServerContext): ServerHooks | void {
  const given = flagNames(ctx.argv);
  const unknown = given.find((name) => !FLAGS.test(name));
  if (unknown !== undefined) {
    return refuse(ctx, `Error parsing command line arguments: unknown long flag '--${unknown}'`);
  }
  const file = flagOf(ctx, "config.file") ?? CONFIG;
  const server = new Prometheus(ctx, file);
  const problem = server.load();
  if (problem !== undefined) {
    const stamp = new Date(ctx.now()).toISOString();
    return refuse(
      ctx,
      `ts=${stamp} caller=main.go level=error msg="Error loading config (--config.file=${file})" file=${file} err="${problem}"`,
    );
  }
  ctx.use({ cpuMillicores: 3, memoryBytes: 60 * 1024 * 1024 });
  sayUnread(ctx, given.filter((name) => !READ_FLAGS.has(name)).map(dashed));
  const port = Number(/:(\d+)$/.exec(flagOf(ctx, "web.listen-address") ?? "")?.[1] ?? 9090);
  ctx.after(START_MS, () => {
    ctx.listen(port, (request) => server.answer(request, given.includes("web.enable-lifecycle")));
    ctx.log('level=info msg="Server is ready to receive web requests."', "stderr");
    server.begin();
  });
  const stop = (): void => ctx.exit(0);
  return { signals: { SIGTERM: stop, SIGINT: stop, SIGHUP: () => void server.reload() } };
}

function refuse(ctx: ServerContext, text: string): void {
  ctx.log(text, "stderr");
  ctx.exit(2);
}

class Prometheus {
  private readonly ctx: ServerContext;
  private readonly file: string;
  private readonly store = new SeriesStore();
  private scrapers: readonly Scraper[] = [];
  /** Scrapes of a configuration that was replaced come to nothing. */
  private generation = 0;

  constructor(ctx: ServerContext, file: string) {
    this.ctx = ctx;
    this.file = file;
  }

  /** Why the configuration can't be used; undefined when it is. */
  load(): string | undefined {
    let config: PrometheusConfig;
    try {
      config = readConfig(this.ctx.fs.readFile(this.file));
    } catch (error) {
      if (error instanceof SystemError) return `open ${this.file}: no such file or directory`;
      if (error instanceof ConfigError) return `parsing YAML file ${this.file}: ${error.message}`;
      throw error;
    }
    sayUnread(this.ctx, config.unread);
    this.scrapers = config.jobs.map((job) => new Scraper(this.ctx, this.store, job));
    return undefined;
  }

  begin(): void {
    const generation = ++this.generation;
    for (const scraper of this.scrapers) {
      const scrape = (): void => {
        if (generation !== this.generation) return;
        scraper.scrape();
        this.ctx.after(scraper.job.intervalMs, scrape);
      };
      this.ctx.after(this.ctx.random(scraper.job.intervalMs), scrape);
    }
  }

  reload(): string | undefined {
    const problem = this.load();
    if (problem === undefined) this.begin();
    else this.ctx.log(`level=error msg="Error reloading config" err="${problem}"`, "stderr");
    return problem;
  }

  answer({ path, query, method, body }: ServedRequest, hasLifecycle: boolean): ServedResponse {
    const text = method === "POST" && body !== "" ? body : query;
    const parameters = formOf(text);
    switch (path) {
      case "/-/ready":
        return plain("Prometheus Server is Ready.\n");
      case "/-/healthy":
        return plain("Prometheus Server is Healthy.\n");
      case "/-/reload": {
        if (method !== "POST" && method !== "PUT") return plain("Only POST or PUT requests allowed", 405);
        if (!hasLifecycle) return plain("Lifecycle API is not enabled.", 403);
        const problem = this.reload();
        return problem === undefined ? plain("") : plain(`failed to reload config: ${problem}\n`, 500);
      }
      case "/metrics":
        return plain("# TYPE prometheus_ready gauge\nprometheus_ready 1\n");
      case "/api/v1/query":
        return this.guarded(() => this.query(parameters["query"] ?? "", parameters["time"]));
      case "/api/v1/series":
        return this.guarded(() =>
          this.store.select(parseSelector(parameters["match[]"] ?? "")).map(({ labels }) => labels),
        );
      case "/api/v1/targets":
        return success({ activeTargets: this.targets(), droppedTargets: [] });
      case "/":
      case "/graph":
      case "/query":
        return html("Prometheus", `<p>Prometheus on ${this.ctx.hostname}: ask /api/v1/query.</p>`);
      default:
        if (!path.startsWith("/api/")) return plain("404 page not found\n", 404);
        return failure("unavailable", "this playground answers query, series and targets", 503);
    }
  }

  private guarded(read: () => unknown): ServedResponse {
    try {
      return success(read());
    } catch (error) {
      if (!(error instanceof PromqlError)) throw error;
      return failure("bad_data", `invalid parameter "${error.parameter}": ${error.message}`, 400);
    }
  }

  /** At `time` in seconds or as a date, or now. */
  private query(text: string, time?: string): unknown {
    const now = time === undefined ? this.ctx.now() : timeOf(time);
    const value: Value = evaluate(parsePromql(text), this.store, now);
    const shown = (number: number): [number, string] => [now / 1000, shownNumber(number)];
    if (typeof value === "number") return { resultType: "scalar", result: shown(value) };
    return { resultType: "vector", result: value.map((each) => ({ metric: each.labels, value: shown(each.value) })) };
  }

  private targets(): unknown[] {
    return this.scrapers.flatMap(({ states }) =>
      states.map(({ job, url, labels, lastError, lastScrape }) => ({
        labels,
        scrapePool: job,
        scrapeUrl: url,
        lastError,
        lastScrape: new Date(lastScrape).toISOString(),
        health: lastError === "" ? "up" : "down",
      })),
    );
  }
}

function timeOf(text: string): number {
  const time = /^[\d.]+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (Number.isNaN(time)) throw new PromqlError(`cannot parse ${JSON.stringify(text)} to a valid timestamp`, "time");
  return time;
}

function shownNumber(value: number): string {
  return value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value);
}

function success(data: unknown): ServedResponse {
  return json({ status: "success", data });
}

function failure(errorType: string, error: string, status: number): ServedResponse {
  return json({ status: "error", errorType, error }, status);
}

function plain(body: string, status = 200): ServedResponse {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}
