/**
 * The ConfigMaps in which kubeadm keeps what a cluster was made of.
 * Upstream: cmd/kubeadm/app/phases/{uploadconfig,kubelet,bootstraptoken/clusterinfo}.
 */
import type { ConfigMap } from "../api/generated/types.ts";
import type { Draft } from "../api/meta/object.ts";
import { encodeBase64 } from "../base/base64.ts";
import { clusterKeys } from "../sim/cluster-keys.ts";
import type { Simulation } from "../sim/simulation.ts";
import { KUBERNETES_IMAGE_TAG } from "./bootstrap.ts";
import { DEFAULT_CONFIGURATION } from "./node/kubelet-configuration.ts";
import { ETCD_DATA } from "./etcd/paths.ts";
import { PKI } from "./node/pki-files.ts";
import { serviceRange } from "./presets.ts";
import type { Preset } from "./presets.ts";

/** `endpoint`: where several control planes are found as one; "": nobody has said. */
export function kubeadmConfigMaps(
  sim: Simulation,
  preset: Preset,
  { release = KUBERNETES_IMAGE_TAG, endpoint = "" }: { release?: string | undefined; endpoint?: string | undefined },
): Draft<ConfigMap>[] {
  const configMap = (namespace: string, name: string, data: Record<string, string>): Draft<ConfigMap> => ({
    metadata: { name, namespace },
    data,
  });
  return [
    configMap("kube-system", "kubeadm-config", {
      ClusterConfiguration: clusterConfigurationText({
        release,
        endpoint,
        podSubnet: preset.clusterCIDR,
        serviceSubnet: serviceRange(preset),
      }),
    }),
    configMap("kube-system", "kubelet-config", { kubelet: DEFAULT_CONFIGURATION }),
    configMap("kube-public", "cluster-info", { kubeconfig: clusterInfo(sim, preset) }),
  ];
}

/** As kubeadm prints it. `podSubnet`, `endpoint`: "" for none. */
export function clusterConfigurationText(of: {
  release: string;
  podSubnet: string;
  serviceSubnet: string;
  endpoint: string;
}): string {
  return `apiServer: {}
apiVersion: kubeadm.k8s.io/v1beta4
caCertificateValidityPeriod: 87600h0m0s
certificateValidityPeriod: 8760h0m0s
certificatesDir: ${PKI}
clusterName: kubernetes
${of.endpoint === "" ? "" : `controlPlaneEndpoint: ${of.endpoint}\n`}controllerManager: {}
dns: {}
encryptionAlgorithm: RSA-2048
etcd:
  local:
    dataDir: ${ETCD_DATA}
imageRepository: registry.k8s.io
kind: ClusterConfiguration
kubernetesVersion: ${of.release}
networking:
  dnsDomain: cluster.local
${of.podSubnet === "" ? "" : `  podSubnet: ${of.podSubnet}\n`}  serviceSubnet: ${of.serviceSubnet}
proxy: {}
scheduler: {}
`;
}

function clusterInfo(sim: Simulation, { server }: Preset): string {
  return `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${encodeBase64(clusterKeys(sim).authority.certificate)}
    server: ${server}
  name: ""
contexts: null
current-context: ""
kind: Config
users: null
`;
}
