/** `kubectl port-forward`. Upstream: kubectl pkg/cmd/portforward/portforward.go. */
import type { Pod, Service } from "../../engine/api/generated/types.ts";
import type { KubeObject } from "../../engine/api/meta/object.ts";
import type { SystemError } from "../../engine/base/program.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { CommandError, usageError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { openSocket } from "../listening.ts";
import { pickPod } from "../pick-pod.ts";
import { PortRelay } from "../port-relay.ts";
import type { Forward } from "../port-relay.ts";
import { getObject, selectByArgs } from "../resource-builder.ts";

export const portForward = defineCommand({
  name: "port-forward",
  group: "Troubleshooting and Debugging Commands",
  short: "Forward one or more local ports to a pod",
  usage: "TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]",
  examples: ["kubectl port-forward pod/web 8080:80", "kubectl port-forward service/web :80"],
  flags: [
    { name: "address", type: "strings", usage: "Addresses to listen on; localhost when none is given." },
    { name: "pod-running-timeout", type: "duration", default: "1m0s", usage: "How long to wait for a pod." },
  ],
  completes: "pods",
  *run(call) {
    const [target = "", ...specs] = call.args;
    if (specs.length === 0) throw usageError(call.path, "TYPE/NAME and list of ports are required for port-forward");
    const { pod } = yield* pickPod(call, target);
    const object = yield* targetObject(call, target);
    const forwards = specs.map((spec) => parseForward(spec, object, pod));
    const phase = pod.status?.phase ?? "";
    if (phase !== "Running") {
      throw new CommandError(`unable to forward port because pod is not running. Current status=${phase}`);
    }
    const addresses = addressesOf(call);
    const bound = addresses.map(({ binds }) => binds);
    const relay = new PortRelay(call, pod);
    yield* relay.begin();
    for (const forward of forwards) {
      const opened = yield* openSocket(forward.local, bound, (below) => call.ctx.random(below));
      if (opened.fd === undefined) {
        yield* notListening(call, forward, addresses, opened.problems);
        continue;
      }
      relay.serve(opened.fd, { ...forward, local: opened.port });
      for (const { name, binds } of addresses) {
        if (opened.problems.has(binds)) continue;
        yield* call.out(`Forwarding from ${name}:${opened.port} -> ${forward.remote}\n`);
      }
    }
    if (!relay.serves) {
      const asked = forwards.map(({ local, remote }) => `{${local} ${remote}}`).join(" ");
      throw new CommandError(`unable to listen on any of the requested ports: [${asked}]`);
    }
    return yield* relay.run();
  },
});

interface ListenAddress {
  /** As it is told. */
  name: string;
  /** What is bound. */
  binds: string;
}

function addressesOf(call: Invocation): ListenAddress[] {
  const named = call.flags.list("address");
  return (named.length === 0 ? ["localhost"] : named).flatMap((address) => {
    if (address === "localhost") {
      return [
        { name: "127.0.0.1", binds: "127.0.0.1" },
        { name: "[::1]", binds: "::1" },
      ];
    }
    if (!/^[\d.]+$|:/.test(address)) throw new CommandError(`${address} is not a valid IP`);
    return [{ name: address.includes(":") ? `[${address}]` : address, binds: address }];
  });
}

function* notListening(
  call: Invocation,
  { local }: Forward,
  addresses: readonly ListenAddress[],
  problems: ReadonlyMap<string, SystemError>,
): Call<void> {
  const words = addresses.map(({ name, binds }) => {
    const taken = problems.get(binds)?.errno === "EADDRINUSE";
    const why = taken ? "address already in use" : "cannot assign requested address";
    return `unable to create listener: Error listen tcp${name.startsWith("[") ? "6" : "4"} ${name}:${local}: bind: ${why}`;
  });
  yield* call.err(
    `Unable to listen on port ${local}: Listeners failed to create with the following errors: [${words.join(" ")}]\n`,
  );
}

function* targetObject(call: Invocation, target: string): Call<KubeObject> {
  const selection = yield* selectByArgs(call, { args: target.includes("/") ? [target] : ["pods", target] });
  const [info] = selection.how === "named" ? selection.infos : [];
  if (info === undefined) throw new CommandError(`no pod named ${JSON.stringify(target)}`);
  return yield* getObject(call, info);
}

/** `8080:80`, `:80`, `80`, `http`: a service's port leads to the port of its pod. */
function parseForward(spec: string, object: KubeObject, pod: Pod): Forward {
  const parts = spec.split(":");
  const remoteText = parts.at(-1) ?? "";
  if (parts.length > 2 || remoteText === "") throw new CommandError(`invalid port format '${spec}'`);
  const asked = object.kind === "Service" ? servicePort(object as Service, remoteText) : remoteText;
  const remote = typeof asked === "number" ? asked : containerPort(pod, asked);
  if (object.kind === "Service" && (object as Service).spec?.clusterIP === "None") {
    const local = parts.length === 2 ? parts[0] : remoteText;
    return { local: portNumber(local === "" ? "0" : (local ?? "")), remote };
  }
  // Without a local port: the one that was asked for, as far as it is a number.
  const localText = parts.length === 2 ? parts[0] || "0" : /^\d+$/.test(remoteText) ? remoteText : String(remote);
  return { local: portNumber(localText), remote };
}

function servicePort(service: Service, text: string): number | string {
  const ports = service.spec?.ports ?? [];
  const found = ports.find((port) => String(port.port) === text || port.name === text);
  if (found === undefined) {
    throw new CommandError(
      /^\d+$/.test(text)
        ? `Service ${service.metadata.name} does not have a service port ${text}`
        : `Service '${service.metadata.name}' does not have a named port '${text}'`,
    );
  }
  return found.targetPort ?? found.port;
}

function containerPort(pod: Pod, text: string): number {
  if (/^\d+$/.test(text)) return portNumber(text);
  const ports = (pod.spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  const named = ports.find((port) => port.name === text);
  if (named === undefined) throw new CommandError(`Pod '${pod.metadata.name}' does not have a named port '${text}'`);
  return named.containerPort;
}

function portNumber(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) > 65_535) {
    throw new CommandError(
      `error parsing port ${text}: strconv.ParseUint: parsing ${JSON.stringify(text)}: ${/^\d+$/.test(text) ? "value out of range" : "invalid syntax"}`,
    );
  }
  return Number(text);
}
