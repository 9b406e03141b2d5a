/** Storage of a new cluster whose volumes are folders of its nodes: its objects, and which provisioners run without a pod. */
import { clusterRoleBindings, serviceAccounts } from "../../api/registry.ts";
import { subject } from "../../apiserver/auth/policy/bootstrap-policy.ts";
import {
  localPathProvisioner,
  minikubeProvisioner,
  PROVISIONER_ACCOUNT,
} from "../../controllers/host-path-provisioner.ts";
import type { FolderProvisioner } from "../../controllers/host-path-provisioner.ts";
import { addonObject } from "../addon-objects.ts";
import type { AddonObject } from "../addon-objects.ts";
import type { Preset } from "../presets.ts";
import { KIND_STORAGE_IMAGE, kindLocalPath } from "./local-path-objects.ts";
import { MINIKUBE_STORAGE_IMAGE, minikubeStorage } from "./minikube-objects.ts";

/** Whose provisioner is a pod of the cluster's own. In large clusters, whose kube-proxy is none either, nobody's is. */
function ownProvisioner({ proxyDaemonSet, localVolumes }: Preset): FolderProvisioner | undefined {
  if (proxyDaemonSet !== true) return undefined;
  return localVolumes === true ? localPathProvisioner : minikubeProvisioner;
}

/** The default class and who makes its volumes, and the account of provisioners without a pod. */
export function folderStorageObjects(preset: Preset): AddonObject[] {
  const account = [
    addonObject(serviceAccounts, { metadata: { name: PROVISIONER_ACCOUNT, namespace: "kube-system" } }),
    addonObject(clusterRoleBindings, {
      metadata: { name: PROVISIONER_ACCOUNT },
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        name: "system:persistent-volume-provisioner",
      },
      subjects: [subject(`account:kube-system:${PROVISIONER_ACCOUNT}`)],
    }),
  ];
  const own = ownProvisioner(preset);
  if (own === minikubeProvisioner) return minikubeStorage();
  if (own === localPathProvisioner) return [...kindLocalPath(), ...account];
  return [...kindLocalPath().filter(([{ kind }]) => kind === "StorageClass"), ...account];
}

/** Images that such a cluster's nodes have from the start. */
export function folderStorageImages(preset: Preset): string[] {
  const own = ownProvisioner(preset);
  if (own === undefined || !hasFolderStorage(preset)) return [];
  return [own === minikubeProvisioner ? MINIKUBE_STORAGE_IMAGE : KIND_STORAGE_IMAGE];
}

/**
 * Pages bring classes of their own, for minikube mostly: their provisioners work in every such cluster.
 * **Simplified:** as part of the controller manager.
 */
export function podlessProvisioners(preset: Preset): FolderProvisioner[] {
  if (!hasFolderStorage(preset)) return [];
  const own = ownProvisioner(preset);
  return [localPathProvisioner, minikubeProvisioner].filter((each) => each !== own);
}

function hasFolderStorage({ addons, noStorage, cloud }: Preset): boolean {
  return addons && noStorage !== true && cloud !== true;
}
