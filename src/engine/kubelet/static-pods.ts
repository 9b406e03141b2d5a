/**
 * Pods from the node's own manifests and the mirror pods that show them in the API.
 * Upstream: pkg/kubelet/config/{file,common}.go, pkg/kubelet/pod/mirror_client.go.
 *
 * The folder is read when the kubelet starts and whenever something in it changes. As upstream, a file that can't be read
 * leaves its pod alone at first; the look at the whole folder that follows takes the pod away.
 * **Simplified:** that look comes 20 s after the change, not at every 20 s.
 */
import { pods } from "../api/core/pod/index.ts";
import type { Pod } from "../api/generated/types.ts";
import { StatusError, isAlreadyExists } from "../api/meta/status-error.ts";
import { stableStringify } from "../base/json.ts";
import { formatTime } from "../base/time.ts";
import { hex64 } from "../runtime/containers/identity.ts";
import type { Timer } from "../sim/event-queue.ts";
import type { Kubelet } from "./kubelet.ts";
import { readStaticPod } from "./static-pod-file.ts";
import type { ManifestFile, StaticPodManifest } from "./static-pod-file.ts";

const MIRROR = "kubernetes.io/config.mirror";
const HASH = "kubernetes.io/config.hash";
const SEEN = "kubernetes.io/config.seen";
const SOURCE = "kubernetes.io/config.source";
/** The API server is not there yet: tried again at each pod sync. */
const RETRY = 2000;
/** From a change in the folder until it is read, and until the whole folder is (fileCheckFrequency). */
const NOTICE = 500;
const FULL_LOOK = 20_000;

export function isMirrorPod(pod: Pod): boolean {
  return pod.metadata.annotations?.[MIRROR] !== undefined;
}

export class StaticPods {
  private readonly kubelet: Kubelet;
  private readonly folder: () => Iterable<ManifestFile>;
  /** By path: the pods that the folder asks for. */
  private readonly pods = new Map<string, Pod>();
  private notice: Timer | undefined;
  private fullLook: Timer | undefined;

  constructor(kubelet: Kubelet, folder: () => Iterable<ManifestFile>) {
    this.kubelet = kubelet;
    this.folder = folder;
  }

  start(): void {
    this.read({ whole: true });
    for (const { isStatic, pod } of [...this.kubelet.allWorkers()]) {
      const { namespace, name, uid } = pod.metadata;
      if (isStatic && this.find(namespace, name)?.metadata.uid !== uid) this.end(pod);
    }
    for (const pod of this.pods.values()) this.mirror(pod);
  }

  stop(): void {
    this.kubelet.sim.cancel(this.notice);
    this.kubelet.sim.cancel(this.fullLook);
  }

  /** Something in the folder has changed. */
  changed(): void {
    const { sim, active } = this.kubelet;
    if (!active || this.notice?.state === "scheduled") return;
    this.notice = sim.after(NOTICE, () => this.read({ whole: false }));
  }

  /** A worker has ended: another version of its pod may wait for it. */
  retired(namespace: string, name: string): void {
    const next = this.find(namespace, name);
    if (next === undefined || !this.kubelet.active) return;
    this.kubelet.run(next, { isStatic: true });
    this.mirror(next);
  }

  mirrorSeen(mirror: Pod): void {
    const { namespace, name } = mirror.metadata;
    const pod = this.find(namespace, name);
    const wanted = mirror.metadata.deletionTimestamp === undefined && pod !== undefined && isMirrorOf(mirror, pod);
    if (wanted) this.kubelet.worker(namespace, name)?.status.soon();
    else this.remove(mirror);
  }

  /** Somebody deleted the mirror: the pod itself runs on, and a new mirror shows it. */
  mirrorGone(mirror: Pod): void {
    const pod = this.find(mirror.metadata.namespace, mirror.metadata.name);
    if (pod !== undefined && this.kubelet.active) this.mirror(pod);
  }

  private find(namespace: string, name: string): Pod | undefined {
    for (const pod of this.pods.values()) {
      if (pod.metadata.namespace === namespace && pod.metadata.name === name) return pod;
    }
    return undefined;
  }

  /** `whole`: what can't be read counts as gone. */
  private read({ whole }: { whole: boolean }): void {
    const { kubelet } = this;
    const gone = new Map(this.pods);
    let broken = false;
    for (const file of this.folder()) {
      const manifest = readStaticPod(file);
      if ("error" in manifest) {
        broken = true;
        const values = { err: manifest.error, path: file.path };
        kubelet.log.error("file.go:187", "Could not process manifest file", values);
        if (!whole) gone.delete(file.path);
        continue;
      }
      const pod = this.fromManifest(manifest);
      const known = gone.get(file.path);
      gone.delete(file.path);
      if (known?.metadata.uid === pod.metadata.uid) continue;
      if (known !== undefined) this.withdraw(file.path, known);
      this.add(file.path, pod);
    }
    for (const [path, pod] of gone) this.withdraw(path, pod);
    kubelet.sim.cancel(this.fullLook);
    if (broken && !whole) {
      this.fullLook = kubelet.sim.after(FULL_LOOK, () => {
        if (kubelet.active) this.read({ whole: true });
      });
    }
  }

  private add(path: string, pod: Pod): void {
    const { kubelet } = this;
    const { namespace, name } = pod.metadata;
    this.pods.set(path, pod);
    const present = kubelet.worker(namespace, name);
    if (present === undefined) {
      kubelet.run(pod, { isStatic: true });
      this.mirror(pod);
    } else if (present.pod.metadata.uid !== pod.metadata.uid) this.end(present.pod);
  }

  private withdraw(path: string, pod: Pod): void {
    this.pods.delete(path);
    this.end(pod);
    const mirror = this.kubelet.mirror(pod.metadata.namespace, pod.metadata.name);
    if (mirror !== undefined) this.remove(mirror);
  }

  private end({ metadata: { namespace, name }, spec }: Pod): void {
    const worker = this.kubelet.worker(namespace, name);
    worker?.terminate(spec.terminationGracePeriodSeconds ?? 30);
    if (worker?.termination !== undefined) worker.termination.forgotten = true;
  }

  private mirror(pod: Pod): void {
    const { kubelet } = this;
    const { namespace, name, labels, annotations } = pod.metadata;
    if (kubelet.worker(namespace, name)?.pod.metadata.uid !== pod.metadata.uid) return;
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
      const values = { err: error.message, pod: `${namespace}/${name}` };
      if (isAlreadyExists(error)) return;
      kubelet.log.error("kubelet.go:3196", "Failed creating a mirror pod", values);
      kubelet.sim.after(RETRY, () => {
        if (kubelet.active && this.find(namespace, name) === pod) this.mirror(pod);
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
        uid: hash,
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

function isMirrorOf(mirror: Pod, pod: Pod): boolean {
  return mirror.metadata.annotations?.[MIRROR] === pod.metadata.annotations?.[HASH];
}
