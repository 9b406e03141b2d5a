/** Every controller of the controller manager: one line each. */
import type { ControllerDefinition } from "./define-controller.ts";
import { replicaSetController } from "./replica-set/index.ts";

type Create = () => ControllerDefinition;

export const controllers: readonly Create[] = [replicaSetController as Create];
