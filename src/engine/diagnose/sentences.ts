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
  "exchange.other-protocol": "port {port} of service {service} is one of {protocol}, and was asked over {asked}",
  "exchange.no-service-there": "no service has this address and port",
  "exchange.no-proxy": "no kube-proxy runs on any node, so that none has heard of what is new about service {service}",
  "exchange.proxy-gone":
    "no kube-proxy runs on {node}, its DaemonSet being gone or stopped: what has changed about service {service} since then is unknown there",
  "exchange.proxy-ends":
    "kube-proxy on {node} ends each time it starts, saying {says}: what has changed about service {service} since then is unknown there",
  "exchange.other-family":
    "service {service} has {families} alone, and port {port} of a node was asked at an address of {asked}",
  "exchange.packet-filter": "the packet filter of {node} stops it: {rule}",
  "exchange.rules-gone":
    "node {node} has no rule for service {service} any more: somebody has taken out what kube-proxy had written there, which it writes anew only {when}",
  "exchange.old-rules":
    "no kube-proxy runs on {node}, whose rules are those of before: what has changed about service {service} since then is unknown there",
  "exchange.rules-behind": "service {service} has this port, and the node's rules have not heard of it yet",
  "exchange.listener-refused": "listener {listener} of Gateway {gateway} is not served: {why}",
  "exchange.endpoints-behind": "service {service} has ready endpoints, and the node's rules have not heard of them yet",
  "exchange.no-node-port": "no service has node port {port}; these are open: {open}",
  "exchange.inside-only": "{what} has an address that only pods and nodes of the cluster can reach",
  "exchange.no-pod-there": "no pod has this address (any more)",
  "exchange.nobody-there": "nobody answers at this address",
  "exchange.policy-denies": "a network policy denies it: {why}",
  "exchange.policy-denies-names": "a network policy forbids the question about the name: {why}",
  "exchange.no-healthy-node": "no node passes the health check of the load balancer of {service}",
  "exchange.no-power": "{node} is switched off",
  "exchange.speaks-plainly": "{at} speaks plain HTTP on port {port}, and was asked for TLS",
  "exchange.no-answer": "{at} took the connection and did not answer in time",
  "exchange.link-fault": "{why}",
  "exchange.external-name":
    "service {service} stands for the name {target} (ExternalName), and no such name is known; there is {meant}",
  "exchange.other-resolver":
    "{pod} does not ask the cluster's name server: its dnsPolicy is {policy}, so that only names of the world outside are known",
  "exchange.host-network-names":
    "{pod} is on its node's network with dnsPolicy ClusterFirst, which asks the node's name server: cluster names are unknown there",
  "exchange.headless-empty":
    "service {service} is headless and has no ready endpoint, so that its name has no address: {more}",
  "exchange.no-controller": "no ingress controller runs in this cluster, so that nobody serves Ingress {ingress}",
  "exchange.controller-scaled-to-zero":
    "the ingress controller (deployment {deployment}) has 0 replicas, so that nobody serves Ingress {ingress}",
  "exchange.controller-not-ready": "the ingress controller that serves {ingress} is not ready ({pod}: {state})",
  "exchange.no-class":
    "Ingress {ingress} names no IngressClass and none is the default, so that no controller takes it",
  "exchange.class-missing": "Ingress {ingress} is of class {class}, and there is no such IngressClass",
  "exchange.other-class": "Ingress {ingress} is of class {class}, whose controller does not run here",
  "exchange.backend-missing":
    "Ingress {ingress} leads to service {name}, and namespace {namespace} has no such service",
  "exchange.backend-elsewhere":
    "Ingress {ingress} leads to service {name}, which is in namespace {other}: an Ingress reaches services of its own namespace alone",
  "exchange.backend-port": "Ingress {ingress} leads to port {port} of service {service}, which has {ports}",
  "exchange.tls-secret":
    "Ingress {ingress} takes its certificate from secret {secret}, which does not exist: the controller shows its own fake one",
  "exchange.tls-secret-empty": "secret {secret}, from which Ingress {ingress} takes its certificate, has no tls.crt",
  "exchange.path-taken": "Ingress {other} is older and has {what} already: the controller serves that one",
  "exchange.host-unknown":
    "{host} is a host of Ingress {ingress}, and no name server that {at} asks knows it: such names are made known by hand",
  "exchange.no-ingress": "the controller {controller} has no Ingress to serve: it answers 404",
  "exchange.host-by-address":
    "the request asks for host {host}, and every Ingress is for a host by name ({hosts}): the controller answers 404",
  "exchange.host-missing": "no Ingress is for host {host}; there are {hosts}: the controller answers 404",
  "exchange.path-missing": "no rule for host {host} matches path {path}; there are {rules}: the controller answers 404",
  "exchange.backend-plain":
    "Ingress {ingress} asks its backend for TLS (backend-protocol), and {at} speaks plain HTTP on port {port}",
  "exchange.plain-http": "port {port} of the ingress controller speaks TLS and was asked in plain HTTP",
  "exchange.wants-password": "Ingress {ingress} wants a user name and a password (auth-type: basic)",
  "exchange.external-auth":
    "Ingress {ingress} asks {url} first (auth-url), which did not say that this request may pass",
  "exchange.address-refused": "Ingress {ingress} does not let {seen} in: its source ranges refuse that address",
  "exchange.body-too-large": "the body is larger than the {most} that Ingress {ingress} lets pass",
  "exchange.too-many-requests": "Ingress {ingress} limits what one client may ask for, and that is used up",
  "exchange.auth-secret":
    "Ingress {ingress} checks passwords against secret {secret}, which does not exist or has no key auth",
  "exchange.balancer-pending":
    "service {service} is of type LoadBalancer, and nobody in this cluster gives addresses: EXTERNAL-IP stays <pending>",
  "exchange.no-route": "the Gateway has no route: it answers 404",
  "exchange.route-host": "no route of the Gateway is for host {host}; there are {hosts}: it answers 404",
  "exchange.route-path": "route {route} is for host {host}, and no rule of it matches {path}; there are {rules}",
  "exchange.route-refused": "Gateway {gateway} does not take route {route}: {message} ({reason})",
  "exchange.route-no-parent":
    "route {route} names the Gateway {parents}, and there is no such Gateway; there is {gateways}",
  "exchange.route-nobody": "the rule of route {route} for {path} has no backend with a weight above 0",
  "exchange.route-port": "route {route} leads to port {port} of service {service}, which has {ports}",
  "exchange.route-backend": "route {route} can't use its backend: {message}",
  "change.create-route": "create an HTTPRoute whose parentRefs name the Gateway",
  "change.route-path": "ask for one of these paths, or add a match",
  "change.route-refused": "change the route's parentRefs and hostnames, or what the Gateway's listener allows",
  "change.route-hostnames": "let the route have a host name that a listener serves: {hosts}",
  "change.listener-kinds": "let listener {listener} allow routes of kind {kind}",
  "change.listener-namespaces": "let listener {listener} allow routes of namespace {namespace}",
  "change.label-namespace": "label namespace {namespace} as listener {listener} wants it: {labels}",
  "change.route-parent": "let it name {meant}",
  "change.grant": "let namespace {namespace} grant it: a ReferenceGrant",
  "change.mend-link": "mend the link",
  "change.external-name": "let it stand for {meant}",
  "change.cluster-first": "let it ask the cluster's name server: dnsPolicy {policy}",
  "change.headless-empty": "{change}",
  "change.enable-ingress": "switch the ingress add-on on",
  "change.install-ingress": "install an ingress controller",
  "change.controller-ready": "find out why that pod is not ready",
  "change.class": "let it be of class {meant}",
  "change.create-service": "create the service, or name one that there is",
  "change.backend": "let it lead to service {meant}",
  "change.ingress-there": "put the Ingress into namespace {other}",
  "change.service-backend": "let it lead to a Service",
  "change.route-backends": "give it a backendRef",
  "change.backend-port": "let it lead to port {meant}",
  "change.tls-create": "create the secret",
  "change.tls-name": "take secret {meant}",
  "change.tls-secret-type": "make a secret of type kubernetes.io/tls: kubectl create secret tls",
  "change.other-path": "use another host or path, or delete one of the two",
  "change.hosts-file": "write {address} {host} into /etc/hosts",
  "change.create-ingress": "create an Ingress",
  "change.host-header": "ask with the header Host: {meant}",
  "change.add-path": "add a path to the rule",
  "change.ask-http": "ask with http://, or let the server have a certificate",
  "change.backend-protocol": "let it speak HTTP to its backend",
  "change.ask-https": "ask with https://",
  "change.give-password": "ask with a user and a password: curl -u",
  "change.external-auth": "ask with what that server wants to see, or correct auth-url",
  "change.source-range": "add the address to whitelist-source-range, or take it out of denylist-source-range",
  "change.body-size": "let larger bodies pass: proxy-body-size",
  "change.fewer-requests": "wait a moment, or raise the limit-* annotations",
  "change.auth-secret": "create it from a file of htpasswd: kubectl create secret generic {secret} --from-file=auth",
  "change.tunnel-or-node-port": "run minikube tunnel in a terminal of its own, or use the node port: {url}",
  "change.use-node-port": "use the node port: {url}",
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
  "change.port-protocol": "let it be one of {asked}",
  "change.target-port-name": "let it send to {meant}",
  "change.target-port": "let it send to port {open}",
  "change.look-at-pod": "look at the pod's containers and their logs",
  "change.listen-everywhere": "let the program listen on all addresses (0.0.0.0 or [::])",
  "change.use-port": "use a port that is open",
  "change.service-port": "use a port that the service has",
  "change.start-proxy": "start kube-proxy",
  "change.proxy-configuration":
    "mend what it says (most of it stands in ConfigMap kube-proxy of kube-system), and let its pods start again",
  "change.listener-apart": "give listeners of different protocols, or of the same host, ports of their own",
  "change.listener-certificate": "let it name a secret of type kubernetes.io/tls that is there",
  "change.listener-protocol": "let it speak HTTP or HTTPS",
  "change.dual-stack": "let the service have both families",
  "change.delete-rule": "take that rule out",
  "change.filter-policy": "let what no rule decides pass",
  "change.restart-proxy": "start the node's kube-proxy again",
  "change.proxy-there": "see that DaemonSet kube-proxy has a running pod on {node}",
  "change.wait": "wait a moment",
  "change.node-port": "make the service one of type NodePort",
  "change.node-port-or-forward": "use a node port, or kubectl port-forward",
  "change.use-service": "use the service's name: pods come and go",
  "change.check-address": "check the address",
  "change.allow-egress": "allow it in the egress rules of a policy for {pod}, isolated by {policies}",
  "change.allow-ingress": "allow it in the ingress rules of a policy for {pod}, isolated by {policies}",
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
