/** `kubectl create service`. Upstream: kubectl pkg/cmd/create/create_service.go. */
import { isDNS1123Subdomain, isValidPortName, isValidPortNum } from "../../engine/api/meta/names.ts";
import { type Command, CREATE_FLAGS, defineCommand } from "../command.ts";
import { createObject, requiredName } from "../create-object.ts";
import { CommandError } from "../errors.ts";
import type { Flag } from "../flags.ts";
import { SERVICES } from "../generators/resources.ts";
import type { Invocation } from "../invocation.ts";
import { intOrString } from "../key-values.ts";

type ServiceType = "ClusterIP" | "NodePort" | "LoadBalancer" | "ExternalName";

interface Port {
  name: string;
  protocol: "TCP";
  port: number;
  targetPort: number | string;
  nodePort?: number;
}

/** `80`, `80:8080`, `80:http` */
function parsePort(spec: string, nodePort: number): Port {
  const [portText = "", targetText] = spec.split(":");
  if (!/^\d+$/.test(portText)) {
    throw new CommandError(`strconv.ParseUint: parsing ${JSON.stringify(portText)}: invalid syntax`);
  }
  const port = Number(portText);
  if (port > 65_535)
    throw new CommandError(`strconv.ParseUint: parsing ${JSON.stringify(portText)}: value out of range`);
  const target = targetText === undefined ? port : intOrString(targetText);
  const problems =
    targetText === undefined ? [] : typeof target === "number" ? isValidPortNum(target) : isValidPortName(target);
  if (problems.length > 0) throw new CommandError(problems.join(","));
  return {
    name: spec.replaceAll(":", "-"),
    protocol: "TCP",
    port,
    targetPort: target,
    ...(nodePort !== 0 && { nodePort }),
  };
}

function serviceCommand(
  type: ServiceType,
  options: { short: string; usage: string; flags?: readonly Flag[] },
): Command {
  return defineCommand({
    name: type.toLowerCase(),
    short: options.short,
    usage: options.usage,
    flags: [
      ...CREATE_FLAGS,
      { name: "tcp", type: "strings", usage: "Ports as <port>:<targetPort>." },
      ...(options.flags ?? []),
    ],
    completes: "none",
    *run(call) {
      const name = requiredName(call);
      yield* createObject(
        call,
        SERVICES,
        {
          metadata: { name, labels: { app: name } },
          spec: serviceSpec(call, type, name),
          status: { loadBalancer: {} },
        },
        { failure: `failed to create ${type} service: ` },
      );
    },
  });
}

function serviceSpec(call: Invocation, type: ServiceType, name: string): Record<string, unknown> {
  const clusterIP = type === "ClusterIP" ? call.flags.string("clusterip") : "";
  const nodePort = type === "NodePort" ? call.flags.int("node-port") : 0;
  const ports = call.flags.list("tcp").map((spec) => parsePort(spec, nodePort));
  if (ports.length === 0 && clusterIP !== "None" && type !== "ExternalName") {
    throw new CommandError("at least one tcp port specifier must be provided");
  }
  const externalName = type === "ExternalName" ? call.flags.string("external-name") : "";
  if (type === "ExternalName" && isDNS1123Subdomain(externalName).length > 0) {
    throw new CommandError(`invalid service external name ${externalName}`);
  }
  return {
    ...(ports.length > 0 && { ports }),
    selector: { app: name },
    ...(clusterIP !== "" && { clusterIP }),
    type,
    ...(type === "ExternalName" && { externalName }),
  };
}

export const createService = defineCommand({
  name: "service",
  aliases: ["svc"],
  short: "Create a service using a specified subcommand",
  usage: "[flags]",
  helpToStderr: true,
  subcommands: [
    serviceCommand("ClusterIP", {
      short: "Create a ClusterIP service",
      usage: "NAME [--tcp=<port>:<targetPort>] [--dry-run=server|client|none]",
      flags: [{ name: "clusterip", type: "string", usage: "An address, or None for a headless service." }],
    }),
    serviceCommand("ExternalName", {
      short: "Create an ExternalName service",
      usage: "NAME --external-name external.name [--dry-run=server|client|none]",
      flags: [{ name: "external-name", type: "string", required: true, usage: "Name that the service stands for." }],
    }),
    serviceCommand("LoadBalancer", {
      short: "Create a LoadBalancer service",
      usage: "NAME [--tcp=port:targetPort] [--dry-run=server|client|none]",
    }),
    serviceCommand("NodePort", {
      short: "Create a NodePort service",
      usage: "NAME [--tcp=port:targetPort] [--dry-run=server|client|none]",
      flags: [{ name: "node-port", type: "int", default: 0, usage: "Port on each node." }],
    }),
  ],
});
