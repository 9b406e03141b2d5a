/** How others join, as `init` ends and `token create --print-join-command` tells. Upstream: cmd/kubeadm/app/cmd/util/join.go. */
import { sha256 } from "../../../base/digests.ts";
import { parseCertificate } from "../../../base/x509/certificate.ts";
import { clusterKeys } from "../../../sim/cluster-keys.ts";
import type { NodeHost } from "../node-host.ts";

/** On one line. */
export function joinCommand(host: NodeHost, token: string): string {
  return `kubeadm join ${host.server.replace("https://", "")} --token ${token} --discovery-token-ca-cert-hash ${authorityHash(host)} `;
}

/** Of the authority's public key, as `openssl dgst -sha256` has it. */
function authorityHash({ kubelet }: NodeHost): string {
  return `sha256:${sha256(parseCertificate(clusterKeys(kubelet.sim).authority.certificate)?.publicKey ?? [])}`;
}

/** Over several lines. */
function worker(host: NodeHost, token: string): string {
  return joinCommand(host, token).replace(" --discovery", " \\\n\t--discovery");
}

export function successText(
  host: NodeHost,
  how: { token: string; endpoint: string; certificateKey: string | undefined },
): string {
  return `
Your Kubernetes control-plane has initialized successfully!

To start using your cluster, you need to run the following as a regular user:

  mkdir -p $HOME/.kube
  sudo cp -i /etc/kubernetes/admin.conf $HOME/.kube/config
  sudo chown $(id -u):$(id -g) $HOME/.kube/config

Alternatively, if you are the root user, you can run:

  export KUBECONFIG=/etc/kubernetes/admin.conf

You should now deploy a pod network to the cluster.
Run "kubectl apply -f [podnetwork].yaml" with one of the options listed at:
  https://kubernetes.io/docs/concepts/cluster-administration/addons/

${controlPlaneText(host, how)}Then you can join any number of worker nodes by running the following on each as root:

${worker(host, how.token)}
`;
}

function controlPlaneText(
  host: NodeHost,
  { token, endpoint, certificateKey }: { token: string; endpoint: string; certificateKey: string | undefined },
): string {
  if (endpoint === "") return "";
  const command = `  ${worker(host, token)}\\\n\t--control-plane`;
  return certificateKey === undefined
    ? `You can now join any number of control-plane nodes by copying certificate authorities
and service account keys on each node and then running the following as root:

${command} 

`
    : `You can now join any number of the control-plane node running the following command on each as root:

${command} --certificate-key ${certificateKey}

Please note that the certificate-key gives access to cluster sensitive data, keep it secret!
As a safeguard, uploaded-certs will be deleted in two hours; If necessary, you can use
"kubeadm init phase upload-certs --upload-certs" to reload certs afterward.

`;
}
