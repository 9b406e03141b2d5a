/** One job's scrapes: who is asked, and what of it is kept. Upstream: prometheus/prometheus scrape. */
import type { ServerContext } from "../define-image.ts";
import { fetchNow, tokenOf } from "../cluster-api.ts";
import { discover } from "./discovery.ts";
import { relabelled, type ScrapeJob } from "./scrape-config.ts";
import { parseExposition, type Labels, type SeriesStore } from "./series.ts";

export interface TargetState {
  readonly job: string;
  readonly url: string;
  readonly labels: Labels;
  /** "" for one that answered. */
  readonly lastError: string;
  readonly lastScrape: number;
}

export class Scraper {
  readonly job: ScrapeJob;
  private readonly ctx: ServerContext;
  private readonly store: SeriesStore;
  /** As of the last scrape. */
  states: readonly TargetState[] = [];
  private lastFailure = "";

  constructor(ctx: ServerContext, store: SeriesStore, job: ScrapeJob) {
    this.ctx = ctx;
    this.store = store;
    this.job = job;
  }

  scrape(): void {
    const { job } = this;
    const candidates = [...job.targets, ...job.discovery.flatMap((each) => this.discovered(each))];
    const targets = new Map<string, { url: string; labels: Labels }>();
    for (const candidate of candidates) {
      const base = { job: job.name, __scheme__: job.scheme, __metrics_path__: job.path, ...candidate };
      const found = relabelled(base, job.relabel);
      const address = found?.["__address__"] ?? "";
      if (found === undefined || address === "") continue;
      const path = found["__metrics_path__"] ?? "/metrics";
      const url = `${found["__scheme__"]}://${address}${path.startsWith("/") ? path : `/${path}`}`;
      const shown = Object.entries(found).filter(([name]) => !name.startsWith("__"));
      const labels = { instance: address, ...Object.fromEntries(shown) };
      targets.set(`${url} ${JSON.stringify(labels)}`, { url, labels });
    }
    this.states = [...targets.values()].map(({ url, labels }) => this.ask(url, labels));
  }

  private discovered({ role, namespaces }: ScrapeJob["discovery"][number]): readonly Labels[] {
    const found = discover(this.ctx, role, namespaces);
    if (!("failure" in found)) {
      this.lastFailure = "";
      return found;
    }
    if (found.failure !== this.lastFailure) {
      this.ctx.log(
        `time=${new Date(this.ctx.now()).toISOString()} level=ERROR component=k8s_client_runtime msg=${JSON.stringify(`Failed to watch: ${found.failure}`)}`,
        "stderr",
      );
    }
    this.lastFailure = found.failure;
    return [];
  }

  private ask(url: string, labels: Labels): TargetState {
    const { ctx, store, job } = this;
    const at = ctx.now();
    const answer = fetchNow(ctx, url, {
      headers: job.tokenFile === undefined ? {} : tokenOf(ctx, job.tokenFile),
    });
    const samples = "failure" in answer || answer.status !== 200 ? undefined : parseExposition(answer.body);
    store.append({ labels: { ...labels, __name__: "up" }, value: samples === undefined ? 0 : 1 }, at);
    for (const { labels: own, value } of samples ?? []) {
      const kept = relabelled(this.merged(labels, own), job.metricRelabel);
      if (kept !== undefined) store.append({ labels: kept, value }, at);
    }
    const failure =
      "failure" in answer
        ? `Get ${JSON.stringify(url)}: ${answer.failure}`
        : answer.status === 200
          ? "expected label name or end of line"
          : `server returned HTTP status ${answer.status}`;
    return { job: job.name, url, labels, lastError: samples === undefined ? failure : "", lastScrape: at };
  }

  /** The target's labels win, and what a sample says otherwise is kept as `exported_…`, unless labels are honoured. */
  private merged(target: Labels, own: Labels): Labels {
    if (this.job.honorLabels) return { ...target, ...own };
    const kept = Object.entries(own).map(([name, value]) => [name in target ? `exported_${name}` : name, value]);
    return { ...(Object.fromEntries(kept) as Labels), ...target };
  }
}
