/** `crictl logs`, `inspect`, `inspectp`, `stop` and `rm`. Upstream: cri-tools cmd/crictl/container.go, logs.go, sandbox.go. */
import { formatNanoTime } from "../../../base/time.ts";
import { sleep, write } from "../../../base/syscalls.ts";
import type { Call } from "../../../base/syscalls.ts";
import type { Container } from "../../../runtime/containers/container.ts";
import type { Sandbox } from "../../../runtime/containers/sandbox.ts";
import type { ProgramContext } from "../../../base/program.ts";
import type { NodeHost } from "../node-host.ts";
import { fatal, isAllowed, readOptions } from "./options.ts";

/** Milliseconds between two looks of `logs -f`, and at a container that is about to end. */
const LOOK_EVERY = 200;
const RUNTIME_TYPE = "io.containerd.runc.v2";

/** crictl logs [-f] [-t] [--tail N] CONTAINER-ID */
export function* logs(host: NodeHost, words: readonly string[]): Call<number> {
  const options = yield* readOptions(words, {
    switches: { f: "follow", follow: "follow", t: "timestamps", timestamps: "timestamps" },
    values: { tail: "tail", n: "tail" },
  });
  if (options === undefined) return 1;
  const { switches, values, operands } = options;
  const [id] = operands;
  if (id === undefined) return yield* fatal("ID cannot be empty");
  const container = containerOf(host, id);
  if (container === undefined) return yield* fatal(missing("container", id));
  const { log } = container;
  const tail = Number(values.get("tail") ?? -1);
  let lines = log.since(0);
  if (tail >= 0) lines = lines.slice(Math.max(0, lines.length - tail));
  for (;;) {
    const { length: seen, ended } = log;
    for (const { time, text } of lines) {
      yield* write(1, `${switches.has("timestamps") ? `${formatNanoTime(time)} ` : ""}${text}\n`);
    }
    if (!switches.has("follow") || ended) return 0;
    yield* sleep(LOOK_EVERY);
    lines = log.linesOf({ from: seen, to: log.length });
  }
}

/** crictl inspect CONTAINER-ID… */
export function* inspect(host: NodeHost, words: readonly string[]): Call<number> {
  const options = yield* readOptions(words, {});
  if (options === undefined) return 1;
  if (options.operands.length === 0) return yield* fatal("ID cannot be empty");
  for (const id of options.operands) {
    const container = containerOf(host, id);
    if (container === undefined) {
      return yield* fatal(`getting the status of the container ${JSON.stringify(id)}: ${missing("container", id)}`);
    }
    yield* write(1, `${JSON.stringify(described(host, container), null, 2)}\n`);
  }
  return 0;
}

/** crictl inspectp POD-ID… */
export function* inspectPod(host: NodeHost, words: readonly string[]): Call<number> {
  const options = yield* readOptions(words, {});
  if (options === undefined) return 1;
  if (options.operands.length === 0) return yield* fatal("ID cannot be empty");
  for (const id of options.operands) {
    const sandbox = [...host.runtime.listSandboxes()].find((each) => each.id.startsWith(id));
    if (sandbox === undefined) {
      return yield* fatal(`getting the status of the pod sandbox ${JSON.stringify(id)}: ${missing("sandbox", id)}`);
    }
    yield* write(1, `${JSON.stringify(describedPod(sandbox), null, 2)}\n`);
  }
  return 0;
}

/** crictl stop [--timeout SECONDS] CONTAINER-ID… */
export function* stop(host: NodeHost, ctx: ProgramContext, words: readonly string[]): Call<number> {
  const options = yield* readOptions(words, { values: { t: "timeout", timeout: "timeout" } });
  if (options === undefined) return 1;
  return yield* each({ host, ctx, ids: options.operands }, function* (container) {
    yield* end(container, Number(options.values.get("timeout") ?? 0) * 1000);
    return "";
  });
}

/** crictl rm [-f] [-a] CONTAINER-ID… */
export function* remove(host: NodeHost, ctx: ProgramContext, words: readonly string[]): Call<number> {
  const options = yield* readOptions(words, { switches: { f: "force", force: "force", a: "all", all: "all" } });
  if (options === undefined) return 1;
  const all = options.switches.has("all") ? [...host.runtime.list()].map(({ id }) => id) : options.operands;
  return yield* each({ host, ctx, ids: all }, function* (container) {
    if (container.running) {
      if (!options.switches.has("force")) {
        return `container ${JSON.stringify(container.id)} is running, please stop it first`;
      }
      yield* end(container, 0);
    }
    host.runtime.removeContainer(container);
    return "";
  });
}

/** Does something to each container and names it, or says why that failed (`act` answers with a reason). */
function* each(
  { host, ctx, ids }: { host: NodeHost; ctx: ProgramContext; ids: readonly string[] },
  act: (container: Container) => Call<string>,
): Call<number> {
  if (ids.length === 0) return yield* fatal("ID cannot be empty");
  if (!(yield* isAllowed(ctx))) return 1;
  let status = 0;
  for (const id of ids) {
    const container = containerOf(host, id);
    const why = container === undefined ? missing("container", id) : yield* act(container);
    if (why === "") yield* write(1, `${id}\n`);
    else status = yield* fatal(why);
  }
  return status;
}

function* end(container: Container, graceMs: number): Call<void> {
  container.stop(graceMs);
  while (container.running) yield* sleep(LOOK_EVERY);
}

/** By the beginning of its ID. */
export function containerOf(host: NodeHost, id: string): Container | undefined {
  for (const container of host.runtime.list()) if (container.id.startsWith(id)) return container;
  return undefined;
}

export function missing(what: "container" | "sandbox", id: string): string {
  return `rpc error: code = NotFound desc = an error occurred when try to find ${what} ${JSON.stringify(id)}: not found`;
}

/** **Simplified:** the fields that people look for. */
function described(host: NodeHost, container: Container): object {
  const { id, config, sandbox, exit, startedAt, createdAt, running } = container;
  const { name, namespace } = sandbox;
  const image = `${config.image.reference.repository}:${config.image.reference.tag}`;
  const pid = host.runtime.processes.mainPid(container);
  return {
    info: {
      config: { metadata: { name: config.name, attempt: config.attempt }, image: { image } },
      ...(pid !== undefined && { pid }),
      removing: false,
      runtimeType: RUNTIME_TYPE,
      sandboxID: sandbox.id,
      snapshotter: "overlayfs",
    },
    status: {
      createdAt: formatNanoTime(createdAt),
      exitCode: exit?.exitCode ?? 0,
      finishedAt: exit === undefined ? "0001-01-01T00:00:00Z" : formatNanoTime(exit.finishedAt),
      id,
      image: { image },
      imageId: config.image.id,
      labels: {
        "io.kubernetes.container.name": config.name,
        "io.kubernetes.pod.name": name,
        "io.kubernetes.pod.namespace": namespace,
      },
      message: exit?.message ?? "",
      metadata: { attempt: config.attempt, name: config.name },
      mounts: config.mounts.map(({ path, readOnly }) => ({ containerPath: path, readonly: readOnly })),
      reason: exit?.reason ?? "",
      startedAt: startedAt === undefined ? "0001-01-01T00:00:00Z" : formatNanoTime(startedAt),
      state: running ? "CONTAINER_RUNNING" : exit === undefined ? "CONTAINER_CREATED" : "CONTAINER_EXITED",
    },
  };
}

function describedPod(sandbox: Sandbox): object {
  const { id, name, namespace, key, createdAt, ready, ip } = sandbox;
  const attempt = Number(key.slice(key.lastIndexOf("/") + 1));
  return {
    info: { runtimeType: RUNTIME_TYPE },
    status: {
      createdAt: formatNanoTime(createdAt),
      id,
      labels: { "io.kubernetes.pod.name": name, "io.kubernetes.pod.namespace": namespace },
      metadata: { attempt, name, namespace },
      network: { ip },
      state: ready ? "SANDBOX_READY" : "SANDBOX_NOTREADY",
    },
  };
}
