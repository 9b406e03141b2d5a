/** `kubectl autoscale`. Upstream: kubectl pkg/cmd/autoscale/autoscale.go. Simplified: no falling back to autoscaling/v1. */
import { canonicalQuantity, QuantityError } from "../../engine/api/meta/quantity.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import {
  defineCommand,
  DRY_RUN_FLAG,
  fieldManagerFlag,
  FILE_FLAGS,
  PRINT_FLAGS,
  SAVE_CONFIG_FLAG,
} from "../command.ts";
import { createObject } from "../create-object.ts";
import { apiVersionOf } from "../discovery.ts";
import { CommandError, throwGathered } from "../errors.ts";
import { HORIZONTAL_POD_AUTOSCALERS } from "../generators/resources.ts";
import { RECORD_FLAG } from "../record.ts";
import type { Invocation } from "../invocation.ts";
import { fetchInfos, type Info } from "../resource-builder.ts";

export const autoscale = defineCommand({
  name: "autoscale",
  group: "Deploy Commands",
  short: "Auto-scale a deployment, replica set, stateful set, or replication controller",
  usage: "(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY]",
  examples: ["kubectl autoscale deployment web --min=2 --max=10 --cpu=70%"],
  flags: [
    ...FILE_FLAGS,
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    SAVE_CONFIG_FLAG,
    fieldManagerFlag("kubectl-autoscale"),
    RECORD_FLAG,
    { name: "min", type: "int", default: -1, usage: "Fewest pods." },
    { name: "max", type: "int", default: -1, required: true, usage: "Most pods." },
    {
      name: "cpu-percent",
      type: "int",
      default: -1,
      deprecated:
        "Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).",
    },
    { name: "cpu", type: "string", usage: "CPU to aim at: a share of what is requested (70%) or an average (500m)." },
    {
      name: "memory",
      type: "string",
      usage: "Memory to aim at: a share of what is requested (70%) or an average (200Mi).",
    },
    { name: "name", type: "string", usage: "Name of the autoscaler; else that of what it scales." },
  ],
  completes: "resources",
  *run(call) {
    const metrics = checkedMetrics(call);
    const { infos, errors } = yield* fetchInfos(call, { asInFiles: true });
    for (const info of infos) yield* autoscaleOne(call, info, metrics);
    throwGathered(errors);
    if (infos.length === 0) throw new CommandError("no objects passed to autoscale");
  },
});

function checkedMetrics({ flags }: Invocation): object[] {
  const [min, max] = [flags.int("min"), flags.int("max")];
  if (max < 1) throw new CommandError(`--max=MAXPODS is required and must be at least 1, max: ${max}`);
  if (max < min) {
    throw new CommandError(`--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`);
  }
  const percent = flags.int("cpu-percent");
  const [cpu, memory] = [flags.string("cpu"), flags.string("memory")];
  if (percent > 0 && cpu !== "") throw new CommandError("--cpu-percent and --cpu are mutually exclusive");
  return [
    ...(percent > 0 ? [metric("cpu", { type: "Utilization", averageUtilization: percent })] : []),
    ...(cpu === "" ? [] : [metric("cpu", target(cpu, "cpu", "m"))]),
    ...(memory === "" ? [] : [metric("memory", target(memory, "memory", "Mi"))]),
  ];
}

function metric(name: string, aim: object): object {
  return { type: "Resource", resource: { name, target: aim } };
}

/** `70%` of what is requested, or an amount; one without a unit has `unit`. */
function target(text: string, resource: string, unit: string): object {
  const input = text.trim();
  if (input.endsWith("%")) {
    const percent = input.slice(0, -1);
    if (!/^\+?\d+$/.test(percent)) throw new CommandError(`invalid percentage value: ${percent}`);
    return { type: "Utilization", averageUtilization: Number(percent) };
  }
  const amount = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(input) ? `${Number(input)}${unit}` : input;
  try {
    return { type: "AverageValue", averageValue: canonicalQuantity(amount) };
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    throw new CommandError(`invalid resource ${resource} value: ${input}`);
  }
}

function* autoscaleOne(call: Invocation, info: Info, metrics: readonly object[]): Call<void> {
  const { resource } = info;
  if (!resource.subresources.includes("scale")) {
    const { group, version, name } = resource;
    throw new CommandError(
      `cannot autoscale a ${resource.kind}: could not find scale subresource for ${group}/${version}, Resource=${name} in discovery information`,
    );
  }
  const min = call.flags.int("min");
  const built = {
    metadata: { name: call.flags.string("name") || info.name },
    spec: {
      scaleTargetRef: { kind: resource.kind, name: info.name, apiVersion: apiVersionOf(resource) },
      ...(min > 0 && { minReplicas: min }),
      maxReplicas: call.flags.int("max"),
      ...(metrics.length > 0 && { metrics }),
    },
    status: { desiredReplicas: 0, currentMetrics: null },
  };
  yield* createObject(call, HORIZONTAL_POD_AUTOSCALERS, built, {
    operation: call.dryRun === "client" ? "created" : "autoscaled",
  });
}
