/** `kubectl top node | pod`. Upstream: kubectl pkg/cmd/top, pkg/metricsutil. */
import type { Node } from "../../engine/api/generated/types.ts";
import { milliValue, quantityValue } from "../../engine/api/meta/quantity.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { ALL_NAMESPACES_FLAG, defineCommand, FIELD_SELECTOR_FLAG, SELECTOR_FLAG } from "../command.ts";
import { CommandError, usageError } from "../errors.ts";
import type { Flag } from "../flags.ts";
import type { Invocation } from "../invocation.ts";
import { aligned, TABLE_TABS } from "../printers/tab-writer.ts";

const METRICS = "/apis/metrics.k8s.io/v1beta1";
const MEBI = 1024 * 1024;

interface Usage {
  cpu: string;
  memory: string;
}

interface NodeMetrics {
  metadata: { name: string };
  usage: Usage;
}

interface PodMetrics {
  metadata: { name: string; namespace: string };
  containers: { name: string; usage: Usage }[];
}

const FLAGS: readonly Flag[] = [
  SELECTOR_FLAG,
  { name: "sort-by", type: "string", usage: "cpu or memory." },
  { name: "no-headers", type: "bool", usage: "Leave column headers out." },
  { name: "use-protocol-buffers", type: "bool", default: true, unsupported: true },
];

function* checked(call: Invocation, selectorWords: string): Call<void> {
  const sortBy = call.flags.string("sort-by");
  if (call.args.length > 1) throw usageError(call.path, `Unexpected args: [${call.args.join(" ")}]`);
  if (!["", "cpu", "memory"].includes(sortBy)) throw new CommandError("--sort-by accepts only cpu or memory");
  if (call.args.length > 0 && call.flags.string("selector") !== "") {
    throw new CommandError(`only one of NAME or ${selectorWords} can be provided`);
  }
  const groups = yield* call.discovery.groupVersions();
  if (!groups.some((group) => group.startsWith("metrics.k8s.io/"))) throw new CommandError("Metrics API not available");
}

/** One object, or the items of a list. */
function* fetchMetrics<T>(call: Invocation, path: string, query: Record<string, string> = {}): Call<T[]> {
  const [name] = call.args;
  if (name !== undefined) return [yield* call.rest.json<T>({ path: `${path}/${name}` })];
  const selector = call.flags.string("selector");
  return (yield* call.rest.json<{ items: T[] }>({ path, query: { labelSelector: selector, ...query } })).items;
}

function cores(usage: Usage): number {
  return milliValue(usage.cpu);
}

function bytes(usage: Usage): number {
  return quantityValue(usage.memory);
}

function summed(usages: readonly Usage[]): { cpu: number; memory: number } {
  return {
    cpu: usages.reduce((total, usage) => total + cores(usage), 0),
    memory: usages.reduce((total, usage) => total + bytes(usage), 0),
  };
}

function shownUsage(usage: { cpu: number; memory: number }): [string, string] {
  return [`${usage.cpu}m`, `${Math.floor(usage.memory / MEBI)}Mi`];
}

function* print(call: Invocation, header: readonly string[], rows: readonly string[][]): Call<void> {
  yield* call.out(aligned(call.flags.bool("no-headers") ? [...rows] : [[...header], ...rows], TABLE_TABS));
}

const topNode = defineCommand({
  name: "node",
  aliases: ["nodes", "no"],
  short: "Display resource (CPU/memory) usage of nodes",
  usage: "[NAME | -l label]",
  flags: [
    ...FLAGS,
    { name: "show-capacity", type: "bool", usage: "Shares of the capacity instead of what is allocatable." },
  ],
  completes: "nodes",
  *run(call) {
    yield* checked(call, "--selector");
    const metrics = yield* fetchMetrics<NodeMetrics>(call, `${METRICS}/nodes`);
    if (metrics.length === 0) throw new CommandError("metrics not available yet");
    const nodes = yield* fetchMetrics<Node>(call, "/api/v1/nodes");
    const known = metrics.map((entry) => ({ name: entry.metadata.name, ...summed([entry.usage]) }));
    const sortBy = call.flags.string("sort-by");
    known.sort((a, b) =>
      sortBy === "cpu" ? b.cpu - a.cpu : sortBy === "memory" ? b.memory - a.memory : a.name < b.name ? -1 : 1,
    );
    const part = call.flags.bool("show-capacity") ? "capacity" : "allocatable";
    const rows = known.map(({ name, cpu, memory }) => {
      const available = nodes.find((node) => node.metadata.name === name)?.status?.[part] ?? {};
      const share = (used: number, all: number): string => `${Math.floor((used / all) * 100)}%`;
      const [shownCpu, shownMemory] = shownUsage({ cpu, memory });
      return [
        name,
        shownCpu,
        share(cpu, milliValue(available["cpu"] ?? "0")),
        shownMemory,
        share(memory, quantityValue(available["memory"] ?? "0")),
      ];
    });
    const silent = nodes.filter((node) => !known.some(({ name }) => name === node.metadata.name));
    for (const node of silent) rows.push([node.metadata.name, ...Array<string>(4).fill("<unknown>")]);
    yield* print(call, ["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"], rows);
  },
});

const topPod = defineCommand({
  name: "pod",
  aliases: ["pods", "po"],
  short: "Display resource (CPU/memory) usage of pods",
  usage: "[NAME | -l label]",
  flags: [
    ...FLAGS,
    FIELD_SELECTOR_FLAG,
    ALL_NAMESPACES_FLAG,
    { name: "containers", type: "bool", usage: "Each container of its own." },
    { name: "sum", type: "bool", usage: "A line with the sum." },
  ],
  completes: "pods",
  *run(call) {
    yield* checked(call, "selector");
    const everywhere = call.flags.bool("all-namespaces");
    const path = everywhere ? `${METRICS}/pods` : `${METRICS}/namespaces/${call.namespace}/pods`;
    const metrics = yield* fetchMetrics<PodMetrics>(call, path, {
      fieldSelector: call.flags.string("field-selector"),
    });
    if (metrics.length === 0) {
      yield* call.err(everywhere ? "No resources found\n" : `No resources found in ${call.namespace} namespace.\n`);
      return;
    }
    const usages = metrics.map((pod) => ({ pod, ...summed(pod.containers.map((entry) => entry.usage)) }));
    const sortBy = call.flags.string("sort-by");
    const name = ({ metadata }: PodMetrics): string => (everywhere ? `${metadata.namespace}\0` : "") + metadata.name;
    usages.sort((a, b) =>
      sortBy === "cpu" ? b.cpu - a.cpu : sortBy === "memory" ? b.memory - a.memory : name(a.pod) < name(b.pod) ? -1 : 1,
    );
    const containers = call.flags.bool("containers");
    const rows = usages.flatMap(({ pod, cpu, memory }) => {
      const lead = [...(everywhere ? [pod.metadata.namespace] : []), pod.metadata.name];
      if (!containers) return [[...lead, ...shownUsage({ cpu, memory })]];
      return pod.containers.map((entry) => [...lead, entry.name, ...shownUsage(summed([entry.usage]))]);
    });
    const width = (everywhere ? 1 : 0) + (containers ? 2 : 1);
    if (call.flags.bool("sum")) {
      const all = shownUsage(summed(metrics.flatMap((pod) => pod.containers.map((entry) => entry.usage))));
      const blank = Array<string>(width - 1).fill("");
      rows.push([...blank, "", "________", "________"], [...blank, "", ...all]);
    }
    const names = containers ? ["POD", "NAME"] : ["NAME"];
    yield* print(call, [...(everywhere ? ["NAMESPACE"] : []), ...names, "CPU(cores)", "MEMORY(bytes)"], rows);
  },
});

export const top = defineCommand({
  name: "top",
  group: "Cluster Management Commands",
  short: "Display resource (CPU/memory) usage",
  usage: "[flags]",
  helpToStderr: true,
  subcommands: [topNode, topPod],
});
