/** Why an address and port lead nowhere: whose address it is, which ports it has, from where it can be reached. */
import type { Service } from "../api/generated/types.ts";
import { pods, services } from "../api/registry.ts";
import { familyOf, formatAddress, parseAddress } from "../network/address.ts";
import type { Failure } from "../network/trace.ts";
import { found } from "./explanation.ts";
import type { Explanation } from "./explanation.ts";
import type { ClusterFacts } from "./facts.ts";
import { explainMissingRules } from "./filter-trouble.ts";
import { fromOutside, withHost } from "./name-trouble.ts";
import { explainDeadProxy, explainNoProxy } from "./proxy-trouble.ts";
import { inNamespace, podTrouble } from "./service-trouble.ts";

export function explainAddress(failure: Failure, facts: ClusterFacts): Explanation | undefined {
  const { trace } = failure;
  const address = trace.resolution?.addresses[0] ?? addressOf(trace.url);
  if (address === undefined) return undefined;
  const service = facts
    .list(services, "")
    .find(({ spec }) => spec.clusterIP === address || spec.clusterIPs?.includes(address));
  if (service !== undefined) return explainServicePort(failure, service, facts);
  if (trace.to?.kind === "node" && (trace.port ?? 0) >= 30_000) return explainNodePort(failure, facts);
  const pod = facts.list(pods, "").find(({ status, spec }) => status.podIP === address && spec.hostNetwork !== true);
  if (pod === undefined) return undefined;
  if (trace.from.kind === "laptop") {
    const values = { address, what: `pod/${pod.metadata.namespace}/${pod.metadata.name}`, url: trace.url };
    return { cause: { key: "exchange.inside-only", values }, change: { key: "change.expose", values } };
  }
  const listening = [...(trace.to?.namespace.listeners.keys() ?? [])].sort((a, b) => a - b);
  const values = {
    pod: `${pod.metadata.namespace}/${pod.metadata.name}`,
    port: trace.port ?? 0,
    listening: listening.join(", "),
  };
  const [open] = listening;
  if (open === undefined) {
    const more = { ...values, state: podTrouble(pod) };
    return { cause: { key: "exchange.no-program", values: more }, change: { key: "change.look-at-pod", values: more } };
  }
  return useUrl("nothing-listens", values, withPort(trace.url, open));
}

function useUrl(cause: string, values: Record<string, string | number>, url: string): Explanation {
  const more = { ...values, url };
  return {
    cause: { key: `exchange.${cause}`, values: more },
    change: { key: "change.use-url", values: more },
    mend: { url },
  };
}

/** A service's address: asked at a port that it has not, or from outside. */
function explainServicePort(failure: Failure, service: Service, facts: ClusterFacts): Explanation {
  const { trace } = failure;
  const { name, namespace } = service.metadata;
  const all = service.spec.ports ?? [];
  const spoken = all.filter(({ protocol = "TCP" }) => protocol === trace.protocol);
  const ports = spoken.map(({ port }) => port);
  const values = {
    service: `${namespace}/${name}`,
    port: trace.port ?? 0,
    ports: all.map(({ port, protocol = "TCP" }) => (protocol === "TCP" ? port : `${port}/${protocol}`)).join(", "),
    address: service.spec.clusterIP ?? "",
  };
  if (trace.from.kind === "laptop") {
    const way = fromOutside(service, { facts, url: trace.url });
    const more = { ...values, what: `service/${namespace}/${name}` };
    if (way !== undefined) return useUrl("inside-only", more, way);
    return { cause: { key: "exchange.inside-only", values: more }, change: { key: "change.expose", values: more } };
  }
  const other = all.findIndex((each) => each.port === trace.port && each.protocol !== trace.protocol);
  if (other >= 0 && !ports.includes(trace.port)) {
    const more = { ...values, protocol: all[other]?.protocol ?? "TCP", asked: trace.protocol };
    const change = [{ op: "replace", path: `/spec/ports/${other}/protocol`, value: trace.protocol }];
    const patch = `kubectl patch service ${name}${inNamespace(namespace)} --type=json -p '${JSON.stringify(change)}'`;
    return found({ cause: "other-protocol", change: "port-protocol" }, more, { command: patch });
  }
  const [port] = ports;
  if (port === undefined || ports.includes(trace.port ?? 0)) {
    const gone = explainMissingRules(values.service, trace.from.node);
    if (gone !== undefined) return gone;
    const dead = explainNoProxy(values.service, facts) ?? explainDeadProxy(values.service, trace.from.node, facts);
    const more = { ...values, node: trace.from.node?.name ?? "" };
    return dead ?? found({ cause: "rules-behind", change: "wait" }, more);
  }
  return useUrl("service-port", values, withPort(trace.url, port));
}

/** A node port that no service has. */
function explainNodePort({ trace }: Failure, facts: ClusterFacts): Explanation {
  const open = facts
    .list(services, "")
    .flatMap(({ metadata, spec }) =>
      (spec.ports ?? []).flatMap(({ nodePort = 0 }) =>
        nodePort === 0 ? [] : [{ service: `${metadata.namespace}/${metadata.name}`, nodePort }],
      ),
    );
  const asked = String(trace.port);
  const own = open.find(({ nodePort }) => nodePort === trace.port);
  const node = trace.to?.node;
  const gone =
    own === undefined
      ? undefined
      : (explainMissingRules(own.service, node) ??
        explainDeadProxy(own.service, node, facts) ??
        explainFamily(own.service, { trace, facts }));
  if (gone !== undefined) return gone;
  const values = {
    port: trace.port ?? 0,
    open: open.map(({ service, nodePort }) => `${nodePort} (${service})`).join(", "),
  };
  const [first] = [...open].sort((a, b) => differing(String(a.nodePort), asked) - differing(String(b.nodePort), asked));
  if (first === undefined) {
    return { cause: { key: "exchange.no-node-port", values }, change: { key: "change.node-port", values } };
  }
  return useUrl("no-node-port", values, withPort(trace.url, first.nodePort));
}

/** A node port asked at an address of a family that its service has not. */
function explainFamily(
  key: string,
  { trace, facts }: { trace: Failure["trace"]; facts: ClusterFacts },
): Explanation | undefined {
  const [namespace = "", name = ""] = key.split("/");
  const families = facts.get(services, namespace, name)?.spec.ipFamilies ?? [];
  const asked = familyOf(trace.address);
  if (families.length === 0 || families.includes(asked)) return undefined;
  const values = { service: key, families: families.join(", "), asked, port: trace.port };
  return found({ cause: "other-family", change: "dual-stack" }, values, {
    command: `kubectl patch service ${name}${inNamespace(namespace)} -p '{"spec":{"ipFamilyPolicy":"PreferDualStack"}}'`,
  });
}

function differing(a: string, b: string): number {
  let count = Math.abs(a.length - b.length);
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) count++;
  return count;
}

function addressOf(url: string): string | undefined {
  const host = hostOf(url).replace(/^\[|\]$/g, "");
  const number = parseAddress(host);
  return number < 0 ? undefined : formatAddress(number);
}

/** The same at another port: 80 and 443 are those of a scheme. */
function withPort(url: string, port: number): string {
  const host = hostOf(url);
  const scheme = /^https?:/.test(url) ? { 80: "http", 443: "https" }[port] : undefined;
  if (scheme === undefined) return withHost(url, `${host}:${port}`, true);
  return withHost(url.replace(/^https?/, scheme), host, true);
}

/** An address of IPv6 with its brackets. */
function hostOf(url: string): string {
  return /^\w+:\/\/(\[[^\]]*\]|[^/?#:]*)/.exec(url)?.[1] ?? "";
}
