/** Upstream: cmd/kubeadm/app/util/apiclient/wait.go. */
import { sleep } from "../../../base/syscalls.ts";
import type { Call } from "../../../base/syscalls.ts";
import { MINUTE } from "../../../base/time.ts";
import { STATIC_COMPONENTS } from "./cluster-health.ts";
import { KubeadmError } from "./subcommand.ts";
import type { KubeadmCall } from "./subcommand.ts";

const CONTROL_PLANE_TIMEOUT = 4 * MINUTE;
const POLL = 500;

/** Until all components run on this machine. */
export function* waitForControlPlane(call: KubeadmCall): Call<void> {
  const { host } = call;
  const { sim, node } = host.kubelet;
  yield* call.out(
    `[control-plane-check] Waiting for healthy control plane components. This can take up to 4m0s\n[control-plane-check] Checking kube-apiserver at https://${node.address}:${host.serverPort}/livez\n[control-plane-check] Checking kube-controller-manager at https://127.0.0.1:10257/healthz\n[control-plane-check] Checking kube-scheduler at https://127.0.0.1:10259/livez\n`,
  );
  const begun = sim.now;
  const waiting = new Set<(typeof STATIC_COMPONENTS)[number]>(STATIC_COMPONENTS);
  while (waiting.size > 0) {
    if (sim.now - begun >= CONTROL_PLANE_TIMEOUT) {
      const checks = [...waiting].map((name) => `${name} check failed: context deadline exceeded`);
      throw new KubeadmError(
        `error execution phase wait-control-plane: failed while waiting for the control plane to start: [${checks.join(", ")}]`,
      );
    }
    yield* sleep(POLL);
    for (const name of [...waiting]) {
      if (!host.runs(name)) continue;
      waiting.delete(name);
      yield* call.out(`[control-plane-check] ${name} is healthy after ${(sim.now - begun) / 1000}s\n`);
    }
  }
}
