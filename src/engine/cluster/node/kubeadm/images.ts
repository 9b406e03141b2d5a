/** `kubeadm config images list`. Upstream: cmd/kubeadm/app/images. */
import { componentImage, COMPONENTS } from "../../static-pods.ts";
import { NEWEST } from "../../releases.ts";
import { COREDNS_IMAGE } from "../../bootstrap-dns.ts";
import type { Subcommand } from "./subcommand.ts";

export const PAUSE_IMAGE = "registry.k8s.io/pause:3.10.1";
const ORDER = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"] as const;

/** What a control plane of that release runs. */
export function imagesOf(release: string): string[] {
  const [etcd] = COMPONENTS;
  return [
    ...ORDER.map((each) => componentImage(each, release)),
    COREDNS_IMAGE,
    PAUSE_IMAGE,
    componentImage(etcd, release),
  ];
}

/** Without a version it asks for the newest release of its own minor version. */
export const listImages: Subcommand = {
  flags: "kubernetes-version",
  *run(call) {
    for (const image of imagesOf(call.value("kubernetes-version") ?? NEWEST)) yield* call.out(`${image}\n`);
    return 0;
  },
};
