/** What the subcommands of `kubectl config` share: the files that they read and write, and their usage failure. */
import { type Call } from "../engine/base/syscalls.ts";
import { CommandError } from "./errors.ts";
import { helpText } from "./command-help.ts";
import type { Invocation } from "./invocation.ts";
import { kubeconfigName, loadKubeconfig, saveKubeconfig } from "./kubeconfig-chain.ts";
import type { Kubeconfig } from "./kubeconfig.ts";

/** `path`: the file that messages name, as it was given. */
export function loadConfig(call: Invocation): { path: string; config: Kubeconfig } {
  return { path: kubeconfigName(call.ctx, call.flags), config: loadKubeconfig(call.ctx, call.flags) };
}

export function saveConfig(call: Invocation, config: Kubeconfig): void {
  saveKubeconfig(call.ctx, call.flags, config);
}

/** Wrong arguments: these commands show their help first. */
export function* wrongArguments(call: Invocation, word = "Unexpected"): Call<never> {
  yield* call.out(helpText(call.command, call.path));
  throw new CommandError(`${word} args: [${call.args.join(" ")}]`);
}

/** The entry of this name changed, or a new one; the list stays in its order. */
export function withEntry<T extends { name: string }>(list: readonly T[], entry: T): T[] {
  return list.some((other) => other.name === entry.name)
    ? list.map((other) => (other.name === entry.name ? entry : other))
    : [...list, entry];
}
