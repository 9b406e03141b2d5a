/**
 * Pods from the node's own manifests and the mirror pods that show them in the API.
 * Upstream: pkg/kubelet/config/{file,common}.go, pkg/kubelet/pod/mirror_client.go.
 */
import { pods } from "../api/core/pod/index.ts";
import type { Pod } from "../api/generated/types.ts";
import { StatusError, isAlreadyExists } from "../api/meta/status-error.ts";
import { stableStringify } from "../base/json.ts";
import { formatTime } from "../base/time.ts";
import { hex64 } from "../runtime/containers/identity.ts";
import type { Kubelet, StaticPodManifest } from "./kubelet.ts";
import { uuid } from "./node-status.ts";

const MIRROR = "kubernetes.io/config.mirror";
const HASH = "kubernetes.io/config.hash";
const SEEN = "kubernetes.io/config.seen";
const SOURCE = "kubernetes.io/config.source";
/** The API server is not there yet: tried again at each pod sync. */
const RETRY = 2000;

export function isMirrorPod(pod: Pod): boolean {
  return pod.metadata.annotations?.[MIRROR] !== undefined;
}

export class StaticPods {
  private readonly kubelet: Kubelet;
  private readonly pods: Pod[];

  constructor(kubelet: Kubelet, manifests: readonly StaticPodManifest[]) {
    this.kubelet = kubelet;
    this.pods = manifests.map((manifest) => this.fromManifest(manifest));
  }

  start(): void {
    for (const pod of this.pods) {
      const { namespace, name } = pod.metadata;
      if (this.kubelet.worker(namespace, name) === undefined) this.kubelet.run(pod, { isStatic: true });
      this.mirror(pod);
    }
  }

  /** A manifest appeared in the node's folder. */
  add(manifest: StaticPodManifest): void {
    const pod = this.fromManifest(manifest);
    if (this.find(pod) !== undefined) return;
    this.pods.push(pod);
    if (this.kubelet.active) this.start();
  }

  /** A manifest was taken out of the node's folder: its pod ends and its mirror goes. */
  withdraw(manifest: StaticPodManifest): void {
    const pod = this.find(this.fromManifest(manifest));
    if (pod === undefined) return;
    this.pods.splice(this.pods.indexOf(pod), 1);
    const { namespace, name } = pod.metadata;
    const worker = this.kubelet.worker(namespace, name);
    worker?.terminate(pod.spec.terminationGracePeriodSeconds ?? 30);
    if (worker?.termination !== undefined) worker.termination.forgotten = true;
    const mirror = this.kubelet.mirror(namespace, name);
    if (mirror !== undefined) this.remove(mirror);
  }

  mirrorSeen(mirror: Pod): void {
    const worker = this.kubelet.worker(mirror.metadata.namespace, mirror.metadata.name);
    const wanted = mirror.metadata.deletionTimestamp === undefined && this.find(mirror) !== undefined;
    if (wanted) worker?.status.soon();
    else this.remove(mirror);
  }

  private find({ metadata: { namespace, name } }: Pod): Pod | undefined {
    return this.pods.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  }

  /** Somebody deleted the mirror: the pod itself runs on, and a new mirror shows it. */
  mirrorGone(mirror: Pod): void {
    const pod = this.find(mirror);
    if (pod !== undefined && this.kubelet.active) this.mirror(pod);
  }

  private mirror(pod: Pod): void {
    const { kubelet } = this;
    const { namespace, name, labels, annotations } = pod.metadata;
    const hash = annotations?.[HASH] ?? "";
    const owner = kubelet.nodeObject;
    try {
      kubelet.client.resource(pods).create({
        metadata: {
          namespace,
          name,
          ...(labels !== undefined && { labels }),
          annotations: { ...annotations, [MIRROR]: hash },
          ...(owner !== undefined && {
            ownerReferences: [
              { apiVersion: "v1", kind: "Node", name: owner.metadata.name, uid: owner.metadata.uid, controller: true },
            ],
          }),
        },
        spec: pod.spec,
      });
      kubelet.worker(namespace, name)?.status.soon();
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      if (isAlreadyExists(error)) return;
      kubelet.sim.after(RETRY, () => {
        if (kubelet.active) this.mirror(pod);
      });
    }
  }

  private remove(mirror: Pod): void {
    const { namespace, name, uid } = mirror.metadata;
    try {
      this.kubelet.client.resource(pods).delete(namespace, name, { gracePeriodSeconds: 0, preconditions: { uid } });
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
    }
  }

  private fromManifest({ metadata, spec }: StaticPodManifest): Pod {
    const { node, sim } = this.kubelet;
    const hash = hex64(`${node.name}/${stableStringify({ metadata, spec })}`).slice(0, 32);
    return {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        ...metadata,
        name: `${metadata.name}-${node.name}`,
        uid: uuid(hash),
        resourceVersion: "",
        creationTimestamp: formatTime(sim.now),
        annotations: { ...metadata.annotations, [HASH]: hash, [SEEN]: formatTime(sim.now), [SOURCE]: "file" },
      },
      spec: {
        ...spec,
        nodeName: node.name,
        tolerations: [...(spec.tolerations ?? []), { operator: "Exists", effect: "NoExecute" }],
      },
      status: {},
    };
  }
}
