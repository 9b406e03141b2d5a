/** Why a name leads nowhere: whose it is, what was meant, who should have answered. */
import type { Deployment, Pod, Service } from "../api/generated/types.ts";
import { deployments, nodes, pods, services } from "../api/registry.ts";
import { isPodReady } from "../api/core/pod/conditions.ts";
import type { Failure } from "../network/trace.ts";
import type { Explanation } from "./exchange.ts";
import type { ClusterFacts } from "./facts.ts";
import { nearest } from "./nearest.ts";
import { podTrouble } from "./service-trouble.ts";

const DNS = "kube-system";

export function explainName(failure: Failure, facts: ClusterFacts): Explanation | undefined {
  const { trace } = failure;
  const { resolution } = trace;
  if (resolution === undefined) return undefined;
  if (resolution.errno !== "ENOTFOUND") return explainServer(resolution.host, facts);
  if (trace.from.kind !== "pod") return explainFromOutside(failure, facts);
  const [, namespace = ""] = trace.from.name.split("/");
  return explainFromPod(failure, namespace, facts);
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
