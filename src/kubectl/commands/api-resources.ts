/** `kubectl api-resources`, `api-versions`. Upstream: kubectl pkg/cmd/apiresources. */
import { defineCommand, OUTPUT_FLAG } from "../command.ts";
import { type ApiResource, apiVersionOf, qualifiedName } from "../discovery.ts";
import { CommandError, usageError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { aligned, TABLE_TABS } from "../printers/tab-writer.ts";

export const apiResources = defineCommand({
  name: "api-resources",
  group: "Other Commands",
  short: "Print the supported API resources on the server",
  usage: "[flags]",
  flags: [
    { ...OUTPUT_FLAG, usage: "wide or name." },
    { name: "api-group", type: "string", usage: "Only this group." },
    { name: "namespaced", type: "bool", default: true, usage: "Only namespaced resources; =false only others." },
    { name: "verbs", type: "strings", usage: "Only resources with these verbs." },
    { name: "categories", type: "strings", usage: "Only resources of these categories." },
    { name: "sort-by", type: "string", usage: "name or kind." },
    { name: "no-headers", type: "bool", usage: "Leave column headers out." },
    { name: "cached", type: "bool", unsupported: true },
  ],
  completes: "none",
  *run(call) {
    noArguments(call);
    const { flags } = call;
    const output = flags.string("output");
    if (!["", "wide", "name"].includes(output)) {
      throw new CommandError(`--output ${output} is not available`);
    }
    const sortBy = flags.string("sort-by");
    if (!["", "name", "kind"].includes(sortBy)) throw new CommandError("--sort-by accepts only name or kind");
    const all = yield* call.discovery.resources();
    const preferred = new Set<string>();
    const isFirst = (resource: ApiResource): boolean => {
      const name = qualifiedName(resource);
      return !preferred.has(name) && preferred.add(name).size > 0;
    };
    const chosen = all.filter(
      (resource) =>
        isFirst(resource) &&
        resource.verbs.length > 0 &&
        (!flags.changed("api-group") || resource.group === flags.string("api-group")) &&
        (!flags.changed("namespaced") || resource.namespaced === flags.bool("namespaced")) &&
        flags.list("verbs").every((verb) => resource.verbs.includes(verb)) &&
        flags.list("categories").every((category) => resource.categories.includes(category)),
    );
    const key = (resource: ApiResource): string =>
      sortBy === "name" ? resource.name : sortBy === "kind" ? resource.kind : `${resource.group}\0${resource.name}`;
    chosen.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
    if (output === "name") {
      for (const resource of chosen) yield* call.out(`${qualifiedName(resource)}\n`);
      return;
    }
    const wide = output === "wide";
    const header = ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND", ...(wide ? ["VERBS", "CATEGORIES"] : [])];
    const rows = chosen.map((resource) => [
      resource.name,
      resource.shortNames.join(","),
      apiVersionOf(resource),
      String(resource.namespaced),
      resource.kind,
      ...(wide ? [resource.verbs.join(","), resource.categories.join(",")] : []),
    ]);
    yield* call.out(aligned(flags.bool("no-headers") ? rows : [header, ...rows], TABLE_TABS));
  },
});

function noArguments(call: Invocation): void {
  if (call.args.length > 0) throw usageError(call.path, `unexpected arguments: [${call.args.join(" ")}]`);
}

export const apiVersions = defineCommand({
  name: "api-versions",
  group: "Other Commands",
  short: 'Print the supported API versions on the server, in the form of "group/version"',
  completes: "none",
  *run(call) {
    noArguments(call);
    for (const version of yield* call.discovery.groupVersions()) yield* call.out(`${version}\n`);
  },
});
