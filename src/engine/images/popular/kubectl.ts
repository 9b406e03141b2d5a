/**
 * Images that bring kubectl: it finds its cluster by its pod's service account. Its code comes with the laptop's; until it
 * is there, whoever calls it waits outside of virtual time.
 */
import type { Program } from "../../base/program.ts";
import { SystemError } from "../../base/program.ts";
import { external, write } from "../../base/syscalls.ts";
import type { ImageProgram } from "../../runtime/containers/image.ts";
import { defineImage } from "../define-image.ts";
import type { ImageDefinition } from "../define-image.ts";
import { tags } from "../tags.ts";

/** Name of the host's tool, and what it answers. */
const TOOL = "kubectl";

/** `release`: what it says that it is, asked for at each run; absent: what the laptop's says. */
export function kubectlOf(release?: () => string): Program {
  return function* kubectl(ctx, argv) {
    let tool: { kubectl: Program; kubectlOf: (release: string) => Program };
    try {
      tool = (yield* external(TOOL, null)) as typeof tool;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      yield* write(2, "kubectl: this tool is not available here\n");
      return 127;
    }
    return yield* (release === undefined ? tool.kubectl : tool.kubectlOf(release()))(ctx, argv);
  };
}

export const kubectlProgram: ImageProgram = { kind: "program", run: kubectlOf() };

const VERSIONS =
  "latest 1.20..36 1.28.0..15 1.29.0..15 1.30.0..14 1.31.0..14 1.32.0..9 1.33.0..5 1.34.0..2 1.35.0 1.36.0";
const WITH_V = VERSIONS.replaceAll(/(^| )1/g, "$1v1");

interface Kit {
  name: string;
  sizeMB: number;
  versions: string;
  /** With an entrypoint, arguments are kubectl's. */
  entrypoint?: string;
  cmd?: readonly string[];
  user?: number;
  userland?: ImageDefinition["userland"];
}

const kits: readonly Kit[] = [
  ...["docker.io/bitnami/kubectl", "docker.io/bitnamilegacy/kubectl"].map((name) => ({
    ...{ name, sizeMB: 110, versions: VERSIONS, cmd: ["--help"], user: 1001 },
    entrypoint: "/opt/bitnami/kubectl/bin/kubectl",
    userland: "debian" as const,
  })),
  { name: "registry.k8s.io/kubectl", sizeMB: 18, versions: WITH_V, entrypoint: "/bin/kubectl", userland: "none" },
  { name: "docker.io/rancher/kubectl", sizeMB: 18, versions: WITH_V, entrypoint: "/bin/kubectl", userland: "none" },
  {
    name: "docker.io/alpine/kubectl",
    sizeMB: 27,
    versions: VERSIONS,
    entrypoint: "/usr/local/bin/kubectl",
    cmd: ["help"],
  },
  { name: "docker.io/alpine/k8s", sizeMB: 240, versions: VERSIONS, cmd: ["bash"], userland: "debian" },
  { name: "docker.io/lachlanevenson/k8s-kubectl", sizeMB: 20, versions: WITH_V, entrypoint: "/usr/local/bin/kubectl" },
  { name: "docker.io/portainer/kubectl-shell", sizeMB: 60, versions: "latest", cmd: ["bash"], userland: "debian" },
  { name: "docker.io/dtzar/helm-kubectl", sizeMB: 80, versions: "latest 3.12..19", cmd: ["bash"], userland: "debian" },
];

export const kubectlImages: readonly ImageDefinition[] = kits.map(
  ({ name, sizeMB, versions, entrypoint, cmd, user, userland = "busybox" }) =>
    defineImage({
      name,
      tags: tags(sizeMB, versions),
      ...(entrypoint !== undefined && { entrypoint: [entrypoint] }),
      ...(cmd !== undefined && { cmd }),
      ...(user !== undefined && { user }),
      env: { PATH: "/opt/bitnami/kubectl/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
      userland,
      programs: () => ({ [entrypoint ?? "/usr/bin/kubectl"]: kubectlProgram }),
    }),
);

/** Google's command line, of which kubectl alone is here. */
const gcloud: Program = function* run(_ctx, argv) {
  yield* write(2, `ERROR: (${argv[0] ?? "gcloud"}) Drydock: there is no Google Cloud behind this playground.\n`);
  return 1;
};

export const cloudSdk: readonly ImageDefinition[] = [
  "docker.io/google/cloud-sdk",
  "gcr.io/google.com/cloudsdktool/google-cloud-cli",
  "gcr.io/google.com/cloudsdktool/cloud-sdk",
].map((name) =>
  defineImage({
    name,
    tags: tags(1100, "latest stable slim alpine 400.0.0 500.0.0 540.0.0"),
    cmd: ["/bin/bash"],
    userland: "debian",
    programs: () => ({
      "/usr/bin/kubectl": kubectlProgram,
      ...Object.fromEntries(
        ["gcloud", "gsutil", "bq"].map((tool) => [`/usr/bin/${tool}`, { kind: "program" as const, run: gcloud }]),
      ),
    }),
  }),
);
