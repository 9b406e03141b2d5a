/** The learner's laptop of a playground: shell, tools, kubectl, and a kubeconfig that leads to the cluster. */
import type { Kernel, Preset } from "../engine/index.ts";
import type { Machine } from "../engine/runtime/machine.ts";
import { MemoryFileSystem } from "../engine/runtime/memory-file-system.ts";
import type { NetworkPort } from "../engine/runtime/network-port.ts";
import { createProgramSource } from "../engine/runtime/program-source.ts";
import { createUserland } from "../engine/userland/registry.ts";
import { kubectl } from "../kubectl/index.ts";

export const HOME = "/home/learner";

/** How the laptop's kubectl finds its cluster. Simplified: who you are is a name, not a certificate. */
export function kubeconfigFor(preset: Preset): string {
  const { context, server } = preset;
  const user = preset.name === "minikube" ? "minikube" : "kubernetes-admin";
  const cluster = preset.name === "minikube" ? "minikube" : "drydock";
  return [
    "apiVersion: v1",
    "clusters:",
    "- cluster:",
    `    server: ${server}`,
    `  name: ${cluster}`,
    "contexts:",
    "- context:",
    `    cluster: ${cluster}`,
    "    namespace: default",
    `    user: ${user}`,
    `  name: ${context}`,
    `current-context: ${context}`,
    "kind: Config",
    "preferences: {}",
    "users:",
    `- name: ${user}`,
    "  user: {}",
    "",
  ].join("\n");
}

export function createPlaygroundLaptop(kernel: Kernel, network: NetworkPort, preset: Preset): Machine {
  const fs = new MemoryFileSystem({ now: () => kernel.sim.now });
  for (const folder of [HOME, `${HOME}/.kube`, "/tmp", "/etc"]) fs.mkdir(folder, { recursive: true });
  fs.writeFile(`${HOME}/.kube/config`, kubeconfigFor(preset));
  fs.writeFile("/etc/hosts", "127.0.0.1 localhost\n");
  return kernel.createMachine({
    id: "laptop",
    hostname: "laptop",
    fs,
    env: {
      HOME,
      USER: "learner",
      PATH: "/usr/local/bin:/usr/bin:/bin",
      SHELL: "/bin/bash",
      TERM: "xterm-256color",
      PWD: HOME,
    },
    user: { name: "learner", uid: 1000, gid: 1000, home: HOME },
    programs: createProgramSource(createUserland("debian"), [["/usr/local/bin/kubectl", kubectl]]),
    network,
    background: false,
  });
}
