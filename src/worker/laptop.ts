/** The learner's laptop of a playground: shell, tools, kubectl, and a kubeconfig that leads to the cluster. */
import { encodeBase64 } from "../engine/base/base64.ts";
import type { Program } from "../engine/base/program.ts";
import { adminCredential, images } from "../engine/index.ts";
import type { Kernel, Preset, Simulation } from "../engine/index.ts";
import type { Machine } from "../engine/runtime/machine.ts";
import type { NetworkPort } from "../engine/runtime/network-port.ts";
import { drydock } from "../terminal/drydock.ts";
import { packageManagers } from "../engine/images/packages/managers.ts";
import { createLaptop, LAPTOP_HOME } from "../terminal/laptop.ts";
import { lazyKubectl, lazyKubectlCompleter } from "./lazy-kubectl.ts";

export interface LaptopCluster {
  sim: Simulation;
  preset: Preset;
}

export const HOME = LAPTOP_HOME;

/** How the laptop's kubectl finds its cluster, and the certificate that says who its user is. */
export function kubeconfigFor({ sim, preset }: LaptopCluster): string {
  const { context, server } = preset;
  const user = preset.name === "minikube" ? "minikube" : "kubernetes-admin";
  const { authority, certificate, key } = adminCredential(sim, preset);
  const cluster = preset.name === "minikube" ? "minikube" : "drydock";
  return [
    "apiVersion: v1",
    "clusters:",
    "- cluster:",
    `    certificate-authority-data: ${encodeBase64(authority)}`,
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
    "  user:",
    `    client-certificate-data: ${encodeBase64(certificate)}`,
    `    client-key-data: ${encodeBase64(key)}`,
    "",
  ].join("\n");
}

/** Clients of databases that are installed on the laptop too: programs by their image and path. */
const CLIENTS: readonly [repository: string, path: string][] = [
  ["docker.io/library/redis", "/usr/local/bin/redis-cli"],
  ["docker.io/library/postgres", "/usr/local/bin/psql"],
  ["docker.io/library/mysql", "/usr/bin/mysql"],
  ["docker.io/library/mongo", "/usr/bin/mongosh"],
];

function clientPrograms(): Record<string, Program> {
  const programs: Record<string, Program> = {};
  for (const [repository, path] of CLIENTS) {
    const image = images.find(({ name }) => name === repository);
    const program = image?.programs?.("latest")[path];
    if (program?.kind === "program") programs[path.slice(path.lastIndexOf("/") + 1)] = program.run;
  }
  return programs;
}

export function createPlaygroundLaptop(kernel: Kernel, network: NetworkPort, cluster: LaptopCluster): Machine {
  const { machine } = createLaptop(kernel, {
    network,
    programs: { ...clientPrograms(), kubectl: lazyKubectl, drydock },
    software: packageManagers("debian"),
    completers: { kubectl: lazyKubectlCompleter },
    kubeconfig: kubeconfigFor(cluster),
  });
  return machine;
}
