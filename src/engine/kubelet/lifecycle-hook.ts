/**
 * postStart and preStop. Upstream: pkg/kubelet/lifecycle/handlers.go.
 */
import type { LifecycleHandler } from "../api/generated/types.ts";
import { SystemError } from "../base/program.ts";
import type { HttpSink } from "../base/http.ts";
import type { Container } from "../runtime/containers/container.ts";
import type { ContainerSlot } from "./container-slot.ts";
import { namedPort } from "./named-port.ts";
import type { PodWorker } from "./pod-worker.ts";

export interface HookRun {
  slot: ContainerSlot;
  container: Container;
  hook: LifecycleHandler;
  name: "PostStartHook" | "PreStopHook";
}

/** Runs a hook; `done` gets the event's text when it failed. Returns the function that gives it up. */
export function runHook(worker: PodWorker, run: HookRun, done: (failure: string | undefined) => void): () => void {
  const { hook } = run;
  if (hook.exec !== undefined) return runExec(run, done);
  if (hook.httpGet !== undefined) return runHttp(worker, run, done);
  const { sim } = worker.ctx;
  if (hook.sleep === undefined) {
    const timer = sim.after(0, () => done(`${run.name} failed: invalid handler: ${JSON.stringify(hook)}`));
    return () => sim.cancel(timer);
  }
  const timer = sim.after(hook.sleep.seconds * 1000, () => done(undefined));
  return () => sim.cancel(timer);
}

function runExec({ container, hook, name }: HookRun, done: (failure: string | undefined) => void): () => void {
  const command = hook.exec?.command ?? [];
  const shown = `[${command.join(", ")}]`;
  let output = "";
  const sink = { write: (text: string) => void (output += text) };
  try {
    const process = container.startProcess(command, { stdin: "none", stdout: sink, stderr: sink }, (code) =>
      done(code === 0 ? undefined : `${name} failed: command '${command.join(" ")}' exited with ${code}: ${output}`),
    );
    return () => process.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    done(`${name} failed: exec ${shown}: ${error.message}`);
    return () => undefined;
  }
}

/** Failed only when nobody answers: the status code doesn't count. */
function runHttp(worker: PodWorker, run: HookRun, done: (failure: string | undefined) => void): () => void {
  const { hook, slot, name } = run;
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
    fail: (errno, detail) => done(`${name} failed: Get ${JSON.stringify(url)}: ${errno} ${detail}`),
  };
  const exchange = worker.ctx.network.port().send({ method: "GET", url, headers, body: "" }, sink);
  return () => exchange.abort();
}
