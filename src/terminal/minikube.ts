/**
 * minikube's command line. Its power over the cluster is the intent `minikube` with `{ action }`: "state", "start", "stop",
 * "delete"; each is answered with the state afterwards. Upstream: kubernetes/minikube cmd/minikube/cmd.
 *
 * **Simplified:** one profile, one driver (docker), no downloads; `dashboard`, `mount` and `image` are refused.
 */
import type { Program, ProgramContext } from "../engine/base/program.ts";
import { SystemError } from "../engine/base/program.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { CONTAINERD_VERSION } from "../engine/runtime/containers/container-runtime.ts";
import { addons } from "./minikube-addons.ts";
import { service } from "./minikube-service.ts";
import { ssh } from "./minikube-ssh.ts";
import { ask, missing, unknownFlag } from "./minikube-state.ts";
import { tunnel } from "./minikube-tunnel.ts";
import { sleep, spawn, wait, write } from "../engine/base/syscalls.ts";

const VERSION = "v1.38.0";
const KUBERNETES = "v1.36.0";
/** Virtual time until `start` gives up. */
const START_TIMEOUT_MS = 360_000;

type Action = (ctx: ProgramContext, args: string[]) => Call<number>;

const ACTIONS: Readonly<Record<string, Action>> = {
  start,
  status,
  stop,
  delete: remove,
  ip,
  ssh,
  service,
  tunnel,
  addons,
  version,
  profile,
  "update-context": updateContext,
  kubectl,
  dashboard,
};

const USAGE = `minikube provisions and manages local Kubernetes clusters optimized for development workflows.

Basic Commands:
  start            Starts a local Kubernetes cluster
  status           Gets the status of a local Kubernetes cluster
  stop             Stops a running local Kubernetes cluster
  delete           Deletes a local Kubernetes cluster
  dashboard        Access the Kubernetes dashboard running within the minikube cluster

Networking and Connectivity Commands:
  service          Returns a URL to connect to a service
  tunnel           Connect to LoadBalancer services

Configuration and Management Commands:
  addons           Enable or disable a minikube addon
  profile          Get or list the current profiles (clusters)
  update-context   Update kubeconfig in case of an IP or port change

Advanced Commands:
  kubectl          Run a kubectl binary matching the cluster version

Troubleshooting Commands:
  ip               Retrieves the IP address of the specified node
  ssh              Log into the minikube environment (for debugging)

Other Commands:
  version          Print the version of minikube

Use "minikube <command> --help" for more information about a given command.
`;

export const minikube: Program = function* (ctx, argv) {
  const [name, ...args] = argv.slice(1);
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    yield* write(1, USAGE);
    return 0;
  }
  const action = ACTIONS[name];
  if (action === undefined) {
    yield* write(2, `Error: unknown command "${name}" for "minikube"\nRun 'minikube --help' for usage.\n`);
    return 64;
  }
  try {
    return yield* action(ctx, args);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* write(2, `\n❌  Exiting due to PROVIDER_DOCKER_NOT_RUNNING: no cluster can be reached from this machine\n`);
    return 69;
  }
};

function* start(_ctx: ProgramContext, args: string[]): Call<number> {
  if (yield* unknownFlag(args, ["--driver", "--wait"])) return 64;
  const before = yield* ask("state");
  yield* write(1, `😄  minikube ${VERSION} on Debian 13\n`);
  if (before.running && before.ready) {
    yield* write(1, "✨  Using the docker driver based on existing profile\n");
    yield* write(
      1,
      '👍  Starting "minikube" primary control-plane node in "minikube" cluster\n🏃  Updating the running docker "minikube" container ...\n',
    );
  } else {
    yield* write(
      1,
      before.exists
        ? "✨  Using the docker driver based on existing profile\n"
        : "✨  Automatically selected the docker driver\n",
    );
    yield* write(1, '👍  Starting "minikube" primary control-plane node in "minikube" cluster\n');
    yield* write(
      1,
      before.exists
        ? '🔄  Restarting existing docker container for "minikube" ...\n'
        : "🔥  Creating docker container (CPUs=2, Memory=4000MB) ...\n",
    );
  }
  let state = yield* ask("start");
  yield* write(
    1,
    `🐳  Preparing Kubernetes ${KUBERNETES} on containerd ${CONTAINERD_VERSION} ...\n🔎  Verifying Kubernetes components...\n`,
  );
  for (let waited = 0; !state.ready; waited += 500) {
    if (waited >= START_TIMEOUT_MS) {
      yield* write(
        2,
        "\n❌  Exiting due to GUEST_START: failed to start node: wait 6m0s for node: timed out waiting for the condition\n",
      );
      return 80;
    }
    yield* sleep(500);
    state = yield* ask("state");
  }
  yield* write(1, `🌟  Enabled addons: ${state.addons.join(", ")}\n`);
  yield* write(1, '🏄  Done! kubectl is now configured to use "minikube" cluster and "default" namespace by default\n');
  return 0;
}

function* status(_ctx: ProgramContext, args: string[]): Call<number> {
  if (yield* unknownFlag(args, [])) return 64;
  const state = yield* ask("state");
  const none = yield* missing(state, false);
  if (none !== undefined) return none;
  const host = state.running ? "Running" : "Stopped";
  const apiServer = state.running && state.apiServer ? "Running" : "Stopped";
  const kubeconfig = state.running ? "Configured" : "Stopped";
  yield* write(
    1,
    `minikube\ntype: Control Plane\nhost: ${host}\nkubelet: ${host}\napiserver: ${apiServer}\nkubeconfig: ${kubeconfig}\n\n`,
  );
  return !state.running ? 7 : state.apiServer ? 0 : 2;
}

function* stop(_ctx: ProgramContext, args: string[]): Call<number> {
  if (yield* unknownFlag(args, [])) return 64;
  const before = yield* ask("state");
  const none = yield* missing(before, false);
  if (none !== undefined) return none;
  yield* write(1, '✋  Stopping node "minikube"  ...\n');
  yield* ask("stop");
  if (before.running) yield* write(1, '🛑  Powering off "minikube" via SSH ...\n');
  yield* write(1, "🛑  1 node stopped.\n");
  return 0;
}

function* remove(_ctx: ProgramContext, args: string[]): Call<number> {
  if (yield* unknownFlag(args, ["--all", "--purge"])) return 64;
  if (!(yield* ask("state")).exists) {
    yield* write(
      1,
      '🙄  "minikube" profile does not exist, trying anyways.\n💀  Removed all traces of the "minikube" cluster.\n',
    );
    return 0;
  }
  yield* write(1, '🔥  Deleting "minikube" in docker ...\n🔥  Deleting container "minikube" ...\n');
  yield* ask("delete");
  yield* write(
    1,
    '🔥  Removing /home/learner/.minikube/machines/minikube ...\n💀  Removed all traces of the "minikube" cluster.\n',
  );
  return 0;
}

function* ip(): Call<number> {
  const state = yield* ask("state");
  const none = yield* missing(state, true);
  if (none !== undefined) return none;
  yield* write(1, `${state.ip}\n`);
  return 0;
}

function* version(_ctx: ProgramContext, args: string[]): Call<number> {
  if (yield* unknownFlag(args, ["--short"])) return 64;
  yield* write(1, args.includes("--short") ? `${VERSION}\n` : `minikube version: ${VERSION}\n`);
  return 0;
}

function* profile(_ctx: ProgramContext, args: string[]): Call<number> {
  if (args[0] === "list") {
    const state = yield* ask("state");
    if (!state.exists) return (yield* missing(state, false)) ?? 0;
    yield* write(1, `minikube\tdocker\tcontainerd\t${state.ip}\t${state.running ? "OK" : "Stopped"}\n`);
    return 0;
  }
  yield* write(
    1,
    args[0] === undefined || args[0] === "minikube"
      ? "minikube\n"
      : `🤷  Profile "${args[0]}" not found. Run "minikube profile list" to view all profiles.\n`,
  );
  return args[0] === undefined || args[0] === "minikube" ? 0 : 85;
}

function* updateContext(): Call<number> {
  const none = yield* missing(yield* ask("state"), true);
  if (none !== undefined) return none;
  yield* write(1, '💗  Current context is "minikube"\n');
  return 0;
}

function* kubectl(ctx: ProgramContext, args: string[]): Call<number> {
  const words = args[0] === "--" ? args.slice(1) : args;
  const pid = yield* spawn({ argv: ["kubectl", ...words], env: ctx.env, cwd: ctx.cwd, stdio: [0, 1, 2] });
  return yield* wait(pid);
}

function* dashboard(): Call<number> {
  yield* write(
    2,
    "❌  Exiting due to MK_ADDON_ENABLE: the dashboard is not simulated: the graph beside this terminal shows the cluster\n",
  );
  return 10;
}
