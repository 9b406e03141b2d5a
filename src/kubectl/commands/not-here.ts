/** Commands of upstream's that this server has nothing to answer with: they fail with the reason. */
import { type Command, type CommandGroup, defineCommand } from "../command.ts";
import { CommandError } from "../errors.ts";

function topCommand(name: "node" | "pod", aliases: readonly string[]): Command {
  return defineCommand({
    name,
    aliases,
    short: `Display resource (CPU/memory) usage of ${name}s`,
    usage: "[NAME | -l label]",
    completes: "none",
    *run(call) {
      const groups = yield* call.discovery.groupVersions();
      if (!groups.some((group) => group.startsWith("metrics.k8s.io/")))
        throw new CommandError("Metrics API not available");
      throw new CommandError("top is not supported by this kubectl");
    },
  });
}

export const top = defineCommand({
  name: "top",
  group: "Cluster Management Commands",
  short: "Display resource (CPU/memory) usage",
  usage: "[flags]",
  subcommands: [topCommand("node", ["nodes", "no"]), topCommand("pod", ["pods", "po"])],
});

function missing(name: string, group: CommandGroup, options: { short: string; why: string }): Command {
  return defineCommand({
    name,
    group,
    short: options.short,
    anyFlags: true,
    completes: "none",
    *run() {
      throw new CommandError(options.why);
    },
  });
}

const TROUBLE = "Troubleshooting and Debugging Commands";
const ADVANCED = "Advanced Commands";

export const notHere: readonly Command[] = [
  missing("port-forward", TROUBLE, {
    short: "Forward one or more local ports to a pod",
    why: "port-forward is not supported here yet: this machine can't listen on local ports for it",
  }),
  missing("proxy", TROUBLE, {
    short: "Run a proxy to the Kubernetes API server",
    why: "proxy is not supported here yet: this machine can't listen on local ports for it",
  }),
  missing("cp", TROUBLE, {
    short: "Copy files and directories to and from containers",
    why: "cp is not supported here yet",
  }),
  missing("auth", TROUBLE, {
    short: "Inspect authorization",
    why: "the server doesn't have the authorization.k8s.io API: it can't say who may do what",
  }),
  missing("debug", TROUBLE, {
    short: "Create debugging sessions for troubleshooting workloads and nodes",
    why: "debug is not supported here yet",
  }),
  missing("kustomize", ADVANCED, {
    short: "Build a kustomization target from a directory or URL",
    why: "kustomize is not supported here yet",
  }),
  missing("completion", "Settings Commands", {
    short: "Output shell completion code for the specified shell",
    why: "completion is built into this terminal: press Tab",
  }),
];
