/** Everything that isn't a resource: discovery, health, version, OpenAPI. Upstream: apiserver pkg/server/routes, healthz. */
import type { Descriptions } from "../../api/descriptions.ts";
import type { ResourceCatalog } from "../../api/meta/resource-catalog.ts";
import type { HttpSink } from "../../base/http.ts";
import type { HttpRequest } from "../../base/program.ts";
import { hash53 } from "../../base/hash.ts";
import { Discovery } from "./discovery.ts";
import { type Encoding, header, jsonFor, parseMediaTypes } from "./media.ts";
import { OpenApiPages } from "./openapi-pages.ts";
import { sendObject, sendText } from "./responder.ts";
import { sendTagged } from "./tagged-page.ts";
import type { Query } from "./url.ts";

/** The version that a server has which nobody has told another. */
export const DEFAULT_VERSION = "v1.36.0";

const VERSION = {
  major: "1",
  minor: "36",
  emulationMajor: "1",
  emulationMinor: "36",
  minCompatibilityMajor: "1",
  minCompatibilityMinor: "35",
  gitVersion: DEFAULT_VERSION,
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "",
  goVersion: "",
  compiler: "gc",
  platform: "linux/amd64",
};

const CHECKS = ["ping", "log", "etcd", "poststarthook/start-apiserver-admission-initializer"];

export interface PageRequest {
  request: HttpRequest;
  segments: readonly string[];
  query: Query;
}

export interface PagesOptions {
  catalog: ResourceCatalog;
  descriptions: () => Descriptions | undefined;
  metrics: (build: Readonly<Record<string, string>>) => string;
  /** Where clients reach the server, `host:port`. */
  address: string;
}

export class ServerPages {
  private readonly catalog: ResourceCatalog;
  private readonly discovery: Discovery;
  private readonly openApi: OpenApiPages;
  /** `APIGroupDiscoveryList` of each root, while the catalog is as it was. */
  private readonly aggregated = new Map<string, { generation: number; text: string; hash: string }>();
  private readonly metrics: (build: Readonly<Record<string, string>>) => string;

  constructor({ catalog, descriptions, metrics, address }: PagesOptions) {
    this.metrics = metrics;
    this.catalog = catalog;
    this.discovery = new Discovery(catalog, address);
    this.openApi = new OpenApiPages(catalog, descriptions);
  }

  /** `v1.36.0` */
  version = DEFAULT_VERSION;

  private get build(): Readonly<Record<string, string>> {
    return { ...VERSION, gitVersion: this.version };
  }

  /** False when there is no such page. */
  answer(page: PageRequest, sink: HttpSink): boolean {
    const [root = "", ...rest] = page.segments;
    const depth = rest.length;
    const json = jsonFor(page.request, page.query);
    switch (root) {
      case "":
        return sendPage(sink, { paths: this.paths() }, "pretty");
      case "version":
        return depth === 0 && sendPage(sink, this.build, "pretty");
      case "healthz":
      case "livez":
      case "readyz":
        return this.health(root, page, sink);
      case "metrics":
        return depth === 0 && this.sendMetrics(sink);
      case "api":
        if (depth === 0) return this.root("api", page, sink);
        return depth === 1 && sendPage(sink, this.discovery.resourceList("", rest[0] ?? ""), json);
      case "apis":
        if (depth === 0) return this.root("apis", page, sink);
        if (depth === 1) return sendPage(sink, this.discovery.group(rest[0] ?? ""), json);
        return depth === 2 && sendPage(sink, this.discovery.resourceList(rest[0] ?? "", rest[1] ?? ""), json);
      case "openapi":
        return this.openApi.answer(rest, page.request, sink);
      default:
        return false;
    }
  }

  private root(root: "api" | "apis", page: PageRequest, sink: HttpSink): boolean {
    for (const { type, parameters } of parseMediaTypes(header(page.request, "Accept"))) {
      if (type !== "application/json" && type !== "*/*") continue;
      const { as, v } = parameters;
      if (as === undefined) break;
      if (as !== "APIGroupDiscoveryList" || v !== "v2") continue;
      const { text, hash } = this.aggregatedPage(root);
      const kept = { request: page.request, sink, hash };
      sendTagged({ ...kept, type: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" }, () => text);
      return true;
    }
    const body = root === "api" ? this.discovery.coreVersions() : this.discovery.groupList();
    return sendPage(sink, body, jsonFor(page.request, page.query));
  }

  private aggregatedPage(root: "api" | "apis"): { text: string; hash: string } {
    const { generation } = this.catalog;
    let kept = this.aggregated.get(root);
    if (kept?.generation !== generation) {
      const text = JSON.stringify(this.discovery.aggregated(root));
      this.aggregated.set(root, (kept = { generation, text, hash: hash53(text).toUpperCase() }));
    }
    return kept;
  }

  private health(root: string, page: PageRequest, sink: HttpSink): boolean {
    const [, ...check] = page.segments;
    if (check.length > 0) {
      const known = CHECKS.includes(check.join("/"));
      if (known) sendText(sink, 200, "ok");
      return known;
    }
    const excluded = new Set(page.query.all("exclude"));
    const lines = CHECKS.map((name) => `[+]${name} ${excluded.delete(name) ? "excluded: ok" : "ok"}\n`);
    if (excluded.size > 0) {
      const names = [...excluded].sort().map((name) => JSON.stringify(name));
      lines.push(`warn: some health checks cannot be excluded: no matches for ${names.join(", ")}\n`);
    }
    sendText(sink, 200, page.query.has("verbose") ? `${lines.join("")}${root} check passed\n` : "ok");
    return true;
  }

  private sendMetrics(sink: HttpSink): boolean {
    sink.head(200, { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" });
    sink.data(this.metrics(this.build));
    sink.end();
    return true;
  }

  private paths(): string[] {
    const versions = this.discovery.groupVersions().filter(({ group }) => group !== "");
    const groups = new Set(versions.map(({ group }) => group));
    const apis = [...groups].flatMap((name) => {
      const own = versions.filter(({ group }) => group === name);
      return [`/apis/${name}`, ...own.map(({ version }) => `/apis/${name}/${version}`)];
    });
    return [
      "/api",
      "/api/v1",
      "/apis",
      ...apis,
      "/healthz",
      "/livez",
      "/metrics",
      "/openapi/v2",
      "/openapi/v3",
      "/readyz",
      "/version",
    ];
  }
}

function sendPage(sink: HttpSink, body: object | undefined, encoding: Encoding): boolean {
  if (body === undefined) return false;
  sendObject(sink, { code: 200, body, encoding });
  return true;
}
