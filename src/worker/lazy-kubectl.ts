/**
 * kubectl as the playground's laptop has it: its code is fetched beside the first screen, not before it. Until it is
 * there, whoever calls it waits outside of virtual time.
 */
import type { Completer, Program, ProgramContext } from "../engine/base/program.ts";
import { external } from "../engine/base/syscalls.ts";
import type { Call } from "../engine/base/syscalls.ts";
import type * as kubectlModule from "../kubectl/index.ts";

type Kubectl = typeof kubectlModule;

/** Name of the host's tool that brings it. */
export const KUBECTL_TOOL = "kubectl";

let loaded: Kubectl | undefined;

export async function loadKubectl(): Promise<Kubectl> {
  loaded ??= await import("../kubectl/index.ts");
  return loaded;
}

function* module(): Call<Kubectl> {
  return loaded ?? ((yield* external(KUBECTL_TOOL, null)) as Kubectl);
}

export const lazyKubectl: Program = function* kubectl(ctx, argv) {
  const { kubectl: program } = yield* module();
  return yield* program(ctx, argv);
};

export function lazyKubectlCompleter(ctx: ProgramContext): Completer {
  return function* complete(line, cursor) {
    const { kubectlCompleter } = yield* module();
    return yield* kubectlCompleter(ctx)(line, cursor);
  };
}
