/** What the subcommands of `kubectl config` share: the file that they read and write, and their usage failure. */
import { type Call } from "../engine/base/syscalls.ts";
import { CommandError } from "./errors.ts";
import { helpText } from "./command-help.ts";
import type { Invocation } from "./invocation.ts";
import { type Kubeconfig, kubeconfigPath, readKubeconfig, writeKubeconfig } from "./kubeconfig.ts";

export function loadConfig(call: Invocation): { path: string; config: Kubeconfig } {
  const path = kubeconfigPath(call.ctx, call.flags);
  // Messages name the file as it was given.
  const shown = call.flags.string("kubeconfig") || path;
  return { path: shown, config: readKubeconfig(call.ctx, path, shown) };
}

export function saveConfig(call: Invocation, config: Kubeconfig): void {
  writeKubeconfig(call.ctx, kubeconfigPath(call.ctx, call.flags), config);
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
