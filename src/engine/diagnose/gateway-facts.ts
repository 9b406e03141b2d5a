/** What of a cluster the Gateway API's evaluators ask for, and what grants what they miss. */
import { namespaces, secrets, services } from "../api/registry.ts";
import type { GatewayFacts } from "../network/gateway/attachment.ts";
import { asHttpRoute } from "../network/gateway/grpc-route.ts";
import { GROUP } from "../network/gateway/kinds.ts";
import type { GrpcRoute, HttpRoute, ReferenceGrant } from "../network/gateway/kinds.ts";
import type { ClusterFacts } from "./facts.ts";

export function gatewayFacts(facts: ClusterFacts): GatewayFacts {
  const at = (key: string): [namespace: string, name: string] => {
    const [namespace = "", name = ""] = key.split("/");
    return [namespace, name];
  };
  return {
    routes: [
      ...(facts.custom(GROUP, "httproutes") as readonly HttpRoute[]),
      ...(facts.custom(GROUP, "grpcroutes") as readonly GrpcRoute[]).map(asHttpRoute),
    ],
    grants: facts.custom(GROUP, "referencegrants") as readonly ReferenceGrant[],
    namespace: (name) => facts.get(namespaces, "", name),
    service: (key) => facts.get(services, ...at(key)),
    secret: (key) => facts.get(secrets, ...at(key)),
  };
}

/** What lets an object of the Gateway API name one of another namespace. */
export function grantCommand(
  from: { kind: string; namespace: string },
  { kind, namespace, name }: { kind: string; namespace: string; name: string },
): string {
  const grant = {
    apiVersion: `${GROUP}/v1beta1`,
    kind: "ReferenceGrant",
    metadata: { name: `from-${from.namespace}`, namespace },
    spec: { from: [{ group: GROUP, ...from }], to: [{ group: "", kind, name }] },
  };
  return `echo '${JSON.stringify(grant)}' | kubectl apply -f -`;
}
