/**
 * postStart and preStop. Upstream: pkg/kubelet/lifecycle/handlers.go.
 */
import type { LifecycleHandler } from "../api/generated/types.ts";
import { SystemError } from "../base/program.ts";
import { GO_PLAIN_ANSWER } from "../base/http.ts";
import type { HttpSink } from "../base/http.ts";
import type { Container } from "../runtime/containers/container.ts";
import type { ContainerSlot } from "./container-slot.ts";
import { notStarted } from "./exec-session.ts";
import { namedPort } from "./named-port.ts";
import type { PodWorker } from "./pod-worker.ts";

export interface HookRun {
  slot: ContainerSlot;
  container: Container;
  hook: LifecycleHandler;
}

/**
 * Runs a hook; `done` gets what went wrong, for the container's status: events tell nothing of it, as it may hold secrets.
 * Returns the function that gives it up.
 */
export function runHook(worker: PodWorker, run: HookRun, done: (failure: string | undefined) => void): () => void {
  const { hook } = run;
  if (hook.exec !== undefined) return runExec(worker, run, done);
  if (hook.httpGet !== undefined) return runHttp(worker, run, done);
  const { sim } = worker.ctx;
  if (hook.sleep === undefined) {
    const timer = sim.after(0, () => done(`Cannot run handler: invalid handler: ${JSON.stringify(hook)}`));
    return () => sim.cancel(timer);
  }
  const timer = sim.after(hook.sleep.seconds * 1000, () => done(undefined));
  return () => sim.cancel(timer);
}

function runExec(worker: PodWorker, run: HookRun, done: (failure: string | undefined) => void): () => void {
  const { container, hook } = run;
  const command = hook.exec?.command ?? [];
  let output = "";
  let errors = "";
  const stdout = { write: (text: string) => void (output += text) };
  const stderr = { write: (text: string) => void (errors += text) };
  const failed = (why: string): string =>
    `${failure(worker, run, ["Exec", `[${command.join(" ")}]`])}${why}, message: ${JSON.stringify(output + errors)}`;
  try {
    const process = container.startProcess(command, { stdin: "none", stdout, stderr }, (code) =>
      done(code === 0 ? undefined : failed(`command '${command.join(" ")}' exited with ${code}: ${errors}`)),
    );
    return () => process.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    done(failed(`rpc error: code = Unknown desc = ${notStarted(container, command, error)}`));
    return () => undefined;
  }
}

/** `Exec lifecycle hook ([sh -c exit 1]) for Container "app" in Pod "web_default(…)" failed - error: ` */
function failure({ pod }: PodWorker, { slot }: HookRun, [kind, what]: readonly [string, string]): string {
  const { name, namespace, uid } = pod.metadata;
  return `${kind} lifecycle hook (${what}) for Container ${JSON.stringify(slot.name)} in Pod "${name}_${namespace}(${uid})" failed - error: `;
}

/** Failed only when nobody answers: the status code doesn't count. */
function runHttp(worker: PodWorker, run: HookRun, done: (failure: string | undefined) => void): () => void {
  const { hook, slot } = run;
  const get = hook.httpGet;
  const host = get?.host ?? worker.sandbox?.ip ?? "";
  const port = namedPort(slot.spec, get?.port ?? 80);
  const path = get?.path ?? "/";
  const url = `${(get?.scheme ?? "HTTP").toLowerCase()}://${host}:${port}${path.startsWith("/") ? path : `/${path}`}`;
  const headers: Record<string, string> = { "user-agent": "kube-lifecycle/1.36" };
  for (const header of get?.httpHeaders ?? []) headers[header.name.toLowerCase()] = header.value;
  const sink: HttpSink = {
    head: () => done(undefined),
    data() {},
    frame() {},
    end() {},
    fail: (errno) => {
      const why = `dial tcp ${host}:${port}: ${errno === "ECONNREFUSED" ? "connect: connection refused" : "i/o timeout"}`;
      const problem = errno === "EPROTO" ? GO_PLAIN_ANSWER : why;
      done(`${failure(worker, run, ["HTTP", path])}Get ${JSON.stringify(url)}: ${problem}`);
    },
  };
  const exchange = worker.ctx.network.port().send({ method: "GET", url, headers, body: "" }, sink);
  return () => exchange.abort();
}
