/** Findings about exchanges in words. A sentence says what is so; braces take the finding's values. */
import type { Finding } from "./explanation.ts";

const SENTENCES: Readonly<Record<string, string>> = {
  "exchange.no-such-name": "no name {host} is known here",
  "exchange.other-namespace": "there is no service {name} in namespace {namespace}; there is one in {other}",
  "exchange.misspelt": "there is no service {name} in namespace {namespace}; there is {service}",
  "exchange.name-inside-only":
    "{host} is service {service}, but {at} does not ask the cluster's name server: such names are known to pods",
  "exchange.no-name-server": "the name server does not answer: {why}",
  "exchange.no-dns-service": "the service kube-system/kube-dns, which pods ask for names, is gone",
  "exchange.dns-scaled-to-zero": "no CoreDNS pod runs, so no name can be resolved",
  "exchange.dns-not-ready": "CoreDNS is not ready ({pod}: {state})",
  "exchange.no-ready-endpoints": "service {service} has no ready endpoint",
  "exchange.no-local-endpoint":
    "service {service} has endpoints, but none on {node}, and its {field} is Local: the packet is dropped",
  "exchange.no-selector": "service {service} has no selector, and nobody has written endpoints for it",
  "exchange.endpoints-stale":
    "pods of service {service} are ready, but {component}, which keeps its endpoints, is stopped",
  "exchange.scaled-to-zero":
    "the selector of service {service} ({selector}) is that of deployment {deployment}, which has 0 replicas",
  "exchange.selector-misses": "the selector of service {service} ({selector}) matches no pod: no pod has {wrong}",
  "exchange.pods-elsewhere":
    "the selector of service {service} ({selector}) matches no pod in its namespace; such pods are in namespace {other}",
  "exchange.selector-matches-nothing": "the selector of service {service} ({selector}) matches no pod",
  "exchange.probe-port":
    "service {service} chooses {count} pods, none of them ready: the readiness probe asks port {probe}, the container's port is {port}",
  "exchange.none-ready": "service {service} chooses {count} pods, none of them ready ({pod}: {state})",
  "exchange.port-name":
    "service {service} sends to the port named {target}, and the pods have none of that name ({names})",
  "exchange.target-port": "service {service} sends to port {port}, and {pod} listens on {listening}",
  "exchange.no-program": "nothing listens on any port of {pod} ({state})",
  "exchange.listens-elsewhere": "the program in {pod} listens on port {port} of {address} alone",
  "exchange.nothing-listens": "nothing listens on port {port}; these are open: {listening}",
  "exchange.service-port": "service {service} has no port {port}, but {ports}",
  "exchange.no-service-there": "no service has this address and port",
  "exchange.no-proxy": "kube-proxy is stopped, so the node of {service} knows no way to it",
  "exchange.rules-behind": "service {service} has this port, and the node's rules have not heard of it yet",
  "exchange.no-node-port": "no service has node port {port}; these are open: {open}",
  "exchange.inside-only": "{what} has an address that only pods and nodes of the cluster can reach",
  "exchange.no-pod-there": "no pod has this address (any more)",
  "exchange.nobody-there": "nobody answers at this address",
  "exchange.policy-denies": "a network policy denies it: {why}",
  "exchange.policy-denies-names": "a network policy forbids the question about the name: {why}",
  "exchange.no-healthy-node": "no node passes the health check of the load balancer of {service}",
  "exchange.no-power": "{node} is switched off",
  "exchange.no-answer": "{at} took the connection and did not answer in time",
  "change.correct-name": "use a name that exists",
  "change.use-url": "ask for {url}",
  "change.expose": "give it a node port, or forward a port with kubectl port-forward",
  "change.start-name-server": "start the name server",
  "change.dns-service": "create the service kube-dns again",
  "change.dns-scale": "scale CoreDNS up",
  "change.dns-ready": "find out why that pod is not ready",
  "change.ready-pods-or-selector": "make its pods ready, or correct its selector",
  "change.traffic-policy": "let it use endpoints of all nodes",
  "change.endpoints-by-hand": "write an EndpointSlice for it, or give it a selector",
  "change.start-component": "start {component}",
  "change.scale-up": "scale {deployment} up",
  "change.selector": "let it choose {labels}, as {pod} has it",
  "change.same-namespace": "put service and pods into one namespace",
  "change.create-pods": "create pods with these labels",
  "change.probe-port": "let the probe ask port {port}",
  "change.make-ready": "make them ready; why they are not: {why}",
  "change.name-port": "declare a port of that name in the pods, or use its number",
  "change.target-port-name": "let it send to {meant}",
  "change.target-port": "let it send to port {open}",
  "change.look-at-pod": "look at the pod's containers and their logs",
  "change.listen-everywhere": "let the program listen on all addresses (0.0.0.0 or [::])",
  "change.use-port": "use a port that is open",
  "change.service-port": "use a port that the service has",
  "change.start-proxy": "start kube-proxy",
  "change.wait": "wait a moment",
  "change.node-port": "make the service one of type NodePort",
  "change.node-port-or-forward": "use a node port, or kubectl port-forward",
  "change.use-service": "use the service's name: pods come and go",
  "change.check-address": "check the address",
  "change.allow-egress": "allow it in the egress rules of a policy for {pod}; {policies} isolate it",
  "change.allow-ingress": "allow it in the ingress rules of a policy for {pod}; {policies} isolate it",
  "change.nodes-for-balancer":
    "see that a node is ready and not labelled node.kubernetes.io/exclude-from-external-load-balancers",
  "change.power-on": "switch {node} on",
  "change.look-at-logs": "look at the server's logs",
};

/** The finding in words; its key when there are none. */
export function sentence({ key, values }: Finding): string {
  const pattern = SENTENCES[key];
  if (pattern === undefined) return key;
  return pattern.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name] ?? "";
    return value === "" ? "none" : String(value);
  });
}
