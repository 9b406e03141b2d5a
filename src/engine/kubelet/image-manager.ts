/**
 * Brings images to the node for containers that are about to start. Upstream: pkg/kubelet/images/image_manager.go.
 * One pull at a time on a node, unless `serializeImagePulls` is off.
 */
import type { Container, Pod } from "../api/generated/types.ts";
import type { EventRecorder } from "../client/contracts.ts";
import { parseImageName } from "../runtime/containers/image-name.ts";
import type { ImageReference } from "../runtime/containers/image-name.ts";
import { mayUse } from "../runtime/containers/image-store.ts";
import type { ImageStore, LocalImage, RegistryLogin } from "../runtime/containers/image-store.ts";
import type { Simulation } from "../sim/simulation.ts";
import { formatGoDuration } from "../base/go-duration.ts";
import { BackOff } from "./back-off.ts";
import { containerPath } from "./container-path.ts";

export type ImageOutcome =
  | { image: LocalImage }
  | {
      /** Waiting reason: ErrImagePull, ImagePullBackOff, InvalidImageName, ErrImageNeverPull. */
      reason: string;
      message: string;
      /** When to try again; undefined: when the pod is synced again. */
      retryAt: number | undefined;
      /** True iff nothing new is to be expected of a retry. */
      settled: boolean;
    };

interface Request {
  reference: ImageReference;
  podUid: string;
  start(): () => void;
  cancel: () => void;
}

interface Failure {
  backOff: BackOff;
  at: number;
  message: string;
}

export class ImageManager {
  private readonly sim: Simulation;
  private readonly store: ImageStore;
  private readonly events: EventRecorder;
  private readonly waiting: Request[] = [];
  private readonly active = new Set<Request>();
  private readonly parallel: () => number;
  /** By pod uid and image: exactly the pulls that failed and weren't made good. */
  private readonly failures = new Map<string, Failure>();

  private readonly logins: (pod: Pod, registry: string) => readonly RegistryLogin[];

  /** `logins`: what the pod's secrets have for a registry. `parallel`: how many pulls at a time. */
  constructor(
    sim: Simulation,
    {
      store,
      events,
      logins,
      parallel,
    }: {
      store: ImageStore;
      events: EventRecorder;
      logins: (pod: Pod, registry: string) => readonly RegistryLogin[];
      parallel: () => number;
    },
  ) {
    this.sim = sim;
    this.logins = logins;
    this.parallel = parallel;
    this.store = store;
    this.events = events;
  }

  /** Answers at once when no pull is needed. Returns the function that gives up waiting. */
  ensure(pod: Pod, container: Container, done: (outcome: ImageOutcome) => void): () => void {
    const name = container.image ?? "";
    const reference = parseImageName(name);
    if ("error" in reference) {
      const message = `Failed to apply default image tag ${JSON.stringify(name)}: couldn't parse image name ${JSON.stringify(name)}: ${reference.error}`;
      this.tell(pod, container, { type: "Warning", reason: "InspectFailed", message });
      done({ reason: "InvalidImageName", message, retryAt: undefined, settled: true });
      return nothing;
    }
    const registry = reference.repository.slice(0, reference.repository.indexOf("/"));
    const found = this.store.get(reference);
    // An image that needed a password is there for those alone who have it (KubeletEnsureSecretPulledImages).
    const logins = found?.definition.login === undefined ? [] : this.logins(pod, registry);
    const present = found !== undefined && mayUse(found.definition, logins) ? found : undefined;
    const policy = container.imagePullPolicy ?? "IfNotPresent";
    if (present !== undefined && policy !== "Always") {
      const message = `Container image ${JSON.stringify(name)} already present on machine and can be accessed by the pod`;
      this.tell(pod, container, { type: "Normal", reason: "Pulled", message });
      done({ image: present });
      return nothing;
    }
    if (policy === "Never") {
      const message = `Container image ${JSON.stringify(name)} is not present with pull policy of Never`;
      this.tell(pod, container, { type: "Warning", reason: "ErrImageNeverPull", message });
      done({ reason: "ErrImageNeverPull", message, retryAt: undefined, settled: true });
      return nothing;
    }
    const failure = this.failures.get(`${pod.metadata.uid}_${name}`);
    const retryAt = failure?.backOff.until(failure.at) ?? 0;
    if (failure !== undefined && this.sim.now < retryAt) {
      const back = `Back-off pulling image ${JSON.stringify(name)}`;
      this.tell(pod, container, { type: "Normal", reason: "BackOff", message: back });
      const { settled } = failure.backOff;
      done({ reason: "ImagePullBackOff", message: `${back}: ErrImagePull: ${failure.message}`, retryAt, settled });
      return nothing;
    }
    return this.enqueue(pod, container, { reference, done, logins: this.logins(pod, registry) });
  }

  /** Forgets the pulls of a pod that is gone. */
  forget(pod: Pod): void {
    if (this.failures.size === 0) return;
    for (const { image } of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]) {
      this.failures.delete(`${pod.metadata.uid}_${image}`);
    }
  }

  private enqueue(
    pod: Pod,
    container: Container,
    want: {
      reference: ImageReference;
      logins: readonly RegistryLogin[];
      done: (outcome: ImageOutcome) => void;
    },
  ): () => void {
    const { sim, store } = this;
    const name = container.image ?? "";
    const asked = sim.now;
    this.tell(pod, container, { type: "Normal", reason: "Pulling", message: `Pulling image ${JSON.stringify(name)}` });
    const request: Request = {
      reference: want.reference,
      podUid: pod.metadata.uid,
      cancel: nothing,
      start: () =>
        store.pull(want.reference, { podUid: pod.metadata.uid, logins: want.logins }, (result) => {
          this.active.delete(request);
          if ("error" in result) want.done(this.failed(pod, container, result.error));
          else {
            this.failures.delete(`${pod.metadata.uid}_${name}`);
            const took = formatGoDuration(result.tookMs);
            const message = `Successfully pulled image ${JSON.stringify(name)} in ${took} (${formatGoDuration(sim.now - asked)} including waiting). Image size: ${result.image.size} bytes.`;
            this.tell(pod, container, { type: "Normal", reason: "Pulled", message });
            want.done({ image: result.image });
          }
          this.next();
        }),
    };
    this.waiting.push(request);
    this.next();
    return () => {
      request.cancel();
      this.active.delete(request);
      const at = this.waiting.indexOf(request);
      if (at >= 0) this.waiting.splice(at, 1);
      this.next();
    };
  }

  private next(): void {
    while (this.active.size < this.parallel()) {
      const request = this.waiting.shift();
      if (request === undefined) return;
      this.active.add(request);
      request.cancel = request.start();
    }
  }

  private failed(pod: Pod, container: Container, error: string): ImageOutcome {
    const name = container.image ?? "";
    const key = `${pod.metadata.uid}_${name}`;
    const message = `Failed to pull image ${JSON.stringify(name)}: ${error}`;
    this.tell(pod, container, { type: "Warning", reason: "Failed", message });
    let failure = this.failures.get(key);
    if (failure === undefined) this.failures.set(key, (failure = { backOff: new BackOff(), at: 0, message: "" }));
    failure.at = this.sim.now;
    failure.message = error;
    failure.backOff.next(this.sim.now);
    const { settled } = failure.backOff;
    return { reason: "ErrImagePull", message: error, retryAt: failure.backOff.until(failure.at), settled };
  }

  private tell(
    pod: Pod,
    container: Container,
    event: { type: "Normal" | "Warning"; reason: string; message: string },
  ): void {
    const { type, reason, message } = event;
    const fieldPath = container.name === "" ? undefined : containerPath(pod, container);
    this.events.event(pod, type, { reason, message, ...(fieldPath !== undefined && { fieldPath }) });
  }
}

function nothing(): void {}
