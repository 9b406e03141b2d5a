/** What is wrong with a service, as far as its objects and the ports of its pods say. */
import type { Service } from "../api/generated/types.ts";
import { endpointSlices, nodes } from "../api/registry.ts";
import type { Explanation } from "./explanation.ts";
import { found } from "./explanation.ts";
import type { ClusterFacts } from "./facts.ts";
import { explainExternalName, fromOutside } from "./name-trouble.ts";
import { explainNoProxy } from "./proxy-trouble.ts";
import { explainClosedPort, explainNoEndpoints } from "./service-trouble.ts";

const SERVICE_NAME = "kubernetes.io/service-name";

/** The first thing that is wrong; undefined: pods are ready behind each of its ports, and listen there. */
export function explainServiceObject(service: Service, facts: ClusterFacts): Explanation | undefined {
  const { spec, metadata } = service;
  if (spec.type === "ExternalName") return explainExternalName(service, facts);
  const slices = facts
    .list(endpointSlices, metadata.namespace)
    .filter(({ metadata: { labels } }) => labels?.[SERVICE_NAME] === metadata.name);
  for (const [index, port] of (spec.ports ?? []).entries()) {
    const behind = slices.flatMap(({ endpoints = [], ports = [] }) =>
      endpoints
        .filter(({ conditions }) => conditions?.ready !== false)
        .flatMap((endpoint) =>
          ports
            .filter(({ name = "" }) => name === (port.name ?? ""))
            .map((each) => ({ endpoint, port: each.port ?? 0, protocol: each.protocol ?? "TCP" })),
        ),
    );
    if (behind.length === 0) return explainNoEndpoints(service, index, facts);
    for (const { endpoint, port: number, protocol } of behind) {
      const { kind, namespace = metadata.namespace, name = "" } = endpoint.targetRef ?? {};
      const pod = `pod/${namespace}/${name}`;
      const listening = kind !== "Pod" || protocol !== "TCP" ? undefined : facts.openPorts(namespace, name);
      if (listening === undefined || listening.get(number)?.startsWith("127.") === false) continue;
      return explainClosedPort(service, { facts, pod, listening, port: number, index });
    }
  }
  const pending = spec.type === "LoadBalancer" && (service.status?.loadBalancer?.ingress ?? []).length === 0;
  if (pending) return explainPendingBalancer(service, facts);
  return spec.clusterIP === "None" ? undefined : explainNoProxy(`${metadata.namespace}/${metadata.name}`, facts);
}

function explainPendingBalancer(service: Service, facts: ClusterFacts): Explanation {
  const { name, namespace } = service.metadata;
  const minikube = facts
    .list(nodes, "")
    .some(({ metadata }) => metadata.labels?.["minikube.k8s.io/name"] !== undefined);
  const url = fromOutside(service, { facts, url: `http://${name}:${service.spec.ports?.[0]?.port ?? 80}/` });
  const values = { service: `${namespace}/${name}`, url: url ?? "" };
  return found({ cause: "balancer-pending", change: minikube ? "tunnel-or-node-port" : "use-node-port" }, values);
}
