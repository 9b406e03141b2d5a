/**
 * GET of a collection. Upstream: apiserver pkg/endpoints/handlers/get.go, GetList of pkg/storage/etcd3/store.go.
 */
import { pods } from "../../api/core/pod/index.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest, ApiResponse, ObjectList } from "../../api/meta/request.ts";
import { badRequest, StatusError } from "../../api/meta/status-error.ts";
import { EtcdError } from "../../etcd/errors.ts";
import { selectionOf, type Selection } from "../selection.ts";
import type { ServerContext } from "../server-context.ts";
import { storagePrefix } from "../storage/storage-keys.ts";
import { servedResource } from "../served-resource.ts";
import { decodeContinue, encodeContinue } from "./continue-token.ts";

const NO_WARNINGS: readonly string[] = [];

export function list(context: ServerContext, request: ApiRequest): ApiResponse<ObjectList<KubeObject>> {
  const { resource, namespace, options } = request;
  const selection = selectionOf(servedResource(request), options);
  const page = readPage(context, request, selection);
  const metadata: ObjectList<KubeObject>["metadata"] = { resourceVersion: String(page.revision) };
  if (page.next !== undefined) {
    metadata.continue = encodeContinue({
      revision: page.revision,
      after: page.next.slice(storagePrefix(resource).length),
    });
    // Upstream counts only where no selector can make the count a lie.
    if (selection.matches === undefined) {
      metadata.remainingItemCount = context.objects.store.count(storagePrefix(resource, namespace), `${page.next}\0`);
    }
  }
  const { apiVersion, kind } = resource;
  return { code: 200, object: { apiVersion, kind: `${kind}List`, metadata, items: page.items }, warnings: NO_WARNINGS };
}

interface Page {
  items: KubeObject[];
  revision: number;
  /** Key of the last item looked at, when there is more behind it. */
  next?: string;
}

function readPage(context: ServerContext, request: ApiRequest, selection: Selection): Page {
  const { resource, namespace, options } = request;
  const { limit = 0 } = options;
  const start = startOf(context, request);
  const prefix = storagePrefix(resource, namespace);
  const { store } = context.objects;
  const revision = start.revision ?? store.revision;
  if (selection.name !== undefined && start.revision === undefined && (namespace !== "" || !resource.namespaced)) {
    const object = context.objects.get(resource, namespace, selection.name);
    return { items: object !== undefined && (selection.matches?.(object) ?? true) ? [object] : [], revision };
  }
  const page: Page = { items: [], revision };
  const { items } = page;
  const { trigger } = selection;
  const isNewest = start.revision === undefined && start.from === undefined && limit === 0;
  if (isNewest && resource.id === pods.id && trigger?.field === "spec.nodeName" && trigger.value !== "") {
    for (const key of [...context.podsByNode.on(trigger.value)].sort()) {
      const object = key.startsWith(prefix) ? store.get(key)?.value : undefined;
      if (object !== undefined && selection.matches?.(object) === true) items.push(object);
    }
    return page;
  }
  let last = "";
  try {
    store.scan(prefix, start, (found) => {
      if (selection.matches !== undefined && !selection.matches(found.value)) return true;
      if (limit > 0 && items.length === limit) {
        page.next = last;
        return false;
      }
      items.push(found.value);
      last = found.key;
      return true;
    });
  } catch (error) {
    throw readError(error, options.continue, store.revision);
  }
  return page;
}

interface Start {
  /** Undefined: the newest state. */
  revision?: number;
  from?: string;
}

function startOf(context: ServerContext, request: ApiRequest): Start {
  const { resource, options } = request;
  const { limit = 0, resourceVersion = "", resourceVersionMatch } = options;
  if (options.continue !== undefined && options.continue !== "") {
    const token = decodeContinue(options.continue);
    if (resourceVersion !== "" && resourceVersion !== "0") {
      throw badRequest("specifying resource version is not allowed when using continue");
    }
    const from = `${storagePrefix(resource)}${token.after}\0`;
    return token.revision < 0 ? { from } : { revision: token.revision, from };
  }
  const version = listVersion(resourceVersion);
  if (version > context.objects.store.revision) throw tooLarge(version, context.objects.store.revision);
  // Before there was a match to ask for, a limit asked for exactly this version.
  const exact = resourceVersionMatch === "Exact" || (resourceVersionMatch === undefined && limit > 0);
  return exact && version > 0 ? { revision: version } : {};
}

function listVersion(text: string): number {
  if (text === "" || /^\d+$/.test(text)) return Number(text);
  throw badRequest(`invalid resource version: ${versionProblem(text)}`);
}

/** `""` and `"0"` are 0: any version will do. */
export function parseVersion(text: string | undefined): number {
  if (text === undefined || text === "") return 0;
  if (!/^\d+$/.test(text)) throw badRequest(versionProblem(text));
  return Number(text);
}

function versionProblem(text: string): string {
  const shown = JSON.stringify(text);
  return `resourceVersion: Invalid value: ${shown}: strconv.ParseUint: parsing ${shown}: invalid syntax`;
}

function tooLarge(version: number, current: number): StatusError {
  return new StatusError(504, "Timeout", `Timeout: Too large resource version: ${version}, current: ${current}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}

function readError(error: unknown, next: string | undefined, current: number): unknown {
  if (!(error instanceof EtcdError)) return error;
  if (error.code === "future-revision") return tooLarge(Infinity, current);
  if (next === undefined) {
    return new StatusError(410, "Expired", "The resourceVersion for the provided list is too old.");
  }
  const { after } = decodeContinue(next);
  const status = new StatusError(410, "Expired", EXPIRED);
  return status.withContinue(encodeContinue({ revision: -1, after }));
}

const EXPIRED =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";
