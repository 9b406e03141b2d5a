/** `kubectl describe`. Upstream: kubectl pkg/cmd/describe/describe.go. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { ALL_NAMESPACES_FLAG, defineCommand, FILE_FLAGS, SELECTOR_FLAG } from "../command.ts";
import { resourcePath } from "../discovery.ts";
import { CommandError, hasReason, throwGathered } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { type DescribeWriter, DescribeWriter as Writer } from "../describe/writer.ts";
import { describerOf } from "../describe/registry.ts";
import { fetchInfos, infoFromObject, type Info, selectByArgs, usesFiles, withTypeMeta } from "../resource-builder.ts";

export const describe = defineCommand({
  name: "describe",
  group: "Troubleshooting and Debugging Commands",
  short: "Show details of a specific resource or group of resources",
  usage: "(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
  examples: ["kubectl describe pod web", "kubectl describe deploy -l app=web"],
  flags: [
    ...FILE_FLAGS,
    SELECTOR_FLAG,
    ALL_NAMESPACES_FLAG,
    { name: "show-events", type: "bool", default: true, usage: "With the events about the object." },
    { name: "chunk-size", type: "int", default: 500, usage: "Ask for long lists in pieces." },
  ],
  completes: "resources",
  *run(call) {
    if (call.args.length === 0 && !usesFiles(call)) {
      throw new CommandError(
        'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.',
      );
    }
    const options = {
      selector: call.flags.string("selector"),
      allNamespaces: call.flags.bool("all-namespaces"),
      listByDefault: true,
    };
    const { infos, errors } = yield* fetchInfos(call, options);
    const onlyMissing = infos.length === 0 && errors.length === 1 && hasReason(errors[0], "NotFound");
    const found = onlyMissing && !usesFiles(call) ? yield* byPrefix(call) : infos;
    if (found.length === 0 && errors.length === 0) {
      yield* call.err(
        call.flags.bool("all-namespaces")
          ? "No resources found\n"
          : `No resources found in ${call.namespace} namespace.\n`,
      );
    }
    for (const [index, info] of found.entries()) {
      yield* call.out(`${index > 0 ? "\n\n" : ""}${yield* describeOne(call, info)}`);
    }
    if (found.length === 0 || !onlyMissing) throwGathered(errors);
  },
});

function* describeOne(call: Invocation, info: Info): Call<string> {
  const out = new Writer();
  const describer = describerOf(info.resource) as (
    call: Invocation,
    out: DescribeWriter,
    object: KubeObject,
  ) => Call<void>;
  yield* describer(call, out, info.object as KubeObject);
  return out.text();
}

/** A name that is not found may be the beginning of others. */
function* byPrefix(call: Invocation): Call<Info[]> {
  const selection = yield* selectByArgs(call, {});
  const wanted = selection.how === "named" ? selection.infos[0] : undefined;
  if (wanted === undefined) return [];
  const { resource, namespace, name } = wanted;
  const list = yield* call.rest.json<{ items: KubeObject[] }>({ path: resourcePath(resource, { namespace }) });
  return list.items
    .filter((item) => item.metadata.name.startsWith(name))
    .map((item) => infoFromObject(resource, withTypeMeta(item, resource)));
}
