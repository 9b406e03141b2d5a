/** What minikube's commands share: the state of the cluster, and the words when it isn't as a command needs it. */
import type { Call } from "../engine/base/syscalls.ts";
import { intent, write } from "../engine/base/syscalls.ts";

/** The answer to every `minikube` intent. */
export interface MinikubeState {
  exists: boolean;
  running: boolean;
  apiServer: boolean;
  ready: boolean;
  ip: string;
  /** Names of those that were switched on. */
  addons: readonly string[];
  /** Of those that minikube verifies: names of the ones whose pods all run, or have done what they were for. */
  verified: readonly string[];
  /** Names of the LoadBalancer services that a tunnel leads to. */
  tunnel: readonly string[];
}

export function* ask(action: "state" | "start" | "stop" | "delete"): Call<MinikubeState> {
  return (yield* intent("minikube", { action })) as MinikubeState;
}

/** Digs the tunnel to services, looks where it leads, fills it in. */
export function* askTunnel(tunnel: "open" | "look" | "close"): Call<MinikubeState> {
  return (yield* intent("minikube", { action: "tunnel", tunnel })) as MinikubeState;
}

/** Switches an addon on or off. */
export function* switchAddon(action: "enable" | "disable", addon: string): Call<MinikubeState> {
  return (yield* intent("minikube", { action, addon })) as MinikubeState;
}

/** Refuses flags that are not known, in cobra's words. */
export function* unknownFlag(args: readonly string[], known: readonly string[]): Call<boolean> {
  const bad = args.find((arg) => arg.startsWith("-") && !known.includes(arg.split("=")[0] as string));
  if (bad === undefined) return false;
  yield* write(
    2,
    bad.startsWith("--")
      ? `Error: unknown flag: ${bad.split("=")[0]}\n`
      : `Error: unknown shorthand flag: '${bad[1]}' in ${bad}\n`,
  );
  return true;
}

/** The words and exit code for a command that needs a cluster, when there is none. */
export function* missing(state: MinikubeState, needsRunning: boolean): Call<number | undefined> {
  if (!state.exists) {
    yield* write(
      1,
      '🤷  Profile "minikube" not found. Run "minikube profile list" to view all profiles.\n👉  To start a cluster, run: "minikube start"\n',
    );
    return 85;
  }
  if (needsRunning && !state.running) {
    yield* write(
      1,
      '🤷  The control-plane node minikube host is not running: state=Stopped\n👉  To start a cluster, run: "minikube start"\n',
    );
    return 83;
  }
  return undefined;
}
