/**
 * `kubectl port-forward`. Upstream: kubectl pkg/cmd/portforward/portforward.go.
 * Simplified: a connection is one HTTP exchange; other protocols do not pass.
 */
import type { Pod, Service } from "../../engine/api/generated/types.ts";
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { formatRequest, parseResponse } from "../../engine/base/http-text.ts";
import { type ListenedRequest, type ListenedResponse, SystemError } from "../../engine/base/program.ts";
import { type Call, close, readAll, write } from "../../engine/base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { resourcePath } from "../discovery.ts";
import { CommandError, usageError } from "../errors.ts";
import { PODS } from "../generators/resources.ts";
import type { Invocation } from "../invocation.ts";
import { openPort, serveForever } from "../listening.ts";
import { pickPod } from "../pick-pod.ts";
import { getObject, selectByArgs } from "../resource-builder.ts";

interface Forward {
  local: number;
  remote: number;
}

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
    const open = new Map<number, Forward>();
    for (const forward of forwards) {
      const opened = yield* openPort(forward.local, (bound) => call.ctx.random(bound));
      if (opened === undefined) yield* inUse(call, forward);
      else {
        open.set(opened.fd, { ...forward, local: opened.port });
        yield* announce(call, { ...forward, local: opened.port });
      }
    }
    if (open.size === 0) {
      const asked = forwards.map(({ local, remote }) => `{${local} ${remote}}`).join(" ");
      throw new CommandError(`unable to listen on any of the requested ports: [${asked}]`);
    }
    return yield* serveForever([...open.keys()], (fd, request) =>
      forwardOne(call, pod, { forward: open.get(fd) ?? { local: 0, remote: 0 }, request }),
    );
  },
});

function addressesOf(call: Invocation): string[] {
  const named = call.flags.list("address");
  return (named.length === 0 ? ["localhost"] : named).flatMap((address) =>
    address === "localhost" ? ["127.0.0.1", "[::1]"] : [address.includes(":") ? `[${address}]` : address],
  );
}

function* announce(call: Invocation, { local, remote }: Forward): Call<void> {
  for (const address of addressesOf(call)) yield* call.out(`Forwarding from ${address}:${local} -> ${remote}\n`);
}

function* inUse(call: Invocation, { local }: Forward): Call<void> {
  const problems = addressesOf(call).map(
    (address) =>
      `unable to create listener: Error listen tcp${address.startsWith("[") ? "6" : "4"} ${address}:${local}: bind: address already in use`,
  );
  yield* call.err(
    `Unable to listen on port ${local}: Listeners failed to create with the following errors: [${problems.join(" ")}]\n`,
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

function* forwardOne(
  call: Invocation,
  pod: Pod,
  { forward, request }: { forward: Forward; request: ListenedRequest },
): Call<ListenedResponse> {
  yield* call.out(`Handling connection for ${forward.local}\n`);
  let problem: string;
  try {
    const channel = yield* call.rest.upgrade({
      method: "POST",
      path: resourcePath(PODS, {
        namespace: String(pod.metadata.namespace),
        name: pod.metadata.name,
        subresource: "portforward",
      }),
      query: { ports: String(forward.remote) },
    });
    yield* write(channel.stdin, formatRequest(request));
    const data = yield* readAll(channel.stdout);
    problem = yield* readAll(channel.stderr);
    for (const fd of [channel.stdin, channel.stdout, channel.stderr, channel.status]) yield* close(fd);
    const response = parseResponse(data);
    if (response !== undefined) return response;
  } catch (error) {
    if (error instanceof SystemError || error instanceof CommandError) problem = error.message;
    else throw error;
  }
  yield* call.err(
    `an error occurred forwarding ${forward.local} -> ${forward.remote}: ${problem}\nerror: lost connection to pod\n`,
  );
  throw new LostConnection();
}

/** Ends the command as upstream does when the pod does not answer; what there is to say has been said. */
class LostConnection extends CommandError {
  constructor() {
    super("", { verbatim: true });
  }
}
