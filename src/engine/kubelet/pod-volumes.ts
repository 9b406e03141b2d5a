/**
 * The volumes of one pod: set up before its sandbox, mounted into its containers, refreshed while it runs.
 * Upstream: pkg/kubelet/volumemanager, pkg/kubelet/kubelet_pods.go (makeMounts), pkg/volume/*.
 *
 * Which kinds there are says engine/storage; any other kind keeps the pod waiting with a FailedMount event that says so.
 * **Simplified:** no container mounts anything itself, so that mountPropagation has nothing to carry.
 */
import type { Pod, Volume, VolumeMount } from "../api/generated/types.ts";
import { SystemError } from "../base/program.ts";
import type { FileSystem, MountDevice } from "../base/program.ts";
import type { Mount } from "../runtime/containers/mounts.ts";
import { MemoryFileSystem } from "../runtime/memory-file-system.ts";
import type { Timer } from "../sim/event-queue.ts";
import { pluginFor } from "../storage/registry.ts";
import { NotAttachedError, UnknownVolumeError, VolumeError } from "../storage/volume-plugin.ts";
import type { VolumePlace } from "../storage/volume-plugin.ts";
import type { ContainerSlot } from "./container-slot.ts";
import { ConfigError } from "./environment.ts";
import { expand } from "./expansion.ts";
import { finishResize } from "./file-system-resize.ts";
import { LiveFiles } from "./live-files.ts";
import { BackOffTimer } from "./mount-back-off.ts";
import { PodVolumeHost } from "./pod-volume-host.ts";
import type { PodWorker } from "./pod-worker.ts";
import { syncRetry } from "./sync-retry.ts";
import { setOwnership } from "./volume-ownership.ts";
import { subPathPath, volumePath } from "./volume-path.ts";

/** A pod is synced about once a minute, and its volumes with it. */
const REFRESH = 60_000;
const REFRESH_JITTER = 30_000;
/** When the pod itself has changed, at the reconciler's next look. */
const REMOUNT = 200;
/** How long a pod's sync waits for its volumes. */
const WAIT = 123_000;
/** How often the node's status is asked whether a volume is attached. */
const ATTACH_CHECK = 1000;
const MAX_MESSAGE = 4096;
const LOG_MESSAGE_BYTES = 2048;
const LOG_MESSAGE_LINES = 80;

/** A volume of the pod that is there; names are unique. A list: most pods have one, and there are very many pods. */
interface MountedVolume {
  readonly name: string;
  readonly place: VolumePlace;
}

const NOTHING: readonly MountedVolume[] = [];
const NO_NAMES: ReadonlySet<string> = new Set();

export class PodVolumes {
  private readonly worker: PodWorker;
  private mounted: readonly MountedVolume[] = NOTHING;
  private backOff: BackOffTimer | undefined;
  private ownHost: PodVolumeHost | undefined;
  private refresh: Timer | undefined;
  /** Runs while volumes are waited for. */
  private timeout: Timer | undefined;

  constructor(worker: PodWorker) {
    this.worker = worker;
  }

  /** Names of its volumes that have to be attached. */
  get attachable(): ReadonlySet<string> {
    return this.ownHost?.attachable ?? NO_NAMES;
  }

  /** True when all volumes are there; else tries again by itself and calls `again`. */
  setUp(again: () => void): boolean {
    if (this.backOff?.waiting === true) return false;
    const { pod, ctx } = this.worker;
    const failures: { volume: Volume; error: Error }[] = [];
    for (const volume of pod.spec.volumes ?? []) {
      // An image's content comes with the images of the containers.
      if (this.has(volume.name) || volume.image !== undefined) continue;
      try {
        this.add(volume.name, this.mount(volume));
      } catch (error) {
        if (!isExpected(error)) throw error;
        failures.push({ volume, error });
      }
    }
    if (failures.length > 0) {
      this.setUpLater(failures, again);
      return false;
    }
    ctx.sim.cancel(this.timeout);
    this.resize();
    const follows = this.attachable.size > 0 || this.mounted.some(({ place }) => place instanceof LiveFiles);
    if (follows) this.refreshLater();
    return true;
  }

  private setUpLater(failures: readonly { volume: Volume; error: Error }[], again: () => void): void {
    const { pod, ctx } = this.worker;
    const { sim, random } = ctx;
    const backOff = (this.backOff ??= new BackOffTimer(sim));
    const names = (list: typeof failures): string => list.map(({ volume }) => volume.name).join(" ");
    const unknown = failures.filter(({ error }) => error instanceof UnknownVolumeError);
    const unattached = failures.filter(({ error }) => error instanceof NotAttachedError);
    const fail = (why: string): void => {
      const message = `Unable to attach or mount volumes: unmounted volumes=[${names(failures)}], unattached volumes=[${names(unattached)}], failed to process volumes=[${names(unknown)}]: ${why}`;
      ctx.events.event(pod, "Warning", { reason: "FailedMount", message });
    };
    for (const { volume, error } of failures) {
      if (unknown.length > 0 || error instanceof NotAttachedError) continue;
      const { operation, volume: own } = error instanceof VolumeError ? error : new VolumeError();
      const message = `${operation} failed for volume ${JSON.stringify(own ?? volume.name)} : ${error.message}`;
      ctx.events.event(pod, "Warning", { reason: "FailedMount", message });
    }
    if (unknown.length > 0) {
      sim.cancel(this.timeout);
      fail(unknown.map(({ error }) => error.message).join("; "));
      backOff.after(syncRetry(random), again, { background: true });
      return;
    }
    this.giveUpLater(WAIT, () => fail("context deadline exceeded"));
    if (unattached.length < failures.length) backOff.again(again);
    else backOff.after(ATTACH_CHECK, again, { background: this.waitsLong });
  }

  /** True once the wait for volumes has been given up before. */
  private waitsLong = false;

  private giveUpLater(ms: number, fail: () => void): void {
    const { sim, random } = this.worker.ctx;
    if (this.timeout?.state === "scheduled") return;
    const give = (): void => {
      this.waitsLong = true;
      fail();
      this.giveUpLater(WAIT + syncRetry(random), fail);
    };
    this.timeout = sim.after(ms, give, { background: true });
  }

  /** The pod's object has changed: files that tell of it, or of what else has changed, follow. */
  podChanged(before: Pod): void {
    const { pod, ctx } = this.worker;
    const { labels, annotations } = pod.metadata;
    if (before.metadata.labels === labels && before.metadata.annotations === annotations && before.spec === pod.spec) {
      return;
    }
    if (this.refresh?.state !== "scheduled") return;
    ctx.sim.cancel(this.refresh);
    this.refresh = ctx.sim.after(REMOUNT, () => this.update(), { background: true });
  }

  /** The content of an image that a volume is. */
  mountImage(name: string, fs: FileSystem): void {
    this.add(name, { fs, root: "", readOnly: true });
  }

  has(name: string): boolean {
    return this.placeOf(name) !== undefined;
  }

  private placeOf(name: string): VolumePlace | undefined {
    for (const volume of this.mounted) if (volume.name === name) return volume.place;
    return undefined;
  }

  private add(name: string, place: VolumePlace): void {
    const added = { name, place };
    this.mounted = this.mounted.filter((each) => each.name !== name).concat(added);
  }

  /** What is mounted into a container. Throws a ConfigError. */
  mountsFor(slot: ContainerSlot, env: Readonly<Record<string, string>>): Mount[] {
    const { pod } = this.worker;
    const devices = (slot.spec.volumeDevices ?? []).map(({ name, devicePath }): Mount => {
      const volume = this.placeOf(name);
      if (volume !== undefined) return { path: devicePath, fs: volume.fs, from: volume.root, readOnly: false };
      const [device, container] = [JSON.stringify(name), JSON.stringify(slot.name)];
      throw new ConfigError(`cannot find volume ${device} to pass into container ${container}`);
    });
    const mounts = (slot.spec.volumeMounts ?? []).map((mount, index): Mount => {
      const volume = this.placeOf(mount.name);
      if (volume === undefined)
        throw new ConfigError(
          `cannot find volume ${JSON.stringify(mount.name)} to mount into container ${JSON.stringify(slot.name)}`,
        );
      const readOnly = mount.readOnly === true || volume.readOnly === true;
      const path =
        mount.mountPath.length > 1 && mount.mountPath.endsWith("/") ? mount.mountPath.slice(0, -1) : mount.mountPath;
      const sub = subPathOf(mount, env);
      if (sub === "") {
        return new VolumeMountPlace(path, { pod, name: mount.name, volume, readOnly });
      }
      const { fs, from } = boundPart(volume, sub, { mount, container: slot.name });
      const inMemory = volume.memory === true;
      return {
        path,
        fs,
        from,
        readOnly,
        inMemory,
        device: volume.device,
        source: subPathPath(pod, mount.name, { container: slot.name, index }),
      };
    });
    return devices.length === 0 ? mounts : [...mounts, ...devices];
  }

  /** The message that a container left behind. Upstream: getTerminationMessage. */
  terminationMessage(slot: ContainerSlot): string | undefined {
    const { current, spec } = slot;
    const exit = current?.exit;
    if (current === undefined || exit === undefined || exit.reason === "StartError") return undefined;
    const path = spec.terminationMessagePath ?? "/dev/termination-log";
    const written = current.readIfMade(path);
    if (written !== undefined && written !== "") return written.slice(0, MAX_MESSAGE);
    if (spec.terminationMessagePolicy !== "FallbackToLogsOnError" || exit.exitCode === 0) return undefined;
    return current.log.tail(LOG_MESSAGE_LINES, LOG_MESSAGE_BYTES);
  }

  /** What is in a volume that has a file system of its own. */
  useOf(name: string): MemoryFileSystem["ownUse"] {
    const fs = this.placeOf(name)?.fs;
    return fs instanceof MemoryFileSystem ? fs.ownUse : { bytes: 0, inodes: 0 };
  }

  stop(): void {
    const { sim } = this.worker.ctx;
    sim.cancel(this.refresh);
    sim.cancel(this.timeout);
    this.backOff?.stop();
  }

  /** Nothing of them is in use any more. */
  tearDown(): void {
    this.stop();
    this.freeMemory();
    if (this.attachable.size === 0) return;
    this.ownHost?.detached();
    this.worker.ctx.statusChanged();
  }

  /** What was in the node's memory is lost. */
  powerOff(): void {
    this.stop();
    this.freeMemory();
  }

  private freeMemory(): void {
    const lost = this.mounted.filter(({ place }) => place.memory === true);
    if (lost.length === 0) return;
    for (const { place } of lost) this.worker.ctx.runtime.memoryInUse -= place.fs.space?.("/")?.used ?? 0;
    this.mounted = this.mounted.filter((each) => !lost.includes(each));
  }

  private mount(volume: Volume): VolumePlace {
    const plugin = pluginFor(volume);
    const { host } = this;
    const { pod } = this.worker;
    if (plugin.place !== undefined) {
      const place = plugin.place(volume, host);
      setOwnership(pod, volume, place);
      return place;
    }
    return new LiveFiles(plugin.files?.(volume, host) ?? {}, { host, volume });
  }

  private get host(): PodVolumeHost {
    return (this.ownHost ??= new PodVolumeHost(this.worker));
  }

  private refreshLater(): void {
    const { sim, random } = this.worker.ctx;
    sim.cancel(this.refresh);
    this.refresh = sim.after(REFRESH + random.int(REFRESH_JITTER), () => this.update(), { background: true });
  }

  /** Volumes that have grown since they were mounted. */
  private resize(): void {
    if (this.attachable.size === 0) return;
    const { pod, ctx } = this.worker;
    for (const volume of pod.spec.volumes ?? []) {
      try {
        finishResize(ctx, pod, volume);
      } catch (error) {
        // The claim can't be read, of a pod that is gone for instance: there will be another time.
        if (!isExpected(error)) throw error;
      }
    }
  }

  /** Brings changed ConfigMaps and Secrets into the volumes of running containers. */
  private update(): void {
    const { pod } = this.worker;
    this.resize();
    for (const volume of pod.spec.volumes ?? []) {
      const place = this.placeOf(volume.name);
      if (!(place instanceof LiveFiles)) continue;
      try {
        place.update(pluginFor(volume).files?.(volume, this.host) ?? {});
      } catch (error) {
        // As upstream: what is mounted stays while its source is gone.
        if (!isExpected(error) && !(error instanceof SystemError)) throw error;
      }
    }
    this.refreshLater();
  }
}

/** A whole volume in a container. Its file system is looked at when somebody reads there: most are made only then. */
class VolumeMountPlace implements Mount {
  readonly path: string;
  readonly readOnly: boolean;
  private readonly pod: Pod;
  private readonly name: string;
  private readonly volume: VolumePlace;

  constructor(path: string, of: { pod: Pod; name: string; volume: VolumePlace; readOnly: boolean }) {
    this.path = path;
    this.readOnly = of.readOnly;
    this.pod = of.pod;
    this.name = of.name;
    this.volume = of.volume;
  }

  get fs(): FileSystem {
    return this.volume.fs;
  }

  get from(): string {
    return this.volume.root;
  }

  get inMemory(): boolean {
    return this.volume.memory === true;
  }

  get device(): MountDevice | undefined {
    return this.volume.device;
  }

  get source(): string {
    return volumePath(this.pod, this.name, this.volume);
  }
}

/** A volume that can't be set up now. Upstream tries again, whatever it is. */
function isExpected(error: unknown): error is Error {
  return error instanceof VolumeError || error instanceof ConfigError;
}

/**
 * What a mount of one part of a volume binds, for good: files that change later are others, and links of a volume that
 * follows its source lead to files that stay.
 */
function boundPart(
  volume: VolumePlace,
  sub: string,
  where: { mount: VolumeMount; container: string },
): { fs: FileSystem; from: string } {
  const from = `${volume.root}/${sub}`;
  if (volume instanceof LiveFiles && volume.fs instanceof MemoryFileSystem) {
    const fs = new MemoryFileSystem({ base: volume.fs.snapshot() });
    if (!fs.exists(from)) makeSubPath(fs, from, where);
    return { fs, from: fs.realPath(from) };
  }
  if (!volume.fs.exists(from)) makeSubPath(volume.fs, from, where);
  return { fs: volume.fs, from };
}

/** As upstream, the message doesn't tell of the node's file system. */
function makeSubPath(fs: FileSystem, path: string, where: { mount: VolumeMount; container: string }): void {
  try {
    fs.mkdir(path, { recursive: true, mode: 0o750 });
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const { mount, container } = where;
    throw new ConfigError(
      `failed to create subPath directory for volumeMount ${JSON.stringify(mount.name)} of container ${JSON.stringify(container)}`,
    );
  }
}

/** Upstream: ExpandContainerVolumeMounts and the checks of makeMounts. */
function subPathOf({ subPath = "", subPathExpr = "" }: VolumeMount, env: Readonly<Record<string, string>>): string {
  if (subPathExpr === "" && subPath === "") return "";
  const sub =
    subPathExpr === ""
      ? subPath
      : expand(subPathExpr, (name) => {
          const value = env[name];
          if (value === undefined) throw new ConfigError(`missing value for ${JSON.stringify(name)}`);
          return value;
        });
  if (sub.startsWith("/")) throw new ConfigError(`error SubPath \`${sub}\` must not be an absolute path`);
  if (sub.split("/").includes("..")) {
    throw new ConfigError(`unable to provision SubPath \`${sub}\`: must not contain '..'`);
  }
  return sub;
}
