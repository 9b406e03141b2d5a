/**
 * Why a request for an Ingress' host never gets to a controller: nobody listens at the node, or the client doesn't know the
 * name, which no name server does where the domain is made up.
 */
import type { Ingress } from "../api/generated/types.ts";
import { keyOf } from "../api/meta/object.ts";
import { ingresses, nodes } from "../api/registry.ts";
import { hostMatches } from "../network/ingress/path-match.ts";
import type { Failure } from "../network/trace.ts";
import { found } from "./explanation.ts";
import type { Explanation } from "./explanation.ts";
import type { ClusterFacts } from "./facts.ts";
import { ingressControllers } from "./ingress-controllers.ts";
import { explainClass } from "./ingress-trouble.ts";

const ENTRIES: ReadonlySet<number> = new Set([80, 443]);

export function explainEntry(failure: Failure, facts: ClusterFacts): Explanation | undefined {
  const { trace } = failure;
  if (trace.resolution?.errno === "ENOTFOUND") return explainUnknownHost(trace.resolution.host, failure, facts);
  if (!ENTRIES.has(trace.asked) || trace.to?.kind !== "node") return undefined;
  const all = facts.list(ingresses, "");
  const [ingress] = all;
  const meant = all.find((each) => hasHost(each, hostIn(trace.url))) ?? ingress;
  if (meant === undefined || ingressControllers(facts).some(({ ready }) => ready)) return undefined;
  return explainClass(meant, facts);
}

function explainUnknownHost(host: string, { trace }: Failure, facts: ClusterFacts): Explanation | undefined {
  if (trace.from.kind === "pod") return undefined;
  const ingress = facts.list(ingresses, "").find((each) => hasHost(each, host));
  if (ingress === undefined) return undefined;
  const trouble = explainClass(ingress, facts);
  if (trouble !== undefined) return trouble;
  const address = ingress.status?.loadBalancer?.ingress?.[0]?.ip ?? firstNode(facts);
  const values = { host, ingress: keyOf(ingress), at: trace.from.name, address };
  const command = `echo '${address} ${host}' | sudo tee -a /etc/hosts`;
  return found(
    { cause: "host-unknown", change: "hosts-file" },
    values,
    trace.from.kind === "laptop" ? { command } : undefined,
  );
}

export function hasHost({ spec }: Ingress, host: string): boolean {
  return (spec.rules ?? []).some((rule) => rule.host !== undefined && hostMatches(rule.host, host));
}

/** `shop.example` of `http://shop.example:80/x`. */
export function hostIn(url: string): string {
  return (/^\w+:\/\/([^/?#:]*)/.exec(url)?.[1] ?? "").toLowerCase();
}

function firstNode(facts: ClusterFacts): string {
  const [node] = facts.list(nodes, "");
  return node?.status.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "";
}
