/**
 * The image of minikube's storage-provisioner. Upstream: kubernetes/minikube cmd/storage-provisioner, pkg/storage.
 *
 * **Simplified:** several of its instances do the same work instead of electing one.
 */
import { sayKlog } from "../../base/klog.ts";
import { minikubeProvisioner } from "../../controllers/host-path-provisioner.ts";
import { tags } from "../../images/tags.ts";
import type { ImageDefinition, ServerContext, ServerHooks } from "../../runtime/containers/image.ts";
import { runProvisioner } from "./run-provisioner.ts";
import type { ProvisionerOptions } from "./run-provisioner.ts";

const PROGRAM = "/storage-provisioner";

export function minikubeStorageImage(options: ProvisionerOptions): ImageDefinition {
  return {
    name: "gcr.io/k8s-minikube/storage-provisioner",
    tags: tags(9, "v3..5"),
    entrypoint: [PROGRAM],
    userland: "none",
    programs: () => ({ [PROGRAM]: { kind: "server", start: (ctx) => start(ctx, options) } }),
  };
}

function start(ctx: ServerContext, options: ProvisionerOptions): ServerHooks {
  ctx.use({ cpuMillicores: 1, memoryBytes: 9 * 1024 * 1024 });
  sayKlog(ctx, "I", "storage_provisioner.go:116", "Initializing the minikube storage provisioner...");
  const ends = (why: string): void => sayKlog(ctx, "F", "main.go:39", `error getting server version: ${why}`);
  const hooks = runProvisioner(ctx, minikubeProvisioner, { ...options, ends });
  if (hooks === undefined) return {};
  sayKlog(ctx, "I", "storage_provisioner.go:141", "Storage provisioner initialized, now starting service!");
  return hooks;
}
