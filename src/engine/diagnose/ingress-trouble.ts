/** What is wrong with an Ingress: nobody takes it, or what it leads to is not there. */
import type { Ingress, IngressBackend, Service } from "../api/generated/types.ts";
import { keyOf } from "../api/meta/object.ts";
import { deployments, ingressClasses, ingresses, nodes, secrets, services } from "../api/registry.ts";
import { endpointsOf, servicePortOf } from "../network/ingress/backends.ts";
import { classNameOf, controllerClass } from "../network/ingress/class-match.ts";
import { found } from "./explanation.ts";
import type { Explanation } from "./explanation.ts";
import type { ClusterFacts } from "./facts.ts";
import { ingressControllers, isController, objectsOf, takes } from "./ingress-controllers.ts";
import { nearest } from "./nearest.ts";
import { explainNoEndpoints, inNamespace, podTrouble } from "./service-trouble.ts";

function patch({ metadata }: Ingress, operations: readonly object[]): { command: string } {
  const { name, namespace } = metadata;
  return {
    command: `kubectl patch ingress ${name}${inNamespace(namespace)} --type=json -p '${JSON.stringify(operations)}'`,
  };
}

/** What keeps every controller that runs from taking it; undefined when a ready one does. */
export function explainClass(ingress: Ingress, facts: ClusterFacts): Explanation | undefined {
  const controllers = ingressControllers(facts);
  const mine = controllers.filter((controller) => takes(controller, ingress, facts));
  if (mine.some(({ ready }) => ready)) return undefined;
  const name = classNameOf(ingress);
  const values = { ingress: keyOf(ingress), class: name ?? "" };
  const [waiting] = mine;
  if (waiting !== undefined) {
    const { metadata } = waiting.pod;
    const more = { ...values, pod: `${metadata.namespace}/${metadata.name}`, state: podTrouble(waiting.pod) };
    return found({ cause: "controller-not-ready", change: "controller-ready" }, more);
  }
  if (controllers.length === 0) return noController(values, facts);
  const classes = facts
    .list(ingressClasses, "")
    .filter(({ spec }) => controllers.some(({ flags }) => controllerClass(flags) === spec.controller))
    .map(({ metadata }) => metadata.name);
  const meant = name === undefined ? classes[0] : (nearest(name, classes) ?? classes[0]);
  if (meant === undefined) return noController(values, facts);
  const known = name !== undefined && facts.get(ingressClasses, "", name) !== undefined;
  const cause = name === undefined ? "no-class" : known ? "other-class" : "class-missing";
  const more = { ...values, meant };
  return found({ cause, change: "class" }, more, {
    command: `kubectl patch ingress ${ingress.metadata.name}${inNamespace(ingress.metadata.namespace)} -p '{"spec":{"ingressClassName":"${meant}"}}'`,
  });
}

function noController(values: Record<string, string>, facts: ClusterFacts): Explanation {
  const idle = facts.list(deployments, "").find((each) => each.spec.replicas === 0 && isController(each.spec.template));
  if (idle !== undefined) {
    const { name, namespace } = idle.metadata;
    return found(
      { cause: "controller-scaled-to-zero", change: "scale-up" },
      { ...values, deployment: keyOf(idle) },
      { command: `kubectl scale deployment/${name}${inNamespace(namespace)} --replicas=1` },
    );
  }
  const minikube = facts
    .list(nodes, "")
    .some(({ metadata }) => metadata.labels?.["minikube.k8s.io/name"] !== undefined);
  return found(
    { cause: "no-controller", change: minikube ? "enable-ingress" : "install-ingress" },
    values,
    minikube ? { command: "minikube addons enable ingress" } : undefined,
  );
}

/** Where in the Ingress a backend stands, as a JSON patch names it. */
export interface BackendPlace {
  readonly backend: IngressBackend;
  readonly path: string;
}

export function backendsOf({ spec }: Ingress): BackendPlace[] {
  const places: BackendPlace[] = [];
  for (const [rule, { http }] of (spec.rules ?? []).entries()) {
    for (const [path, { backend }] of (http?.paths ?? []).entries())
      places.push({ backend, path: `/spec/rules/${rule}/http/paths/${path}/backend` });
  }
  if (spec.defaultBackend !== undefined) places.push({ backend: spec.defaultBackend, path: "/spec/defaultBackend" });
  return places;
}

/** Why a backend has nobody to answer; undefined when somebody may. */
export function explainBackend(ingress: Ingress, place: BackendPlace, facts: ClusterFacts): Explanation | undefined {
  const { namespace } = ingress.metadata;
  const asked = place.backend.service;
  if (asked === undefined) return undefined;
  const values = { ingress: keyOf(ingress), namespace, name: asked.name, service: `${namespace}/${asked.name}` };
  const service = facts.get(services, namespace, asked.name);
  if (service === undefined) {
    const names = facts.list(services, namespace).map(({ metadata }) => metadata.name);
    const meant = nearest(asked.name, names);
    if (meant === undefined) {
      const elsewhere = facts.list(services, "").find(({ metadata }) => metadata.name === asked.name);
      return elsewhere === undefined
        ? found({ cause: "backend-missing", change: "create-service" }, values)
        : found(
            { cause: "backend-elsewhere", change: "ingress-there" },
            { ...values, other: elsewhere.metadata.namespace },
          );
    }
    const operation = { op: "replace", path: `${place.path}/service/name`, value: meant };
    return found({ cause: "backend-missing", change: "backend" }, { ...values, meant }, patch(ingress, [operation]));
  }
  return explainPort(ingress, { ...place, service }, facts);
}

function explainPort(
  ingress: Ingress,
  { backend, path, service }: BackendPlace & { service: Service },
  facts: ClusterFacts,
): Explanation | undefined {
  const { name, namespace } = service.metadata;
  const port = backend.service?.port?.name ?? backend.service?.port?.number ?? 0;
  const key = `${namespace}/${name}`;
  if (endpointsOf(objectsOf(facts), { service: key, port, name: "" }, { targetPorts: true }).length > 0)
    return undefined;
  const ports = service.spec.ports ?? [];
  const index = ports.findIndex((each) => each === servicePortOf(service, { port }, { targetPorts: true }));
  if (index >= 0) return explainNoEndpoints(service, index, facts);
  const [first] = ports;
  const values = {
    ingress: keyOf(ingress),
    service: key,
    port,
    ports: ports.map((each) => `${each.port}${each.name === undefined ? "" : ` (${each.name})`}`).join(", "),
  };
  if (first === undefined) return found({ cause: "backend-port", change: "service-port" }, values);
  const near =
    typeof port === "string"
      ? nearest(
          port,
          ports.flatMap((each) => each.name ?? []),
        )
      : undefined;
  const value = near === undefined ? { number: first.port } : { name: near };
  const operation = { op: "replace", path: `${path}/service/port`, value };
  return found(
    { cause: "backend-port", change: "backend-port" },
    { ...values, meant: near ?? first.port },
    patch(ingress, [operation]),
  );
}

/** A secret that should hold a certificate and doesn't. */
function explainTls(ingress: Ingress, facts: ClusterFacts): Explanation | undefined {
  const { namespace } = ingress.metadata;
  for (const [index, { secretName = "", hosts = [] }] of (ingress.spec.tls ?? []).entries()) {
    if (secretName === "") continue;
    const secret = facts.get(secrets, namespace, secretName);
    if (secret?.data?.["tls.crt"] !== undefined) continue;
    const values = { ingress: keyOf(ingress), secret: `${namespace}/${secretName}`, name: secretName };
    if (secret !== undefined) return found({ cause: "tls-secret-empty", change: "tls-secret-type" }, values);
    const held = facts.list(secrets, namespace).filter(({ data }) => data?.["tls.crt"] !== undefined);
    const meant = nearest(
      secretName,
      held.map(({ metadata }) => metadata.name),
    );
    if (meant !== undefined) {
      const operation = { op: "replace", path: `/spec/tls/${index}/secretName`, value: meant };
      return found({ cause: "tls-secret", change: "tls-name" }, { ...values, meant }, patch(ingress, [operation]));
    }
    const subject = hosts[0] ?? ingress.spec.rules?.[0]?.host ?? "localhost";
    const command =
      `openssl req -x509 -nodes -newkey rsa:2048 -days 365 -keyout tls.key -out tls.crt -subj "/CN=${subject}" && ` +
      `kubectl create secret tls ${secretName}${inNamespace(namespace)} --cert=tls.crt --key=tls.key`;
    return found({ cause: "tls-secret", change: "tls-create" }, values, { command });
  }
  return undefined;
}

/** An older Ingress has the same host and path: the controller serves that one. */
function explainTaken(ingress: Ingress, facts: ClusterFacts): Explanation | undefined {
  const isCanary = ({ metadata }: Ingress): boolean =>
    metadata.annotations?.["nginx.ingress.kubernetes.io/canary"] === "true";
  if (isCanary(ingress)) return undefined;
  const own = hostPaths(ingress);
  const age = ({ metadata }: Ingress): string => `${metadata.creationTimestamp ?? ""} ${metadata.uid ?? ""}`;
  const older = facts
    .list(ingresses, "")
    .filter(
      (other) =>
        other.metadata.uid !== ingress.metadata.uid &&
        classNameOf(other) === classNameOf(ingress) &&
        !isCanary(other) &&
        age(other) < age(ingress),
    );
  for (const other of older) {
    const taken = hostPaths(other).find((each) => own.includes(each));
    if (taken === undefined) continue;
    return found(
      { cause: "path-taken", change: "other-path" },
      { ingress: keyOf(ingress), other: keyOf(other), what: taken },
    );
  }
  return undefined;
}

function hostPaths({ spec }: Ingress): string[] {
  return (spec.rules ?? []).flatMap(({ host = "*", http }) =>
    (http?.paths ?? []).map(({ path = "/" }) => `${host}${path}`),
  );
}

/** The first thing that is wrong with it, as far as can be said without a request. */
export function explainIngress(ingress: Ingress, facts: ClusterFacts): Explanation | undefined {
  const trouble = explainClass(ingress, facts);
  if (trouble !== undefined) return trouble;
  for (const place of backendsOf(ingress)) {
    const wrong = explainBackend(ingress, place, facts);
    if (wrong !== undefined) return wrong;
  }
  return explainTls(ingress, facts) ?? explainTaken(ingress, facts);
}
