/** The images of a control plane: `kubeadm config images list` and `pull`. Upstream: cmd/kubeadm/app/images. */
import { stringify } from "yaml";
import { sleep } from "../../../base/syscalls.ts";
import type { Call } from "../../../base/syscalls.ts";
import { componentImage, COMPONENTS } from "../../static-pods.ts";
import { NEWEST, RELEASES } from "../../releases.ts";
import { COREDNS_IMAGE } from "../../bootstrap-dns.ts";
import { KubeadmError } from "./subcommand.ts";
import type { KubeadmCall, Subcommand } from "./subcommand.ts";

export const PAUSE_IMAGE = "registry.k8s.io/pause:3.10.2";
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
  flags: "kubernetes-version image-repository output/o",
  *run(call) {
    const repository = call.value("image-repository");
    const output = call.value("output") ?? "text";
    const images = imagesOf(call.value("kubernetes-version") ?? NEWEST).map((image) =>
      repository === undefined ? image : image.replace(/^registry\.k8s\.io\/(coredns\/)?/, `${repository}/`),
    );
    if (output === "text") yield* call.out(images.map((image) => `${image}\n`).join(""));
    else if (output === "json" || output === "yaml") {
      const value = { kind: "Images", apiVersion: "output.kubeadm.k8s.io/v1alpha3", images };
      yield* call.out(output === "json" ? `${JSON.stringify(value, null, 4)}\n` : yamlOf(value));
    } else throw new KubeadmError(`invalid output format: ${output}`);
    return 0;
  },
};

function yamlOf(value: object): string {
  return stringify(value, { indentSeq: false, sortMapEntries: true });
}

/** `prefix`: of the lines that it prints. */
export function* pullImages(call: KubeadmCall, release: string, prefix: string): Call<void> {
  yield* call.out(
    [
      "Pulling images required for setting up a Kubernetes cluster",
      "This might take a minute or two, depending on the speed of your internet connection",
      "You can also perform this action beforehand using 'kubeadm config images pull'",
    ]
      .map((line) => `[${prefix}] ${line}\n`)
      .join(""),
  );
  if (!RELEASES.includes(release)) {
    const lines = imagesOf(release)
      .slice(0, 4)
      .map((image) => ({
        check: "ImagePull",
        problem: `failed to pull image ${image}: rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`,
      }));
    yield* call.preflight(lines);
  }
  yield* load(call, imagesOf(release));
}

/** For one image of the control plane. */
const PULL_MS = 1500;

/** `kubeadm config images pull` */
export const pullAllImages: Subcommand = {
  flags: "kubernetes-version cri-socket",
  *run(call) {
    const release = call.value("kubernetes-version") ?? NEWEST;
    if (call.privilegeProblem.length > 0) {
      throw new KubeadmError("failed to create new CRI runtime service: connect: permission denied");
    }
    if (!RELEASES.includes(release)) {
      const [image] = imagesOf(release);
      throw new KubeadmError(`failed to pull image ${JSON.stringify(image)}: ${image}: not found`);
    }
    for (const image of imagesOf(release)) {
      yield* load(call, [image]);
      yield* call.out(`[config/images] Pulled ${image}\n`);
    }
    return 0;
  },
};

/** Those that are not on the node yet come. */
function* load(call: KubeadmCall, wanted: readonly string[]): Call<void> {
  const { images } = call.host.runtime;
  const present = new Set(images.list().map(({ reference }) => reference.full));
  const missing = wanted.filter((image) => !present.has(image));
  yield* sleep(PULL_MS * missing.length);
  for (const image of missing) images.preload(image);
}
