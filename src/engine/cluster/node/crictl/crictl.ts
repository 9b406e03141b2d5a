/**
 * crictl on a node: what the container runtime has. Upstream: kubernetes-sigs/cri-tools cmd/crictl.
 * **Simplified:** the commands that the usage names; whoever isn't root may look all the same.
 */
import type { Program } from "../../../base/program.ts";
import { write } from "../../../base/syscalls.ts";
import type { NodeHost } from "../node-host.ts";
import { inspect, inspectPod, logs, remove, stop } from "./containers.ts";
import { exec } from "./exec.ts";
import { pull, removeImages } from "./image-commands.ts";
import { images, pods, ps } from "./lists.ts";
import { fatal } from "./options.ts";
import { info, stats } from "./usage.ts";

const USAGE = `NAME:
   crictl - client for CRI

USAGE:
   crictl [global options] command [command options] [arguments...]

COMMANDS:
   exec                Run a command in a running container
   images, image, img  List images
   info                Display information of the container runtime
   inspect             Display the status of one or more containers
   inspectp            Display the status of one or more pods
   logs                Fetch the logs of a container
   pods                List pods
   ps                  List containers
   pull                Pull an image from a registry
   rm                  Remove one or more containers
   rmi                 Remove one or more images
   stats               List container(s) resource usage statistics
   stop                Stop one or more running containers
   version             Display runtime version information
`;

/** Options before the command that name the runtime's socket: there is one runtime. */
const GLOBAL = new Set(["-r", "--runtime-endpoint", "-i", "--image-endpoint", "-c", "--config", "-t", "--timeout"]);

export function crictl(host: NodeHost): Program {
  return function* (ctx, argv) {
    const words = argv.slice(1);
    while (words[0]?.startsWith("-") === true) {
      const [option = "", value] = (words.shift() as string).split("=");
      if (option === "-h" || option === "--help") words.splice(0);
      else if (!GLOBAL.has(option)) return yield* fatal(`flag provided but not defined: ${option.replace(/^--/, "-")}`);
      else if (value === undefined) words.shift();
    }
    const [verb = "", ...rest] = words;
    switch (verb) {
      case "ps":
        return yield* ps(host, rest);
      case "pods":
        return yield* pods(host, rest);
      case "images":
      case "image":
      case "img":
        return yield* images(host, rest);
      case "logs":
        return yield* logs(host, rest);
      case "exec":
        return yield* exec(host, ctx, rest);
      case "info":
        return yield* info(host, rest);
      case "pull":
        return yield* pull(host, ctx, rest);
      case "rmi":
        return yield* removeImages(host, ctx, rest);
      case "stats":
        return yield* stats(host, rest);
      case "inspect":
        return yield* inspect(host, rest);
      case "inspectp":
        return yield* inspectPod(host, rest);
      case "stop":
        return yield* stop(host, ctx, rest);
      case "rm":
        return yield* remove(host, ctx, rest);
      case "version":
        yield* write(
          1,
          `Version:  0.1.0\nRuntimeName:  containerd\nRuntimeVersion:  v${host.runtime.version}\nRuntimeApiVersion:  v1\n`,
        );
        return 0;
      case "":
      case "help":
        yield* write(1, USAGE);
        return 0;
      default:
        return yield* fatal(`${verb} is not simulated`);
    }
  };
}
