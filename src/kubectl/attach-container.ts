/**
 * What `kubectl debug -i` does once the container is added: wait until it runs, attach; show its log when it has ended
 * before. Upstream: kubectl pkg/cmd/debug (waitForContainer, handleAttachPod).
 */
import type { ContainerStatus, Pod } from "../engine/api/generated/types.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { copyLog, waitFor } from "./attach-run.ts";
import { attachTo, wantsTty } from "./commands/exec.ts";
import type { Invocation } from "./invocation.ts";
import type { Info } from "./resource-builder.ts";

export function* attachToContainer(call: Invocation, info: Info, container: string): Call<void> {
  const pod = yield* waitFor(call, info, info.object as Pod, {
    done: (live) => {
      const state = statusOf(live, container)?.state;
      return state?.running !== undefined || state?.terminated !== undefined;
    },
    timeoutMs: 0,
    *meanwhile(live) {
      const { message = "" } = statusOf(live, container)?.state?.waiting ?? {};
      if (message !== "" && !call.flags.bool("quiet")) yield* call.err(`Warning: container ${container}: ${message}\n`);
    },
  });
  if (statusOf(pod, container)?.state?.terminated !== undefined) yield* copyLog(call, info, container);
  else yield* attachTo(call, pod, { container, tty: yield* wantsTty(call) });
}

function statusOf({ status }: Pod, container: string): ContainerStatus | undefined {
  const lists = [status?.initContainerStatuses, status?.containerStatuses, status?.ephemeralContainerStatuses];
  return lists.flatMap((list) => list ?? []).find(({ name }) => name === container);
}
