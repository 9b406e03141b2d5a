import type { Client } from "../../client/client.ts";
import type { Kubelet } from "../../kubelet/kubelet.ts";
import type { ContainerRuntime } from "../../runtime/containers/container-runtime.ts";
import type { Neighbour } from "../../runtime/machine.ts";
import type { BootstrapPart } from "../bootstrap-objects.ts";
import type { KubeletService } from "./kubelet-service.ts";
import type { ComponentName } from "../static-pods.ts";
import type { PkiFile } from "./pki-files.ts";
import type { NodePackages } from "./packages/node-packages.ts";

/** What a node's own commands may ask of it. */
export interface NodeHost {
  readonly name: string;
  readonly kubelet: Kubelet;
  readonly runtime: ContainerRuntime;
  readonly service: KubeletService;
  readonly packages: NodePackages;
  /** The API as admin.conf opens it. */
  readonly admin: Client;
  /** Where clients are told to look for the API server, and where the control plane's own parts on this node do. */
  readonly server: string;
  readonly localServer: string;
  /** `api.example.com:6443`, where several control planes are found as one; "": nobody has said. Of bare machines. */
  controlPlaneEndpoint: string;
  readonly isControlPlane: boolean;
  /** The machine is what kubeadm makes of it. */
  readonly isBare: boolean;
  becomes(role: "control-plane" | "worker"): void;
  /** Why nobody is reached at such an address from here, in the words of Go's network library. */
  problemAt(server: string): string | undefined;
  /** A node of the cluster that there is, which has an etcd. */
  readonly founder: string | undefined;
  /** All but those of who logged in. */
  readonly processes: readonly Neighbour[];
  /** When the machine was switched on. */
  readonly poweredSince: number;
  /** Texts of the static pods' files as kubeadm writes them for a release, by component. */
  manifestsAt(release: string): ReadonlyMap<string, string>;
  /** kubeadm has taken this node's static pods to that release. */
  adoptRelease(release: string): void;
  /** Whether pods get addresses here. */
  readonly networkReady: boolean;
  /** The release of a control-plane node's static pods. */
  releaseOf(node: string): string | undefined;
  /** What kubeadm was told that pods' addresses are from, for its manifests and the cluster's objects; "": nothing. */
  podSubnet: string;
  /** Of the preset. */
  readonly clusterCIDR: string;
  readonly serviceCIDR: string;
  readonly serverPort: number;
  /** Whether an instance is up on this machine. */
  runs(component: ComponentName): boolean;
  /** Certificates and kubeconfigs of this node. */
  clusterFiles(): readonly PkiFile[];
  /** A new control plane runs: kubeadm makes those parts of what a cluster begins with. */
  initializeCluster(release: string, parts: readonly BootstrapPart[]): void;
  /** Ends everything that a cluster runs here, and forgets the cluster; what is on the disk stays. */
  leaveCluster(): void;
  /** Takes the machine down, as its kubelet's configuration has it; a reboot brings it up again. */
  shutDown(how: "poweroff" | "reboot"): void;
}
