/**
 * Takes images away that nobody uses, when the disk is fuller than it may be, or when they have been idle for too long.
 * Upstream: pkg/kubelet/images/image_gc_manager.go, pkg/kubelet/kubelet.go (StartGarbageCollection).
 *
 * Upstream looks each five minutes. Here a look is due at the next of these only when files or images have changed, after
 * one that failed, or when idle images are to go by their age: a quiet node costs nothing.
 *
 * **Simplified:** an image is noticed when it comes and when its last container goes, where upstream looks each five
 * minutes; containers that have ended stay with their pod, and keep their image.
 */
import { parseImageName } from "../runtime/containers/image-name.ts";
import type { LocalImage } from "../runtime/containers/image-store.ts";
import type { Timer } from "../sim/event-queue.ts";
import type { Kubelet } from "./kubelet.ts";
import { capacityOf, NodeLeft } from "./node-use.ts";

const PERIOD = 300_000;

interface Candidate {
  image: LocalImage;
  /** 0: not since the kubelet's start. */
  lastUsed: number;
  /** 0: before the kubelet's start. */
  detected: number;
}

export class ImageGarbageCollector {
  private readonly kubelet: Kubelet;
  private began = 0;
  private failed = false;
  private timer: Timer | undefined;

  constructor(kubelet: Kubelet) {
    this.kubelet = kubelet;
  }

  /** The kubelet has started: it knows nothing of earlier use. */
  begin(): void {
    this.began = this.kubelet.sim.now;
    this.failed = false;
    if (this.kubelet.settings.imageGarbage.maximumAgeMs > 0) this.due();
  }

  /** Files were written or images came. */
  due(): void {
    const { sim, active } = this.kubelet;
    if (!active || this.timer?.state === "scheduled") return;
    const elapsed = (sim.now - this.began) % PERIOD;
    this.timer = sim.after(PERIOD - elapsed, () => this.collect(), { background: true });
  }

  stop(): void {
    this.kubelet.sim.cancel(this.timer);
  }

  /** All that nobody uses and that are old enough. */
  deleteUnused(): void {
    this.freeSpace(Number.POSITIVE_INFINITY);
  }

  private collect(): void {
    const { kubelet } = this;
    const { high, maximumAgeMs } = kubelet.settings.imageGarbage;
    if (high === 100 && maximumAgeMs === 0) return;
    this.freeOld();
    const failure = this.freeToLow();
    if (failure !== undefined) {
      kubelet.tellNode("FreeDiskSpaceFailed", failure, "Warning");
      if (this.failed) kubelet.tellNode("ImageGCFailed", failure, "Warning");
    }
    this.failed = failure !== undefined;
    if (this.failed || maximumAgeMs > 0) this.due();
  }

  private freeOld(): void {
    const { settings, sim, runtime } = this.kubelet;
    const { maximumAgeMs } = settings.imageGarbage;
    if (maximumAgeMs === 0 || sim.now - this.began <= maximumAgeMs) return;
    for (const { image, lastUsed } of this.candidates()) {
      if (sim.now - lastUsed > maximumAgeMs) runtime.images.remove(image);
    }
  }

  /** What went wrong. */
  private freeToLow(): string | undefined {
    const { kubelet } = this;
    const { high, low } = kubelet.settings.imageGarbage;
    const capacity = capacityOf(kubelet, "ephemeral-storage");
    const available = Math.max(0, new NodeLeft(kubelet).of("ephemeral-storage"));
    const usage = 100 - Math.floor((available * 100) / capacity);
    if (usage < high) return undefined;
    const amountToFree = Math.floor((capacity * (100 - low)) / 100) - available;
    const words =
      "Disk usage on image filesystem is over the high threshold, trying to free bytes down to the low threshold";
    const numbers = { usage, highThreshold: high, amountToFree, lowThreshold: low };
    kubelet.log.info("image_gc_manager.go:398", words, numbers);
    const freed = this.freeSpace(amountToFree);
    if (freed >= amountToFree) return undefined;
    return `Failed to garbage collect required amount of images. Attempted to free ${amountToFree} bytes, but only found ${freed} bytes eligible to free.`;
  }

  /** Answers how many bytes it came to. */
  private freeSpace(bytes: number): number {
    const { settings, sim, runtime } = this.kubelet;
    let freed = 0;
    for (const { image, detected } of this.candidates()) {
      if (freed >= bytes) break;
      if (sim.now - detected < settings.imageGarbage.minimumAgeMs) continue;
      runtime.images.remove(image);
      freed += image.size;
    }
    return freed;
  }

  /** What no container was made of, the longest idle first. */
  private candidates(): Candidate[] {
    const { runtime } = this.kubelet;
    const used = runtime.imagesInUse();
    const mounted = this.mountedImages();
    const since = (time: number | undefined): number => (time === undefined || time < this.began ? 0 : time);
    return runtime.images
      .list()
      .filter((image) => !used.has(image) && !mounted.has(image))
      .map((image) => ({
        image,
        lastUsed: since(runtime.lastUse(image)),
        detected: since(runtime.images.arrival(image)),
      }))
      .sort((a, b) => a.lastUsed - b.lastUsed || a.detected - b.detected);
  }

  /** Those that are pods' volumes. */
  private mountedImages(): ReadonlySet<LocalImage | undefined> {
    const { images } = this.kubelet.runtime;
    const volumes = [...this.kubelet.allWorkers()].flatMap(({ pod }) => pod.spec.volumes ?? []);
    const references = volumes.flatMap(({ image }) =>
      image === undefined ? [] : parseImageName(image.reference ?? ""),
    );
    return new Set(references.flatMap((reference) => ("error" in reference ? [] : images.get(reference))));
  }
}
