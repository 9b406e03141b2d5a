import type { Client } from "../../client/client.ts";
import type { Kubelet } from "../../kubelet/kubelet.ts";
import type { ContainerRuntime } from "../../runtime/containers/container-runtime.ts";
import type { Neighbour } from "../../runtime/machine.ts";
import type { KubeletService } from "./kubelet-service.ts";

/** What a node's own commands may ask of it. */
export interface NodeHost {
  readonly name: string;
  readonly kubelet: Kubelet;
  readonly runtime: ContainerRuntime;
  readonly service: KubeletService;
  /** The API as admin.conf opens it. */
  readonly admin: Client;
  /** Where the API server is. */
  readonly server: string;
  readonly isControlPlane: boolean;
  /** All but those of who logged in. */
  readonly processes: readonly Neighbour[];
  /** When the machine was switched on. */
  readonly poweredSince: number;
  /** Takes the machine down, as its kubelet's configuration has it; a reboot brings it up again. */
  shutDown(how: "poweroff" | "reboot"): void;
}
