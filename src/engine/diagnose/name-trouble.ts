/** Why a name leads nowhere: whose it is, what was meant, who should have answered. */
import type { Deployment, Pod, Service } from "../api/generated/types.ts";
import { deployments, nodes, pods, services } from "../api/registry.ts";
import { isPodReady } from "../api/core/pod/conditions.ts";
import type { Failure } from "../network/trace.ts";
import { found } from "./explanation.ts";
import { explainMissingRules } from "./filter-trouble.ts";
import type { Explanation } from "./explanation.ts";
import type { ClusterFacts } from "./facts.ts";
import { nearest } from "./nearest.ts";
import { sentence } from "./sentences.ts";
import { deploymentOf, explainNoEndpoints, inNamespace, podTrouble } from "./service-trouble.ts";

const DNS = "kube-system";
const DNS_SERVICE = `${DNS}/kube-dns`;

/** `from`: who asked, where the network knows only the node whose network it is on. */
export function explainName(
  failure: Failure,
  facts: ClusterFacts,
  from = failure.trace.from.name,
): Explanation | undefined {
  const { trace } = failure;
  const { resolution } = trace;
  if (resolution === undefined) return undefined;
  if (resolution.errno !== "ENOTFOUND") {
    const asked = resolution.asked?.query.trace;
    const gone =
      asked === undefined || asked.rule !== undefined ? undefined : explainMissingRules(DNS_SERVICE, asked.from.node);
    return explainServer(resolution.host, facts) ?? gone;
  }
  const [kind, namespace = "", name = ""] = from.split("/");
  if (kind !== "pod") return explainFromOutside(failure, facts);
  return explainOwnService(failure, facts, { namespace, name }) ?? explainFromPod(failure, namespace, facts);
}

/** The service is there and its name leads nowhere all the same. */
function explainOwnService(
  { trace }: Failure,
  facts: ClusterFacts,
  client: { namespace: string; name: string },
): Explanation | undefined {
  const [name = "", asked = client.namespace] = (trace.resolution?.host ?? "").replace(/\.$/, "").split(".");
  const service = facts.get(services, asked, name);
  if (service === undefined) return undefined;
  const resolver = explainResolver(facts.get(pods, client.namespace, client.name), facts);
  if (resolver !== undefined) return resolver;
  if (service.spec.type === "ExternalName") return explainExternalName(service, facts);
  if (service.spec.clusterIP !== "None") return undefined;
  const empty = explainNoEndpoints(service, 0, facts);
  if (empty === undefined) return undefined;
  const values = { ...empty.cause.values, more: sentence(empty.cause), change: sentence(empty.change) };
  return found({ cause: "headless-empty", change: "headless-empty" }, values, empty.mend);
}

/** A name that stands for another that nobody knows: the service that was meant. */
export function explainExternalName({ metadata, spec }: Service, facts: ClusterFacts): Explanation | undefined {
  const target = (spec.externalName ?? "").replace(/\.$/, "");
  if (!/\.svc(\.|$)/.test(`${target}.`) && !target.endsWith(".local")) return undefined;
  const names = facts
    .list(services, "")
    .map((other) => `${other.metadata.name}.${other.metadata.namespace}.svc.cluster.local`);
  if (names.includes(target)) return undefined;
  const meant = nearest(target, names);
  const { name, namespace } = metadata;
  const values = { service: `${namespace}/${name}`, target, meant: meant ?? "" };
  const command = `kubectl patch service ${name}${inNamespace(namespace)} -p '{"spec":{"externalName":"${meant}"}}'`;
  return found(
    { cause: "external-name", change: "external-name" },
    values,
    meant === undefined ? undefined : { command },
  );
}

/** A pod that asks another name server than the cluster's. */
function explainResolver(pod: Pod | undefined, facts: ClusterFacts): Explanation | undefined {
  if (pod === undefined) return undefined;
  const { dnsPolicy = "ClusterFirst", hostNetwork = false } = pod.spec;
  const onNode = hostNetwork && dnsPolicy === "ClusterFirst";
  if (dnsPolicy !== "Default" && !onNode) return undefined;
  const policy = hostNetwork ? "ClusterFirstWithHostNet" : "ClusterFirst";
  const { name, namespace } = pod.metadata;
  const owner = deploymentOf(pod, facts);
  const patch = { spec: { template: { spec: { dnsPolicy: policy } } } };
  const command =
    owner === undefined
      ? undefined
      : `kubectl patch deployment ${owner.metadata.name}${inNamespace(namespace)} -p '${JSON.stringify(patch)}'`;
  const values = { pod: `${namespace}/${name}`, policy: dnsPolicy };
  const [cause, change] = [onNode ? "exchange.host-network-names" : "exchange.other-resolver", "change.cluster-first"];
  return {
    cause: { key: cause, values },
    change: { key: change, values: { ...values, policy } },
    ...(command !== undefined && { mend: { command } }),
  };
}

/** Nobody answers questions about names. */
function explainServer(host: string, facts: ClusterFacts): Explanation | undefined {
  const values = { host };
  const service = facts.get(services, DNS, "kube-dns");
  if (service === undefined) {
    return { cause: { key: "exchange.no-dns-service", values }, change: { key: "change.dns-service", values } };
  }
  const server: Deployment | undefined = facts.get(deployments, DNS, "coredns");
  if (server === undefined || (server.spec.replicas ?? 1) === 0) {
    return {
      cause: { key: "exchange.dns-scaled-to-zero", values },
      change: { key: "change.dns-scale", values },
      ...(server !== undefined && {
        mend: { command: "kubectl scale deployment/coredns -n kube-system --replicas=2" },
      }),
    };
  }
  const unready = facts
    .list(pods, DNS)
    .filter(({ metadata }: Pod) => metadata.labels?.["k8s-app"] === "kube-dns")
    .find((pod: Pod) => !isPodReady(pod));
  if (unready === undefined) return undefined;
  const more = { ...values, pod: unready.metadata.name, state: podTrouble(unready) };
  return { cause: { key: "exchange.dns-not-ready", values: more }, change: { key: "change.dns-ready", values: more } };
}

function explainFromPod({ trace }: Failure, own: string, facts: ClusterFacts): Explanation | undefined {
  const host = (trace.resolution?.host ?? "").replace(/\.$/, "");
  const [name = "", asked = own] = host.split(".");
  const all = facts.list(services, "");
  const answer = (cause: string, service: Service, better: string): Explanation => {
    const { namespace } = service.metadata;
    const url = withHost(trace.url, better);
    const values = { host, name, namespace: asked, other: namespace, better, url, service: service.metadata.name };
    return {
      cause: { key: `exchange.${cause}`, values },
      change: { key: "change.use-url", values },
      mend: { url },
    };
  };
  const nameFor = ({ metadata }: Service): string =>
    metadata.namespace === own ? metadata.name : `${metadata.name}.${metadata.namespace}`;
  const elsewhere = all.filter(({ metadata }) => metadata.name === name && metadata.namespace !== asked);
  const [other] = elsewhere;
  if (other !== undefined) return answer("other-namespace", other, nameFor(other));
  const near = nearest(
    name,
    all.filter(({ metadata }) => metadata.namespace === asked).map(({ metadata }) => metadata.name),
  );
  const meant = all.find(({ metadata }) => metadata.namespace === asked && metadata.name === near);
  if (meant !== undefined) return answer("misspelt", meant, nameFor(meant));
  const values = { host, name, namespace: asked, why: trace.resolution?.how ?? "" };
  return { cause: { key: "exchange.no-such-name", values }, change: { key: "change.correct-name", values } };
}

/** The laptop and the nodes don't ask the cluster's name server. */
function explainFromOutside({ trace }: Failure, facts: ClusterFacts): Explanation | undefined {
  const host = trace.resolution?.host ?? "";
  const [name = "", asked = "default"] = host.split(".");
  const service = facts.get(services, asked, name);
  if (service === undefined) return undefined;
  const values = { host, at: trace.from.name, service: `${asked}/${name}` };
  const cause = { key: "exchange.name-inside-only", values };
  const way = fromOutside(service, { facts, url: trace.url });
  return way === undefined
    ? { cause, change: { key: "change.expose", values } }
    : { cause, change: { key: "change.use-url", values: { ...values, url: way } }, mend: { url: way } };
}

/** The URL by which a client outside of the cluster reaches what `url` asks of a service; undefined: there is none. */
export function fromOutside(
  service: Service,
  { facts, url }: { facts: ClusterFacts; url: string },
): string | undefined {
  const asked = Number(/^\w+:\/\/[^/?#]*:(\d+)/.exec(url)?.[1] ?? (url.startsWith("https:") ? 443 : 80));
  const ports = service.spec.ports ?? [];
  const port = ports.find((each) => each.port === asked) ?? ports[0];
  const node = facts
    .list(nodes, "")
    .find(({ status }) => status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True"));
  const address = node?.status.addresses?.find(({ type }) => type === "InternalIP")?.address;
  if (address === undefined || (port?.nodePort ?? 0) === 0) return undefined;
  return withHost(url, `${address}:${port?.nodePort}`, true);
}

/** The URL with another host; its port stays, unless `whole` says that the host brings one. */
export function withHost(url: string, host: string, whole = false): string {
  const match = /^(\w+:\/\/)([^/?#:]*)(:\d+)?(.*)$/.exec(url);
  if (match === null) return url;
  return `${match[1]}${host}${whole ? "" : (match[3] ?? "")}${match[4]}`;
}
