/**
 * The OpenAPI documents as pages, made when they are asked for and kept while nothing changes. Upstream: kube-openapi
 * pkg/handler and handler3.
 */
import type { Descriptions } from "../../api/descriptions.ts";
import type { ResourceCatalog } from "../../api/meta/resource-catalog.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { hash53 } from "../../base/hash.ts";
import type { HttpSink } from "../../base/http.ts";
import type { HttpRequest } from "../../base/program.ts";
import { header, parseMediaTypes } from "./media.ts";
import { openApiV2, openApiV3 } from "./openapi.ts";
import { openApiV2Protobuf, V2_PROTOBUF, V2_PROTOBUF_ANSWER, type V2Document } from "./openapi-protobuf.ts";
import { sendObject } from "./responder.ts";
import { sendTagged } from "./tagged-page.ts";

/** Rises when documents of the same resources look different: kubectl keeps them by their hash on its disk. */
const FORM = 2;

interface Page {
  readonly hash: string;
  readonly text: string;
}

export class OpenApiPages {
  private readonly catalog: ResourceCatalog;
  private readonly descriptions: () => Descriptions | undefined;
  /** By path; good while its hash is. */
  private readonly pages = new Map<string, Page>();
  private readonly customHashes = new WeakMap<object, string>();

  constructor(catalog: ResourceCatalog, descriptions: () => Descriptions | undefined) {
    this.catalog = catalog;
    this.descriptions = descriptions;
  }

  /** False when there is no such page. `path` is what follows `/openapi/`. */
  answer([version, ...path]: readonly string[], request: HttpRequest, sink: HttpSink): boolean {
    if (version === "v2" && path.length === 0) return this.v2(request, sink);
    if (version !== "v3") return false;
    if (path.length === 0) {
      sendObject(sink, { code: 200, body: { paths: this.index() } });
      return true;
    }
    const name = path.join("/");
    const found = this.byPath().get(name);
    if (found === undefined) return false;
    const page = this.page(name, this.hash(name, found), () => jsonText(openApiV3(found, this.descriptions())));
    sendTagged({ request, sink, type: "application/json", hash: page.hash }, () => page.text);
    return true;
  }

  private v2(request: HttpRequest, sink: HttpSink): boolean {
    const wants = parseMediaTypes(header(request, "Accept"));
    const { all } = this.catalog;
    const hash = this.hash("v2", all);
    if (wants[0]?.type === V2_PROTOBUF) {
      const make = (): string => openApiV2Protobuf(openApiV2(all, this.descriptions()) as V2Document);
      const page = this.page("v2 protobuf", hash, make);
      sendTagged({ request, sink, type: V2_PROTOBUF_ANSWER, hash: page.hash }, () => page.text);
      return true;
    }
    const page = this.page("v2", hash, () => jsonText(openApiV2(all, this.descriptions())));
    sendTagged({ request, sink, type: "application/json", hash: page.hash }, () => page.text);
    return true;
  }

  private index(): Record<string, object> {
    const entries = [...this.byPath()].map(([path, found]) => {
      return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${this.hash(path, found)}` }] as const;
    });
    return Object.fromEntries(entries);
  }

  private byPath(): Map<string, Resource[]> {
    const paths = new Map<string, Resource[]>();
    for (const resource of this.catalog.all) {
      const path = groupPath(resource);
      const known = paths.get(path);
      if (known === undefined) paths.set(path, [resource]);
      else known.push(resource);
    }
    return paths;
  }

  /** Changes with what a document is made of: who keeps a document must also hear that it has texts now. */
  private hash(path: string, resources: readonly Resource[]): string {
    const described = this.descriptions() === undefined ? "" : "described";
    const parts = resources.map((resource) => `${resource.apiVersion} ${resource.plural} ${this.customHash(resource)}`);
    return hash53([path, FORM, described, ...parts].join("\n")).toUpperCase();
  }

  private customHash({ custom, subresources }: Resource): string {
    if (custom === undefined) return "";
    let hash = this.customHashes.get(custom);
    if (hash === undefined) {
      hash = hash53(JSON.stringify([custom.schema, subresources]));
      this.customHashes.set(custom, hash);
    }
    return hash;
  }

  private page(name: string, hash: string, make: () => string): Page {
    let page = this.pages.get(name);
    if (page?.hash !== hash) this.pages.set(name, (page = { hash, text: make() }));
    return page;
  }
}

function jsonText(document: object): string {
  return `${JSON.stringify(document)}\n`;
}

/** `api/v1`, `apis/apps/v1` */
function groupPath({ group, version }: Resource): string {
  return group === "" ? `api/${version}` : `apis/${group}/${version}`;
}
