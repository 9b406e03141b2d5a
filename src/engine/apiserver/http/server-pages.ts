/** Everything that isn't a resource: discovery, health, version, OpenAPI. Upstream: apiserver pkg/server/routes, healthz. */
import type { Descriptions } from "../../api/descriptions.ts";
import type { ResourceCatalog } from "../../api/meta/resource-catalog.ts";
import type { Resource } from "../../api/meta/resource.ts";
import type { HttpSink } from "../../base/http.ts";
import type { HttpRequest } from "../../base/program.ts";
import { hash53 } from "../../base/hash.ts";
import { Discovery } from "./discovery.ts";
import { header, parseMediaTypes } from "./media.ts";
import { openApiV2, openApiV3 } from "./openapi.ts";
import { sendObject, sendText } from "./responder.ts";
import type { Query } from "./url.ts";

const VERSION = {
  major: "1",
  minor: "36",
  emulationMajor: "1",
  emulationMinor: "36",
  minCompatibilityMajor: "1",
  minCompatibilityMinor: "35",
  gitVersion: "v1.36.0",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "",
  goVersion: "",
  compiler: "gc",
  platform: "linux/amd64",
};

const CHECKS = ["ping", "log", "etcd", "poststarthook/start-apiserver-admission-initializer"];
const V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

export interface PageRequest {
  request: HttpRequest;
  segments: readonly string[];
  query: Query;
}

export class ServerPages {
  private readonly catalog: ResourceCatalog;
  private readonly discovery: Discovery;
  private readonly descriptions: () => Descriptions | undefined;

  constructor(catalog: ResourceCatalog, descriptions: () => Descriptions | undefined) {
    this.catalog = catalog;
    this.descriptions = descriptions;
    this.discovery = new Discovery(catalog);
  }

  private get resources(): readonly Resource[] {
    return this.catalog.all;
  }

  /** False when there is no such page. */
  answer(page: PageRequest, sink: HttpSink): boolean {
    const [root = "", ...rest] = page.segments;
    const depth = rest.length;
    switch (root) {
      case "":
        return sendPage(sink, { paths: this.paths() });
      case "version":
        return depth === 0 && sendPage(sink, VERSION);
      case "healthz":
      case "livez":
      case "readyz":
        return this.health(root, page, sink);
      case "api":
        if (depth === 0) return this.root("api", page, sink);
        return depth === 1 && sendPage(sink, this.discovery.resourceList("", rest[0] ?? ""));
      case "apis":
        if (depth === 0) return this.root("apis", page, sink);
        if (depth === 1) return sendPage(sink, this.discovery.group(rest[0] ?? ""));
        return depth === 2 && sendPage(sink, this.discovery.resourceList(rest[0] ?? "", rest[1] ?? ""));
      case "openapi":
        return this.openApi(rest, page, sink);
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
      sink.head(200, { "Content-Type": "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" });
      sink.data(JSON.stringify(this.discovery.aggregated(root)));
      sink.end();
      return true;
    }
    return sendPage(sink, root === "api" ? this.discovery.coreVersions() : this.discovery.groupList());
  }

  private health(root: string, page: PageRequest, sink: HttpSink): boolean {
    const [, check] = page.segments;
    if (check !== undefined && !CHECKS.includes(check)) return false;
    if (check !== undefined || !page.query.flag("verbose")) sendText(sink, 200, "ok");
    else sendText(sink, 200, `${CHECKS.map((name) => `[+]${name} ok\n`).join("")}${root} check passed\n`);
    return true;
  }

  private openApi(rest: readonly string[], page: PageRequest, sink: HttpSink): boolean {
    const [version, ...path] = rest;
    if (version === "v2" && path.length === 0) {
      const wants = parseMediaTypes(header(page.request, "Accept"));
      // Simplified: clients that insist on protobuf are turned away.
      if (wants.length > 0 && wants.every(({ type }) => type === V2_PROTOBUF)) {
        sendText(sink, 406, "406 Not Acceptable\n");
        return true;
      }
      return sendPage(sink, openApiV2(this.resources, this.descriptions()));
    }
    if (version !== "v3") return false;
    if (path.length === 0) return sendPage(sink, { paths: this.openApiIndex() });
    const found = this.resources.filter((resource) => groupPath(resource) === path.join("/"));
    return found.length > 0 && sendPage(sink, openApiV3(found, this.descriptions()));
  }

  private openApiIndex(): Record<string, object> {
    const paths = [...new Set(this.resources.map(groupPath))];
    // Who keeps a document must hear that it has texts now.
    const texts = this.descriptions() === undefined ? "" : " described";
    const hash = hash53(`${paths.join()}${texts}`).toUpperCase();
    return Object.fromEntries(paths.map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }]));
  }

  private paths(): string[] {
    const groups = new Set(this.resources.map(({ group }) => group).filter((group) => group !== ""));
    const apis = [...groups].flatMap((group) => {
      const versions = this.resources.filter((resource) => resource.group === group).map(({ version }) => version);
      return [`/apis/${group}`, ...[...new Set(versions)].map((version) => `/apis/${group}/${version}`)];
    });
    return [
      "/api",
      "/api/v1",
      "/apis",
      ...apis,
      "/healthz",
      "/livez",
      "/openapi/v2",
      "/openapi/v3",
      "/readyz",
      "/version",
    ];
  }
}

/** `api/v1`, `apis/apps/v1` */
function groupPath({ group, version }: Resource): string {
  return group === "" ? `api/${version}` : `apis/${group}/${version}`;
}

function sendPage(sink: HttpSink, body: object | undefined): boolean {
  if (body === undefined) return false;
  sendObject(sink, { code: 200, body });
  return true;
}
