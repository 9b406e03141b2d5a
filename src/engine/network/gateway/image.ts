import type { Client } from "../../client/client.ts";
import type { ImageDefinition, ServerContext } from "../../runtime/containers/image.ts";
import type { Simulation } from "../../sim/simulation.ts";
import { GatewayController } from "./controller.ts";

const NAME = "drydock.dev/gateway-controller";
const TAG = "v1";
export const GATEWAY_IMAGE = `${NAME}:${TAG}`;

/** Drydock's own: no registry of the world has it. */
export function gatewayImage(sim: Simulation, clientOf: (ctx: ServerContext) => Client): ImageDefinition {
  return {
    name: NAME,
    tags: { [TAG]: { size: 18_000_000 } },
    entrypoint: ["/gateway-controller"],
    userland: "none",
    programs: () => ({
      "/gateway-controller": { kind: "server", start: (ctx) => new GatewayController(sim, ctx, clientOf(ctx)).start() },
    }),
  };
}
