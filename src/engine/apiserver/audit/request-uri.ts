/** The path and query of a request that was made in-process, as a client over HTTP would have sent it. */
import type { ApiRequest } from "../../api/meta/request.ts";
import { formatQuery } from "../http/url.ts";

export function requestUri({ verb, resource, namespace, name, subresource, options }: ApiRequest): string {
  const root = resource.group === "" ? "/api" : `/apis/${resource.group}`;
  const home = resource.namespaced && namespace !== "" ? `/namespaces/${namespace}` : "";
  const path = [resource.plural, verb === "create" && subresource === "" ? "" : name, subresource];
  const said = (value: boolean | number | undefined): string | undefined =>
    value === undefined || value === false ? undefined : String(value);
  const query = formatQuery([
    ["allowWatchBookmarks", said(options.allowWatchBookmarks)],
    ["continue", options.continue],
    ["dryRun", options.dryRun === true ? "All" : undefined],
    ["fieldManager", options.fieldManager],
    ["fieldSelector", options.fieldSelector],
    ["force", said(options.force)],
    ["labelSelector", options.labelSelector],
    ["limit", said(options.limit)],
    ["resourceVersion", options.resourceVersion],
    ["timeoutSeconds", said(options.timeoutSeconds)],
    ["watch", verb === "watch" ? "true" : undefined],
  ]);
  const whole = `${root}/${resource.version}${home}/${path.filter((part) => part !== "").join("/")}`;
  return query === "" ? whole : `${whole}?${query}`;
}
