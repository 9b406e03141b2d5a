/**
 * What kubeadm looks at before it touches a cluster. Upstream: cmd/kubeadm/app/phases/upgrade/health.go.
 * **Simplified:** it runs no Job of its own to see whether pods start.
 */
import { nodes } from "../../../api/registry.ts";
import type { Client } from "../../../client/client.ts";
import { MANIFESTS } from "../node-manifests.ts";
import type { KubeadmCall } from "./subcommand.ts";

const CONTROL_PLANE = "node-role.kubernetes.io/control-plane";
export const STATIC_COMPONENTS = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;

export function healthProblems(call: KubeadmCall, client: Client): { check: string; problem: string }[] {
  const controlPlanes = client.resource(nodes).list("", { labelSelector: `${CONTROL_PLANE}=` }).items;
  const unready = controlPlanes.filter(
    ({ status }) => status.conditions?.find(({ type }) => type === "Ready")?.status !== "True",
  );
  const { disk } = call.host.kubelet;
  const missing = STATIC_COMPONENTS.filter((name) => !disk.exists(`${MANIFESTS}/${name}.yaml`));
  return [
    ...(unready.length === 0
      ? []
      : [
          {
            check: "ControlPlaneNodesReady",
            problem: `there are NotReady control-planes in the cluster: [${unready.map(({ metadata }) => metadata.name).join(" ")}]`,
          },
        ]),
    ...(missing.length === 0
      ? []
      : [
          {
            check: "StaticPodManifest",
            problem: `manifest files not found: [${missing.map((name) => `${MANIFESTS}/${name}.yaml`).join(" ")}]`,
          },
        ]),
  ];
}
