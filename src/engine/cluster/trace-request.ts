/**
 * A request that somebody wants to follow: sent from a place of the cluster as programs there send theirs, and told
 * hop by hop. It is a real request: the server that gets it logs it, and a service's proxy has chosen an endpoint for it.
 */
import { isPodActive, isPodReady } from "../api/core/pod/conditions.ts";
import type { Pod } from "../api/generated/types.ts";
import type { KubeObject } from "../api/meta/object.ts";
import type { Resource } from "../api/meta/resource.ts";
import { labelSelectorAsSelector } from "../api/meta/selectors.ts";
import { daemonSets, deployments, pods, replicaSets, statefulSets } from "../api/registry.ts";
import { storageKey, storagePrefix } from "../apiserver/storage/storage-keys.ts";
import type { HttpExchange } from "../base/http.ts";
import { FINISHED_EXCHANGE } from "../base/http.ts";
import { SystemError } from "../base/program.ts";
import type { Errno, HttpRequest } from "../base/program.ts";
import { explainExchange } from "../diagnose/exchange.ts";
import type { Mend } from "../diagnose/explanation.ts";
import type { ClusterFacts } from "../diagnose/facts.ts";
import { openPorts } from "../diagnose/service-trouble.ts";
import { sentence } from "../diagnose/sentences.ts";
import { StationPort } from "../network/port.ts";
import { Answer, Failure } from "../network/trace.ts";
import type { Exchange, Hop } from "../network/trace.ts";
import type { NetworkPort } from "../runtime/network-port.ts";
import type { Cluster } from "./cluster.ts";

/** What came of it. `status`: an answer came; `errno`: none did. */
export interface TracedRequest {
  /** `laptop`, `node/<name>`, `pod/<namespace>/<name>`. */
  from: string;
  method: string;
  url: string;
  hops: Hop[];
  /** Virtual milliseconds until the answer, or until it was given up. */
  ms: number;
  status?: number;
  errno?: Errno;
  /** Where something is wrong: what, and the smallest change that mends it, in words and as something to try. */
  cause?: { key: string; text: string };
  change?: { key: string; text: string; mend?: Mend };
}

export function clusterFacts(cluster: Cluster): ClusterFacts {
  return {
    list: <T extends KubeObject>(resource: Resource<T>, namespace: string) =>
      cluster.store.range(storagePrefix(resource, namespace)).items.map(({ value }) => value as T),
    get: <T extends KubeObject>(resource: Resource<T>, namespace: string, name: string) =>
      cluster.store.get(storageKey(resource, namespace, name))?.value as T | undefined,
    custom(group, plural) {
      const { catalog } = cluster.server;
      const resource = catalog.at(group, "v1", plural) ?? catalog.at(group, "v1beta1", plural);
      if (resource === undefined) return [];
      return cluster.store.range(storagePrefix(resource, "")).items.map(({ value }) => value as KubeObject);
    },
    openPorts(namespace, pod) {
      const port = containerPort(cluster, namespace, pod);
      return port === undefined ? undefined : openPorts(port.namespace);
    },
    lastError(namespace, pod) {
      const [last] = [...cluster.podLog(namespace, pod).matchAll(/^[EF]\d{4} .* err="(.*)"$/gm)].slice(-1);
      return last?.[1]?.replaceAll('\\"', '"');
    },
    machine(name) {
      const node = cluster.nodes.get(name);
      if (node === undefined) return undefined;
      const { powered, connected, service, kubelet } = node;
      return { powered, connected, kubelet: service.state, says: kubelet.log.lastError };
    },
    isUp: (component) => cluster.isUp(component),
  };
}

/** Sends it now; `done` is called once, when the answer or failure is there. Answers how to give up waiting. */
export function traceRequest(
  cluster: Cluster,
  asked: { from: string; request: HttpRequest; laptop: NetworkPort },
  done: (traced: TracedRequest) => void,
): () => void {
  const { from, port } = placeOf(cluster, asked.from, asked.laptop);
  if (!(port instanceof StationPort)) throw new SystemError("ENETUNREACH", "there is no network to send from");
  const { sim } = cluster;
  const { method, url } = asked.request;
  const started = sim.now;
  let finished = false;
  let sent: ReturnType<StationPort["sendTraced"]> | undefined;
  const finish = (result: { status?: number; errno?: Errno }): void => {
    if (finished || sent === undefined) return;
    finished = true;
    const { outcome } = sent;
    const ended = outcome.ok && (result.errno !== undefined || result.status === 504) ? unanswered(outcome) : outcome;
    const finding = explainExchange(ended, clusterFacts(cluster), { method, headers: asked.request.headers, from });
    done({
      from,
      method,
      url,
      hops: outcome.hops,
      ms: sim.now - started,
      ...result,
      ...(finding !== undefined && {
        cause: { key: finding.cause.key, text: sentence(finding.cause) },
        change: {
          key: finding.change.key,
          text: sentence(finding.change),
          ...(finding.mend !== undefined && { mend: finding.mend }),
        },
      }),
    });
  };
  sent = port.sendTraced(asked.request, {
    head: (status) => finish({ status }),
    data: () => {},
    frame: () => {},
    end: () => {},
    fail: (errno) => finish({ errno }),
  });
  const exchange: HttpExchange = sent.exchange;
  if (exchange === FINISHED_EXCHANGE) finish({ errno: "ETIMEDOUT" });
  return () => exchange.abort();
}

/** Who took the request last and did not answer in time, where answers come when they come; else what it came to. */
function unanswered(answer: Answer): Exchange {
  let last = answer;
  while (last.response.passed instanceof Answer) last = last.response.passed;
  if (last.response.later === undefined) return answer;
  return new Failure({ ...last.trace, why: "connected, but no answer came" }, "ETIMEDOUT", last.url);
}

/** Kinds whose pods a request can be sent from: the first ready one is taken. */
const WORKLOADS: Readonly<Record<string, Resource>> = {
  deploy: deployments,
  deployment: deployments,
  deployments: deployments,
  sts: statefulSets,
  statefulset: statefulSets,
  statefulsets: statefulSets,
  ds: daemonSets,
  daemonset: daemonSets,
  daemonsets: daemonSets,
  rs: replicaSets,
  replicaset: replicaSets,
  replicasets: replicaSets,
};

function placeOf(cluster: Cluster, text: string, laptop: NetworkPort): { from: string; port: NetworkPort } {
  const [kind = "", ...rest] = text.split("/");
  if (text === "laptop") return { from: text, port: laptop };
  const [namespace, name] = rest.length === 1 ? ["default", rest[0] as string] : [rest[0] ?? "", rest[1] ?? ""];
  if (["node", "nodes", "no"].includes(kind) && rest.length === 1) {
    const node = cluster.network.node(name);
    if (node === undefined) throw new SystemError("EINVAL", `there is no node "${name}"`);
    return { from: `node/${name}`, port: node.port() };
  }
  if (["pod", "pods", "po"].includes(kind) && rest.length <= 2) return podPlace(cluster, namespace, name);
  const workload = WORKLOADS[kind];
  if (workload === undefined || rest.length > 2) {
    throw new SystemError("EINVAL", `"${text}" is no place to send from: laptop, node/NAME, pod/NAME, deploy/NAME`);
  }
  return podPlace(cluster, namespace, podOf(cluster, workload, { namespace, name, text }));
}

function podOf(
  cluster: Cluster,
  workload: Resource,
  { namespace, name, text }: { namespace: string; name: string; text: string },
): string {
  const facts = clusterFacts(cluster);
  const object = facts.get(workload, namespace, name) as (KubeObject & { spec: { selector?: object } }) | undefined;
  if (object === undefined) throw new SystemError("EINVAL", `there is no ${text} in namespace "${namespace}"`);
  const selector = labelSelectorAsSelector(object.spec.selector);
  const members = facts
    .list(pods, namespace)
    .filter((pod: Pod) => isPodActive(pod) && selector.matches(pod.metadata.labels));
  const pod = members.find(isPodReady) ?? members[0];
  if (pod === undefined) throw new SystemError("EINVAL", `${text} has no pod to send from`);
  return pod.metadata.name;
}

function containerPort(cluster: Cluster, namespace: string, name: string): NetworkPort | undefined {
  for (const node of cluster.nodes.values()) {
    for (const { sandbox, running, port } of node.runtime.list())
      if (running && sandbox.namespace === namespace && sandbox.name === name) return port;
  }
  return undefined;
}

function podPlace(cluster: Cluster, namespace: string, name: string): { from: string; port: NetworkPort } {
  const port = containerPort(cluster, namespace, name);
  if (port !== undefined) return { from: `pod/${namespace}/${name}`, port };
  const known = clusterFacts(cluster).get(pods, namespace, name) !== undefined;
  throw new SystemError(
    "EINVAL",
    known
      ? `pod "${name}" in namespace "${namespace}" has no running container to send from`
      : `there is no pod "${name}" in namespace "${namespace}"`,
  );
}
