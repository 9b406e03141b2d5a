/** Controllers of a cluster whose machines are a cloud's: the cloud-controller-manager's, and its disk driver's sidecars. */
import { csiAttacher } from "../csi/attacher.ts";
import type { StorageDriver } from "../csi/driver.ts";
import { csiProvisioner } from "../csi/provisioner.ts";
import { csiResizer } from "../csi/resizer.ts";
import { csiSnapshotter } from "../csi/snapshotter.ts";
import type { ControllerDefinition } from "../define-controller.ts";
import { cloudNodeController, cloudNodeLifecycleController } from "./nodes.ts";
import type { CloudProvider } from "./provider.ts";
import { cloudServiceController } from "./services.ts";

type Create = () => ControllerDefinition;

export function cloudControllers(cloud: CloudProvider & StorageDriver): readonly Create[] {
  return [
    () => cloudNodeController(cloud) as ControllerDefinition,
    () => cloudNodeLifecycleController(cloud) as ControllerDefinition,
    () => cloudServiceController(cloud) as ControllerDefinition,
    () => csiProvisioner(cloud) as ControllerDefinition,
    () => csiAttacher(cloud) as ControllerDefinition,
    () => csiResizer(cloud) as ControllerDefinition,
    () => csiSnapshotter(cloud) as ControllerDefinition,
  ];
}
