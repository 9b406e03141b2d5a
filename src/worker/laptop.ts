/** The learner's laptop of a playground: shell, tools, kubectl, and a kubeconfig that leads to the cluster. */
import type { Kernel, Preset } from "../engine/index.ts";
import type { Machine } from "../engine/runtime/machine.ts";
import type { NetworkPort } from "../engine/runtime/network-port.ts";
import { drydock } from "../terminal/drydock.ts";
import { createLaptop, LAPTOP_HOME } from "../terminal/laptop.ts";
import { lazyKubectl, lazyKubectlCompleter } from "./lazy-kubectl.ts";

export const HOME = LAPTOP_HOME;

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
  const { machine } = createLaptop(kernel, {
    network,
    programs: { kubectl: lazyKubectl, drydock },
    completers: { kubectl: lazyKubectlCompleter },
    kubeconfig: kubeconfigFor(preset),
  });
  return machine;
}
