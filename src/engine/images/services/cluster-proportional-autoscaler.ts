/**
 * cluster-proportional-autoscaler: as many replicas of something as the cluster's nodes and cores ask for, DNS servers above
 * all. Upstream: kubernetes-sigs/cluster-proportional-autoscaler v1.8.
 *
 * **Simplified:** it asks for nodes at each turn instead of watching them; `--nodelabels` are one selector of equalities.
 */
import { isObject, parseJson } from "../../base/json.ts";
import { sayKlog } from "../../base/klog.ts";
import type { KlogLevel } from "../../base/klog.ts";
import { defineImage } from "../define-image.ts";
import type { ImageDefinition, ServerContext, ServerHooks } from "../define-image.ts";
import { readApi, writeApi } from "../cluster-api.ts";
import { tags } from "../tags.ts";
import { dashed, flagNames, flagOf, sayUnread } from "./define-service.ts";

const READ = ["target", "configmap", "namespace", "default-params", "poll-period-seconds", "nodelabels"];
const OTHER =
  /^(kubeconfig|max-sync-failures|logtostderr|alsologtostderr|v|vmodule|stderrthreshold|log_dir|log_backtrace_at)$/;
const PLURALS: Readonly<Record<string, string>> = {
  deployment: "apis/apps/v1/namespaces/NS/deployments",
  replicaset: "apis/apps/v1/namespaces/NS/replicasets",
  statefulset: "apis/apps/v1/namespaces/NS/statefulsets",
  replicationcontroller: "api/v1/namespaces/NS/replicationcontrollers",
};
const DEFAULT_PERIOD_S = 10;

export interface ClusterSize {
  nodes: number;
  cores: number;
  schedulableNodes: number;
  schedulableCores: number;
}

/** How many replicas the parameters of a mode make of a cluster; a string: what is wrong with them. */
export function replicasFor(mode: string, text: string, size: ClusterSize): number | string {
  const params = parseJson(text);
  if (!isObject(params)) return `error parsing ${mode} params: could not parse parameters (${text.trim()})`;
  const all = params["includeUnschedulableNodes"] === true;
  const nodes = all ? size.nodes : size.schedulableNodes;
  const cores = all ? size.cores : size.schedulableCores;
  return mode === "ladder" ? byLadder(params, nodes, cores) : byLine(params, nodes, cores);
}

function byLine(params: Record<string, unknown>, nodes: number, cores: number): number | string {
  const number = (name: string): number => (typeof params[name] === "number" ? params[name] : 0);
  const wrong = (text: string): string => `error parsing linear params: ${text}`;
  for (const name of ["min", "coresPerReplica", "nodesPerReplica"])
    if (number(name) < 0) return wrong(`invalid negative value for ${name}: ${number(name)}`);
  const least = number("min") || 1;
  const most = number("max") || Number.POSITIVE_INFINITY;
  if (most < least)
    return wrong(`max replicas count ${most} should be greater than / equal to min replicas count ${least}`);
  const perCore = number("coresPerReplica");
  const perNode = number("nodesPerReplica");
  if (perCore === 0 && perNode === 0)
    return wrong("should at least provide either CoresPerReplica or NodesPerReplica (Greater than 0)");
  const from = (amount: number, each: number): number =>
    each === 0 ? 1 : Math.max(least, Math.min(most, Math.ceil(amount / each)));
  const wanted = Math.max(from(cores, perCore), from(nodes, perNode));
  return params["preventSinglePointFailure"] === true && nodes > 1 ? Math.max(2, wanted) : wanted;
}

/** `[[1,1],[64,3]]`: from 64 on it's 3. */
function byLadder(params: Record<string, unknown>, nodes: number, cores: number): number {
  const from = (amount: number, steps: unknown): number => {
    const pairs = (Array.isArray(steps) ? (steps as unknown[]) : []).filter(isPair);
    if (pairs.length === 0) return 1;
    return (pairs.findLast(([at]) => at <= amount) ?? (pairs[0] as [number, number]))[1];
  };
  return Math.max(from(cores, params["coresToReplicas"]), from(nodes, params["nodesToReplicas"]));
}

function isPair(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((each) => typeof each === "number");
}

interface NodeFound {
  spec?: { unschedulable?: boolean };
  status?: { capacity?: { cpu?: string } };
}
interface ConfigFound {
  metadata: { resourceVersion: string };
  data?: Record<string, string>;
}
interface ScaleFound {
  spec: { replicas?: number };
}

class Autoscaler {
  private readonly ctx: ServerContext;
  private readonly namespace: string;
  private readonly scale: string;
  /** The version of the parameters that were read last. */
  private version = "";

  constructor(ctx: ServerContext, target: { namespace: string; kind: string; name: string }) {
    this.ctx = ctx;
    this.namespace = target.namespace;
    const folder = (PLURALS[target.kind] ?? "").replace("NS", target.namespace);
    this.scale = `/${folder}/${target.name}/scale`;
  }

  say(place: string, text: string, level: KlogLevel = "I"): void {
    sayKlog(this.ctx, level, place, text);
  }

  turn(): void {
    const size = this.size();
    if (typeof size === "string")
      return this.say("autoscaler_server.go:108", `Error while getting cluster status: ${size}`, "E");
    const config = this.config();
    if (typeof config === "string")
      return this.say("autoscaler_server.go:117", `Error syncing configMap with apiserver: ${config}`, "E");
    const mode = ["linear", "ladder"].find((each) => config.data?.[each] !== undefined);
    if (mode === undefined)
      return this.say("autoscaler_server.go:125", "Error ensuring controller: no controller of that mode", "E");
    const text = config.data?.[mode] ?? "";
    const { resourceVersion } = config.metadata;
    if (resourceVersion !== this.version) {
      if (this.version === "") this.say("plugin.go:50", `Set control mode to ${mode}`);
      const change = `ConfigMap version change (old: ${this.version} new: ${resourceVersion}) - rebuilding params`;
      this.say(`${mode}_controller.go:60`, change);
      this.say(`${mode}_controller.go:61`, `Params from apiserver: \n${text}`);
    }
    const wanted = replicasFor(mode, text, size);
    if (typeof wanted === "string")
      return this.say("autoscaler_server.go:125", `Error ensuring controller: ${wanted}`, "E");
    this.version = resourceVersion;
    this.update(wanted, size);
  }

  private size(): ClusterSize | string {
    const labels = flagOf(this.ctx, "nodelabels");
    const query = labels === undefined ? "" : `?labelSelector=${encodeURIComponent(labels)}`;
    const answer = readApi<{ items: NodeFound[] }>(this.ctx, `/api/v1/nodes${query}`);
    if ("failure" in answer) return answer.failure;
    const nodes = answer.value.items;
    const schedulable = nodes.filter(({ spec }) => spec?.unschedulable !== true);
    return {
      ...{ nodes: nodes.length, cores: coresOf(nodes) },
      ...{ schedulableNodes: schedulable.length, schedulableCores: coresOf(schedulable) },
    };
  }

  private config(): ConfigFound | string {
    const { ctx, namespace } = this;
    const folder = `/api/v1/namespaces/${namespace}/configmaps`;
    const name = flagOf(ctx, "configmap") ?? "";
    const found = readApi<ConfigFound>(ctx, `${folder}/${name}`);
    if (!("failure" in found)) return found.value;
    const defaults = parseJson(flagOf(ctx, "default-params") ?? "");
    if (!isObject(defaults)) return found.failure;
    this.say("autoscaler_server.go:157", `ConfigMap not found: ${found.failure}, will create one with default params`);
    const data = Object.fromEntries(Object.entries(defaults).map(([mode, params]) => [mode, JSON.stringify(params)]));
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data };
    const made = writeApi<ConfigFound>(ctx, { method: "POST", path: folder, object });
    if ("failure" in made) return made.failure;
    this.say("k8sclient.go:147", `Created ConfigMap ${name} in namespace ${namespace}`);
    return made.value;
  }

  private update(wanted: number, size: ClusterSize): void {
    const found = readApi<ScaleFound>(this.ctx, this.scale);
    if ("failure" in found) return this.say("autoscaler_server.go:141", `Update failure: ${found.failure}`, "E");
    const { replicas = 0 } = found.value.spec;
    if (replicas === wanted) return;
    const { schedulableNodes, schedulableCores } = size;
    this.say(
      "k8sclient.go:272",
      `Cluster status: SchedulableNodes[${schedulableNodes}], SchedulableCores[${schedulableCores}]`,
    );
    this.say("k8sclient.go:273", `Replicas are not as expected : updating replicas from ${replicas} to ${wanted}`);
    const object = { ...found.value, spec: { ...found.value.spec, replicas: wanted } };
    const answer = writeApi(this.ctx, { method: "PUT", path: this.scale, object });
    if ("failure" in answer) this.say("autoscaler_server.go:141", `Update failure: ${answer.failure}`, "E");
  }
}

/** The API server writes them as `4` or `1500m`. Of the sum, a part of a core counts as one. */
function coresOf(nodes: readonly NodeFound[]): number {
  const millis = nodes.map(({ status }) => {
    const cpu = status?.capacity?.cpu ?? "0";
    return cpu.endsWith("m") ? Number(cpu.slice(0, -1)) : 1000 * Number(cpu);
  });
  return Math.ceil(millis.reduce((sum, each) => sum + each, 0) / 1000);
}

function start(ctx: ServerContext): ServerHooks | void {
  const unread = flagNames(ctx.argv).filter((name) => !READ.includes(name));
  const unknown = unread.find((name) => !OTHER.test(name));
  if (unknown !== undefined) {
    ctx.log(`unknown flag: --${unknown}`, "stderr");
    return ctx.exit(2);
  }
  const namespace = flagOf(ctx, "namespace") ?? ctx.env["MY_NAMESPACE"] ?? "";
  const target = (flagOf(ctx, "target") ?? "").toLowerCase();
  const [kind = "", name = ""] = target.split("/");
  const period = Number(flagOf(ctx, "poll-period-seconds") ?? DEFAULT_PERIOD_S);
  const autoscaler = new Autoscaler(ctx, { namespace, kind, name });
  const problems = [
    ...(target === "" ? ["--target parameter cannot be empty"] : []),
    ...(target !== "" && (PLURALS[kind] === undefined || name === "")
      ? ["Target format error. Please use deployment/*, replicationcontroller/* or replicaset/* (not case sensitive)."]
      : []),
    ...(flagOf(ctx, "configmap") === undefined ? ["--configmap parameter cannot be empty"] : []),
    ...(namespace === "" ? ["--namespace parameter not set and failed to fallback"] : []),
    ...(period >= 1 ? [] : ["--poll-period-seconds cannot be less than 1"]),
  ];
  if (problems.length > 0) {
    for (const problem of problems) autoscaler.say("options.go:107", problem, "E");
    autoscaler.say("autoscaler.go:44", "failed to validate all input parameters", "E");
    return ctx.exit(1);
  }
  sayUnread(ctx, unread.filter((each) => !/^(v|logtostderr)$/.test(each)).map(dashed));
  ctx.use({ cpuMillicores: 1, memoryBytes: 9 * 1024 * 1024 });
  autoscaler.say("autoscaler.go:49", `Scaling Namespace: ${namespace}, Target: ${target}`);
  ctx.listen(8080, ({ path }) => ({
    status: path === "/healthz" ? 200 : 404,
    body: path === "/healthz" ? "" : "404 page not found\n",
  }));
  const again = (): void => {
    autoscaler.turn();
    ctx.after(period * 1000, again);
  };
  ctx.after(200, again);
  const stop = (): void => ctx.exit(2);
  return { signals: { SIGTERM: stop, SIGINT: stop } };
}

export const clusterProportionalAutoscaler: readonly ImageDefinition[] = [
  "registry.k8s.io/cpa/cluster-proportional-autoscaler",
  "registry.k8s.io/cluster-proportional-autoscaler-amd64",
].map((name) =>
  defineImage({
    name,
    tags: tags(15, "1.1.1 1.1.2 1.3.0 1.6.0 1.7.1 1.8.0..9 v1.8.4..9 v1.9.0"),
    entrypoint: ["/cluster-proportional-autoscaler"],
    userland: "none",
    user: 65_534,
    programs: () => ({ "/cluster-proportional-autoscaler": { kind: "server", start } }),
  }),
);
