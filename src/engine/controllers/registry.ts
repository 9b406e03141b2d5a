/** Every controller of the controller manager: one line each. */
import type { ControllerDefinition } from "./define-controller.ts";
import { deploymentController } from "./deployment/index.ts";
import { replicaSetController } from "./replica-set/index.ts";

type Create = () => ControllerDefinition;

export const controllers: readonly Create[] = [deploymentController as Create, replicaSetController as Create];
