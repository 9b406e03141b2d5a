/** `kubectl expose`. Upstream: kubectl pkg/cmd/expose/expose.go. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import type { LabelSelector, PodTemplateSpec, ServicePort } from "../../engine/api/generated/types.ts";
import {
  defineCommand,
  DRY_RUN_FLAG,
  fieldManagerFlag,
  FILE_FLAGS,
  PRINT_FLAGS,
  SAVE_CONFIG_FLAG,
} from "../command.ts";
import { builtObject, postObject, withLastApplied } from "../create-object.ts";
import { CommandError, usageError } from "../errors.ts";
import { SERVICES } from "../generators/resources.ts";
import { recorded, RECORD_FLAG } from "../record.ts";
import type { Invocation } from "../invocation.ts";
import { intOrString, parseLabels } from "../key-values.ts";
import { mergeOverrides } from "../overrides.ts";
import { printerFor } from "../printers/object-printer.ts";
import { fetchAll, type Info } from "../resource-builder.ts";

const EXPOSABLE = ["deployments", "pods", "replicasets", "replicationcontrollers", "services"];

/** The parts of kinds that can be exposed. */
interface Exposable extends KubeObject {
  spec: {
    selector?: LabelSelector | Record<string, string>;
    template?: PodTemplateSpec;
    ports?: ServicePort[];
    containers?: { ports?: { containerPort: number; protocol?: string }[] }[];
  };
}

interface Port {
  port: number;
  protocol: string;
}

export const expose = defineCommand({
  name: "expose",
  group: "Basic Commands (Beginner)",
  short: "Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service",
  usage:
    "(-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type]",
  examples: [
    "kubectl expose deployment web --port=80 --target-port=8080",
    "kubectl expose pod web --port=80 --type=NodePort",
  ],
  flags: [
    ...FILE_FLAGS,
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    fieldManagerFlag("kubectl-expose"),
    SAVE_CONFIG_FLAG,
    RECORD_FLAG,
    { name: "port", type: "string", usage: "Port of the service." },
    { name: "target-port", type: "string", usage: "Port or port name of the container." },
    { name: "protocol", type: "string", usage: "TCP, UDP or SCTP." },
    { name: "type", type: "string", usage: "ClusterIP, NodePort, LoadBalancer or ExternalName." },
    { name: "name", type: "string", usage: "Name of the new service." },
    { name: "selector", type: "string", usage: "Labels that choose the pods." },
    { name: "labels", short: "l", type: "string", usage: "Labels of the service." },
    { name: "cluster-ip", type: "string", usage: "Address of the service, or None." },
    { name: "external-ip", type: "string", usage: "Another address that leads to the service." },
    { name: "load-balancer-ip", type: "string", usage: "Address for the load balancer." },
    { name: "session-affinity", type: "string", usage: "None or ClientIP." },
    { name: "overrides", type: "string", usage: "JSON that is merged into the service." },
    { name: "override-type", type: "string", default: "merge", usage: "merge." },
  ],
  completes: "resources",
  *run(call) {
    const infos = yield* fetchAll(call, { asInFiles: true });
    const printer = printerFor(call, { operation: "exposed", built: true });
    for (const info of infos) {
      let service = buildService(call, info);
      const overrides = call.flags.string("overrides");
      if (overrides !== "") service = mergeOverrides(service, overrides, call.flags.string("override-type"));
      service = recorded(call, service);
      if (call.flags.bool("save-config")) service = withLastApplied(service, { built: true });
      if (call.dryRun !== "client") service = yield* postObject(call, SERVICES, service);
      yield* call.out(printer(service));
    }
  },
});

function buildService(call: Invocation, info: Info): KubeObject {
  const object = info.object as Exposable;
  if (!EXPOSABLE.includes(info.resource.name)) {
    throw new CommandError(`cannot expose a ${info.resource.kind}`);
  }
  const selector =
    call.flags.string("selector") === "" ? selectorOf(info, object) : parseLabels(call.flags.string("selector"));
  const headless = call.flags.string("cluster-ip") === "None";
  const ports = chosenPorts(call, object, headless);
  const labels = call.flags.string("labels") === "" ? object.metadata.labels : parseLabels(call.flags.string("labels"));
  const type = call.flags.string("type");
  const affinity = call.flags.string("session-affinity");
  if (affinity !== "" && affinity !== "None" && affinity !== "ClientIP") {
    throw new CommandError(`unknown session affinity: ${affinity}`);
  }
  const name = call.flags.string("name") || info.name.slice(0, 63);
  return builtObject(call, SERVICES, {
    metadata: {
      name,
      ...(labels !== undefined && { labels }),
    },
    spec: {
      ...(ports.length > 0 && { ports: servicePorts(call, ports) }),
      selector,
      ...(call.flags.string("cluster-ip") !== "" && { clusterIP: call.flags.string("cluster-ip") }),
      ...(type !== "" && { type }),
      ...(call.flags.string("external-ip") !== "" && { externalIPs: [call.flags.string("external-ip")] }),
      ...(affinity !== "" && { sessionAffinity: affinity }),
      ...(call.flags.string("load-balancer-ip") !== "" && { loadBalancerIP: call.flags.string("load-balancer-ip") }),
    },
    status: { loadBalancer: {} },
  });
}

function selectorOf(info: Info, object: Exposable): Record<string, string> {
  const failed = (why: string): CommandError =>
    new CommandError(`couldn't retrieve selectors via --selector flag or introspection: ${why}`);
  if (info.resource.name === "pods") {
    const labels = object.metadata.labels ?? {};
    if (Object.keys(labels).length === 0) throw failed("the pod has no labels and cannot be exposed");
    return labels;
  }
  const { selector } = object.spec;
  if (info.resource.name === "services" || info.resource.name === "replicationcontrollers") {
    if (selector === undefined) throw failed(`the ${info.resource.singularName} has no pod selector set`);
    return selector as Record<string, string>;
  }
  const { matchLabels, matchExpressions } = (selector ?? {}) as LabelSelector;
  if (matchExpressions !== undefined && matchExpressions.length > 0) {
    throw failed(`couldn't convert expressions - "${JSON.stringify(matchExpressions)}" to map-based selector format`);
  }
  if (matchLabels === undefined) throw failed("invalid deployment: no selectors, therefore cannot be exposed");
  return matchLabels;
}

function chosenPorts(call: Invocation, object: Exposable, headless: boolean): Port[] {
  const given = call.flags.string("port");
  const protocol = call.flags.string("protocol");
  const known = portsOf(object);
  if (given !== "") {
    return given.split(",").flatMap((text) => {
      const port = Number(text);
      if (!/^\d+$/.test(text)) throw new CommandError(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
      const protocols =
        protocol === "" ? known.filter((entry) => entry.port === port).map((entry) => entry.protocol) : [protocol];
      return (protocols.length === 0 ? ["TCP"] : [...new Set(protocols)]).map((each) => ({ port, protocol: each }));
    });
  }
  if (known.length === 0 && !headless) {
    throw usageError(call.path, "couldn't find port via --port flag or introspection");
  }
  return known.map((entry) => ({ port: entry.port, protocol: protocol || entry.protocol }));
}

function portsOf(object: Exposable): Port[] {
  if (object.kind === "Service") {
    return (object.spec.ports ?? []).map((entry) => ({ port: entry.port, protocol: entry.protocol ?? "TCP" }));
  }
  const containers = object.spec.containers ?? object.spec.template?.spec?.containers ?? [];
  return containers.flatMap((container) =>
    (container.ports ?? []).map((entry) => ({ port: entry.containerPort, protocol: entry.protocol ?? "TCP" })),
  );
}

function servicePorts(call: Invocation, ports: readonly Port[]): object[] {
  const target = call.flags.string("target-port");
  const numbers = [...new Set(ports.map(({ port }) => port))];
  return ports.map(({ port, protocol }) => {
    const shared = ports.filter((other) => other.port === port).length > 1;
    const name = `port-${numbers.indexOf(port) + 1}${shared ? `-${protocol.toLowerCase()}` : ""}`;
    return {
      ...(ports.length > 1 && { name }),
      protocol,
      port,
      targetPort: target === "" ? port : intOrString(target),
    };
  });
}
