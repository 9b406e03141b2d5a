/** The kubelet's files, its start, and how kubeadm waits. Upstream: cmd/kubeadm/app/phases/kubelet, util/apiclient/wait.go. */
import { sleep } from "../../../base/syscalls.ts";
import type { Call } from "../../../base/syscalls.ts";
import { MINUTE } from "../../../base/time.ts";
import { KUBELET_CONFIG } from "../kubelet-configuration.ts";
import { FLAGS_FILE } from "../kubelet-unit.ts";
import { KubeadmError } from "./subcommand.ts";
import type { KubeadmCall } from "./subcommand.ts";

const TIMEOUT = 4 * MINUTE;
const POLL = 500;

/** Writes what the kubelet reads, starts it, and waits until it is healthy. */
export function* startKubelet(call: KubeadmCall, configuration: string): Call<void> {
  yield* beginKubelet(call, configuration);
  yield* awaitKubelet(call);
}

export function* beginKubelet(call: KubeadmCall, configuration: string): Call<void> {
  const { disk } = call.host.kubelet;
  disk.writeFile(KUBELET_CONFIG, configuration);
  disk.writeFile(FLAGS_FILE, `KUBELET_KUBEADM_ARGS=""\n`);
  yield* call.out(
    `[kubelet-start] Writing kubelet configuration to file ${JSON.stringify(KUBELET_CONFIG)}\n[kubelet-start] Writing kubelet environment file with flags to file ${JSON.stringify(FLAGS_FILE)}\n[kubelet-start] Starting the kubelet\n`,
  );
  call.host.service.stop();
  call.host.service.start();
}

export function* awaitKubelet(call: KubeadmCall): Call<void> {
  const { sim } = call.host.kubelet;
  const begun = sim.now;
  yield* call.out(
    "[kubelet-check] Waiting for a healthy kubelet at http://127.0.0.1:10248/healthz. This can take up to 4m0s\n",
  );
  yield* until(call, "kubelet-start", () => call.host.service.state === "active");
  yield* call.out(`[kubelet-check] The kubelet is healthy after ${sim.now - begun}ms\n`);
}

/** `done` is asked each half second, the first time after one. */
export function* until(call: KubeadmCall, phase: string, done: () => boolean): Call<void> {
  const { sim } = call.host.kubelet;
  const end = sim.now + TIMEOUT;
  do {
    if (sim.now >= end) throw new KubeadmError(`error execution phase ${phase}: context deadline exceeded`);
    yield* sleep(POLL);
  } while (!done());
}
