/**
 * Pushgateway: keeps what is pushed to it for a Prometheus to scrape. Upstream: prometheus/pushgateway.
 * Simplified: kept in memory; the text format only; values of labels in base64 are kept as they stand.
 */
import { expositionLine } from "../../base/request-counts.ts";
import type { ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import { defineImage } from "../define-image.ts";
import type { ImageDefinition, ServerContext, ServerHooks } from "../define-image.ts";
import { pathWords } from "../applications/app-state.ts";
import { sayUnread } from "../services/define-service.ts";
import { tags } from "../tags.ts";
import { parseExposition, type Sample } from "./series.ts";

const PORT = 9091;

export const pushgateway: readonly ImageDefinition[] = [
  "docker.io/prom/pushgateway",
  "quay.io/prometheus/pushgateway",
].map((name) =>
  defineImage({
    name,
    tags: tags(10, "latest v1.4.0..3 v1.5.0..1 v1.6.0..2 v1.7.0 v1.8.0 v1.9.0 v1.10.0 v1.11.0..1"),
    entrypoint: ["/bin/pushgateway"],
    exposedPorts: [PORT],
    user: 65_534,
    userland: "busybox",
    programs: () => ({ "/bin/pushgateway": { kind: "server", start } }),
  }),
);

function start(ctx: ServerContext): ServerHooks {
  sayUnread(ctx, ctx.argv.slice(1));
  ctx.use({ cpuMillicores: 1, memoryBytes: 12 * 1024 * 1024 });
  /** By group, then by name and labels. */
  const groups = new Map<string, Map<string, Sample>>();
  ctx.listen(PORT, (request) => answer(request, groups));
  ctx.log('level=info msg="listening on" address=[::]:9091', "stderr");
  const stop = (): void => ctx.exit(0);
  return { signals: { SIGTERM: stop, SIGINT: stop } };
}

function answer({ method, path, body }: ServedRequest, groups: Map<string, Map<string, Sample>>): ServedResponse {
  if (/^\/-\/(ready|healthy)$/.test(path)) return plain("OK\n");
  if (path === "/metrics" && method === "GET") {
    const samples = [...groups.values()].flatMap((group) => [...group.values()]);
    return plain(
      samples
        .map(({ labels: { __name__: name = "", ...labels }, value }) => `${expositionLine(name, labels, value)}\n`)
        .toSorted()
        .join(""),
    );
  }
  const [, , job = "", ...pairs] = pathWords(path);
  if (!path.startsWith("/metrics/job/") || job === "") return plain("404 page not found\n", 404);
  if (!["POST", "PUT", "DELETE"].includes(method)) return plain("Method Not Allowed\n", 405);
  if (pairs.length % 2 === 1)
    return plain(`odd number of components in label string ${JSON.stringify(`/${pairs.join("/")}`)}\n`, 400);
  const grouping: Record<string, string> = { job, instance: "" };
  for (let at = 0; at < pairs.length; at += 2) grouping[pairs[at] ?? ""] = pairs[at + 1] ?? "";
  const key = JSON.stringify(Object.entries(grouping).toSorted());
  if (method === "DELETE") {
    groups.delete(key);
    return plain("", 202);
  }
  const samples = parseExposition(body);
  if (samples === undefined) return plain("text format parsing error: expected float as value\n", 400);
  // POST replaces metrics of the same names, PUT the whole group.
  const names = new Set(samples.map(({ labels }) => labels["__name__"]));
  const before = method === "PUT" ? [] : [...(groups.get(key) ?? [])];
  const group = new Map(before.filter(([, { labels }]) => !names.has(labels["__name__"])));
  for (const { labels, value: amount } of samples) {
    const own = { ...labels, ...grouping };
    group.set(JSON.stringify(own), { labels: own, value: amount });
  }
  groups.set(key, group);
  return plain("");
}

function plain(text: string, status = 200): ServedResponse {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body: text };
}
