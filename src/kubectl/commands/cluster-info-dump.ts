/** `kubectl cluster-info dump`. Upstream: kubectl pkg/cmd/clusterinfo/clusterinfo_dump.go. */
import type { Container, Event, Pod } from "../../engine/api/generated/types.ts";
import type { KubeObject } from "../../engine/api/meta/object.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { asObject } from "../as-object.ts";
import { ALL_NAMESPACES_FLAG, defineCommand, OUTPUT_FLAG, PRINT_FLAGS } from "../command.ts";
import { type ApiResource, apiVersionOf, resourcePath } from "../discovery.ts";
import { ApiError, CommandError } from "../errors.ts";
import { NAMESPACES, PODS } from "../generators/resources.ts";
import type { Invocation } from "../invocation.ts";
import { printerFor } from "../printers/object-printer.ts";

/** What is dumped of each namespace: the resource, and the name of its file. */
const DUMPED = [
  ["events", "events"],
  ["replicationcontrollers", "replication-controllers"],
  ["services", "services"],
  ["daemonsets.apps", "daemonsets"],
  ["deployments.apps", "deployments"],
  ["replicasets.apps", "replicasets"],
  ["pods", "pods"],
] as const;

export const clusterInfoDump = defineCommand({
  name: "dump",
  short: "Dump relevant information for debugging and diagnosis",
  usage: "[flags]",
  examples: ["kubectl cluster-info dump", "kubectl cluster-info dump --output-directory=state -A"],
  flags: [
    ...PRINT_FLAGS.filter(({ name }) => name !== "output"),
    { ...OUTPUT_FLAG, default: "json" },
    ALL_NAMESPACES_FLAG,
    { name: "output-directory", type: "string", usage: "Folder to write files into; - or nothing: standard output." },
    { name: "namespaces", type: "strings", usage: "Namespaces to dump." },
    { name: "pod-running-timeout", type: "duration", default: "20s", usage: "How long to wait for a pod's logs." },
  ],
  completes: "none",
  *run(call) {
    const print = printerFor(call, { built: true });
    const extension = { json: ".json", yaml: ".yaml" }[call.flags.string("output")] ?? ".txt";
    const nodes = yield* call.discovery.find("nodes");
    yield* writeTo(call, `nodes${extension}`, print(yield* listOf(call, nodes, "")));
    for (const namespace of yield* namespaces(call)) {
      for (const [name, file] of DUMPED) {
        const list = yield* listOf(call, yield* call.discovery.find(name), namespace);
        yield* writeTo(call, `${namespace}/${file}${extension}`, print(list));
        if (name !== "pods") continue;
        for (const pod of podsOf(list)) {
          yield* writeTo(call, `${namespace}/${pod.metadata.name}/logs.txt`, yield* logsOf(call, pod));
        }
      }
    }
    const folder = directory(call);
    if (folder !== "") yield* call.out(`Cluster info dumped to ${folder}\n`);
  },
});

function podsOf(list: KubeObject): Pod[] {
  return (list as { items?: Pod[] | null }).items ?? [];
}

function directory(call: Invocation): string {
  const given = call.flags.string("output-directory");
  return given === "-" ? "" : given;
}

function* namespaces(call: Invocation): Call<string[]> {
  if (call.flags.bool("all-namespaces")) {
    const list = yield* call.rest.json<{ items: KubeObject[] }>({ path: resourcePath(NAMESPACES, {}) });
    return list.items.map(({ metadata }) => metadata.name);
  }
  const given = call.flags.list("namespaces");
  return given.length > 0 ? given : ["kube-system", call.namespace];
}

/** As the typed lists of upstream, whose items do not say what they are. */
function* listOf(call: Invocation, resource: ApiResource, namespace: string): Call<KubeObject> {
  if (call.flags.string("output") === "name") {
    throw new CommandError(`list types are not supported by name printing: *${resource.version}.${resource.kind}List`);
  }
  const list = yield* call.rest.json<{ metadata?: object; items: object[] }>({
    path: resourcePath(resource, { namespace }),
  });
  const bare = list.items.map((item) => {
    const { kind: _, apiVersion: __, ...fields } = item as KubeObject;
    return fields;
  });
  const items = resource.kind === "Event" ? bare.map(typedEvent) : bare;
  return asObject({
    kind: `${resource.kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata: list.metadata ?? {},
    items: items.length === 0 ? null : items,
  });
}

/** Go prints an event's source, its instants and who reports it also where there is none. */
function typedEvent(object: object): object {
  const event = object as Event;
  const { metadata, involvedObject, reason, message, count, type, series, action, related } = event;
  const { source = {}, firstTimestamp = null, lastTimestamp = null, eventTime = null } = event;
  const { reportingComponent = "", reportingInstance = "" } = event;
  return {
    metadata,
    involvedObject,
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
    source,
    firstTimestamp,
    lastTimestamp,
    ...(count !== undefined && { count }),
    ...(type !== undefined && { type }),
    eventTime,
    ...(series != null && { series }),
    ...(action !== undefined && { action }),
    ...(related !== undefined && { related }),
    reportingComponent,
    reportingInstance,
  };
}

function* writeTo(call: Invocation, path: string, text: string): Call<void> {
  const folder = directory(call);
  if (folder === "") return yield* call.out(text);
  const file = `${folder.startsWith("/") ? folder : `${call.ctx.cwd}/${folder}`}/${path}`;
  call.ctx.fs.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
  call.ctx.fs.writeFile(file, text);
}

function* logsOf(call: Invocation, pod: Pod): Call<string> {
  const containers: Container[] = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const { name, namespace = "" } = pod.metadata;
  let text = "";
  for (const container of containers) {
    const what = `logs for container ${container.name} of pod ${namespace}/${name} ====\n`;
    text += `==== START ${what}${yield* logOf(call, pod, container.name)}==== END ${what}`;
  }
  return text;
}

function* logOf(call: Invocation, pod: Pod, container: string): Call<string> {
  const { name, namespace } = pod.metadata;
  try {
    return yield* call.rest.text({
      path: resourcePath(PODS, { name, ...(namespace !== undefined && { namespace }), subresource: "log" }),
      query: { container },
      accept: "*/*",
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return `Request log error: ${error.message}\n`;
  }
}
