/** Work of a container that makes folders of nodes for claims, for as long as it runs. */
import { StatusError } from "../../api/meta/status-error.ts";
import { storageClasses } from "../../api/registry.ts";
import { dialProblem } from "../../base/dial-problem.ts";
import { uuid } from "../../base/hex.ts";
import type { Client } from "../../client/client.ts";
import { ControllerManager } from "../../controllers/controller-manager.ts";
import type { ControllerDefinition } from "../../controllers/define-controller.ts";
import { hostPathProvisioner } from "../../controllers/host-path-provisioner.ts";
import type { FolderProvisioner } from "../../controllers/host-path-provisioner.ts";
import type { ServerContext, ServerHooks } from "../../runtime/containers/image.ts";
import type { Simulation } from "../../sim/simulation.ts";

export interface ProvisionerOptions {
  sim: Simulation;
  /** The API as the container's pod may use it. */
  clientOf(ctx: ServerContext): Client;
  /** What was at a path is gone from the disks of the nodes. */
  removeFolder(path: string): void;
}

function answers(client: Client): boolean {
  try {
    client.resource(storageClasses).list("");
    return true;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return error.reason !== "ServiceUnavailable";
  }
}

/** The API server can't be asked: what Go's client says of it. */
function unreachable({ env }: ServerContext): string {
  const at = `${env["KUBERNETES_SERVICE_HOST"] ?? ""}:${env["KUBERNETES_SERVICE_PORT"] ?? ""}`;
  return `Get "https://${at}/version?timeout=32s": ${dialProblem(at, "ECONNREFUSED")}`;
}

/** How it names itself in its events: `rancher.io/local-path_<host name>_<uuid>`. */
export function identityOf(ctx: ServerContext, { name }: FolderProvisioner): string {
  const digits = Array.from({ length: 32 }, () => ctx.random(16).toString(16)).join("");
  return `${name}_${ctx.hostname}_${uuid(digits)}`;
}

/** `ends`: says its last words, of why the API server can't be reached. */
export function runProvisioner(
  ctx: ServerContext,
  how: FolderProvisioner,
  { sim, clientOf, removeFolder, ends }: ProvisionerOptions & { ends(why: string): void },
): ServerHooks | undefined {
  const client = clientOf(ctx);
  if (!answers(client)) {
    ends(unreachable(ctx));
    ctx.exit(1);
    return undefined;
  }
  const provisioner = {
    ...hostPathProvisioner(how, removeFolder),
    account: client.user,
    eventSource: identityOf(ctx, how),
  };
  const controllers = [() => provisioner as ControllerDefinition];
  const manager = new ControllerManager({ sim, transport: client.transport, user: client.user, controllers });
  manager.start();
  return { signals: { SIGTERM: () => ctx.exit(0) }, ended: () => manager.stop() };
}
