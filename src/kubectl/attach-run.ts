/** What `kubectl run` does after creating a pod it shall attach to. */
import type { KubeObject } from "../engine/api/meta/object.ts";
import type { ExitCode } from "../engine/base/program.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { CommandError } from "./errors.ts";
import type { Invocation } from "./invocation.ts";

// oxlint-disable-next-line require-yield
export function* attachToRunPod(_call: Invocation, _pod: KubeObject): Call<ExitCode> {
  throw new CommandError("attaching is not supported by this kubectl");
}
