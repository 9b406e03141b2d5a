/**
 * The volumes of one pod: set up before its sandbox, mounted into its containers, refreshed while it runs.
 * Upstream: pkg/kubelet/volumemanager, pkg/volume/*.
 *
 * Which kinds there are says engine/storage; any other kind keeps the pod waiting with a FailedMount event that says so.
 * **Simplified:** a subPath of a configMap or secret follows its source too, where upstream's stays as it was.
 */
import type { Volume } from "../api/generated/types.ts";
import { SystemError } from "../base/program.ts";
import type { FileSystem } from "../base/program.ts";
import type { Mount } from "../runtime/containers/mounts.ts";
import { MemoryFileSystem } from "../runtime/memory-file-system.ts";
import type { Timer } from "../sim/event-queue.ts";
import { pluginFor } from "../storage/registry.ts";
import { VolumeError } from "../storage/volume-plugin.ts";
import type { VolumeFiles, VolumeHost, VolumePlace } from "../storage/volume-plugin.ts";
import { BackOffTimer } from "./mount-back-off.ts";
import type { ContainerSlot } from "./container-slot.ts";
import { ConfigError } from "./environment.ts";
import { expand } from "./expansion.ts";
import type { PodWorker } from "./pod-worker.ts";
import { setOwnership } from "./volume-ownership.ts";

/** Upstream refreshes at each pod sync, about once a minute. */
const REFRESH = 60_000;
const REFRESH_JITTER = 30_000;
const MAX_MESSAGE = 4096;
const LOG_MESSAGE_BYTES = 2048;
const LOG_MESSAGE_LINES = 80;

interface Mounted extends VolumePlace {
  /** What it was last filled with; absent for a volume that has a place of its own. */
  files?: VolumeFiles;
}

export class PodVolumes {
  private readonly worker: PodWorker;
  private readonly mounted = new Map<string, Mounted>();
  private readonly backOff: BackOffTimer;
  private refresh: Timer | undefined;

  constructor(worker: PodWorker) {
    this.worker = worker;
    this.backOff = new BackOffTimer(worker.ctx.sim);
  }

  /** True when all volumes are there; else tries again by itself and calls `again`. */
  setUp(again: () => void): boolean {
    if (this.backOff.waiting) return false;
    const { pod, ctx } = this.worker;
    let live = false;
    for (const volume of pod.spec.volumes ?? []) {
      if (this.mounted.has(volume.name)) continue;
      try {
        this.mounted.set(volume.name, this.mount(volume));
      } catch (error) {
        if (!isExpected(error)) throw error;
        const message = `MountVolume.SetUp failed for volume ${JSON.stringify(volume.name)} : ${error.message}`;
        ctx.events.event(pod, "Warning", { reason: "FailedMount", message });
        this.backOff.again(again);
        return false;
      }
    }
    for (const { files } of this.mounted.values()) live ||= files !== undefined;
    if (live) this.refreshLater();
    return true;
  }

  /** What is mounted into a container. Throws a ConfigError. */
  mountsFor(slot: ContainerSlot, env: Readonly<Record<string, string>>): Mount[] {
    const mounts: Mount[] = [];
    for (const mount of slot.spec.volumeMounts ?? []) {
      const volume = this.mounted.get(mount.name);
      if (volume === undefined)
        throw new ConfigError(
          `cannot find volume ${JSON.stringify(mount.name)} to mount into container ${JSON.stringify(slot.name)}`,
        );
      const sub =
        mount.subPathExpr === undefined ? (mount.subPath ?? "") : expand(mount.subPathExpr, (name) => env[name]);
      const from = sub === "" ? volume.root : `${volume.root}/${sub}`;
      if (sub !== "" && !volume.fs.exists(from)) volume.fs.mkdir(from, { recursive: true });
      const path =
        mount.mountPath.length > 1 && mount.mountPath.endsWith("/") ? mount.mountPath.slice(0, -1) : mount.mountPath;
      mounts.push({
        path,
        // Looked at when somebody reads there: most places are made only then.
        get fs() {
          return volume.fs;
        },
        from,
        readOnly: mount.readOnly === true || volume.files !== undefined || volume.readOnly === true,
      });
    }
    return mounts;
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

  stop(): void {
    this.worker.ctx.sim.cancel(this.refresh);
    this.backOff.stop();
  }

  private mount(volume: Volume): Mounted {
    const plugin = pluginFor(volume);
    const host = this.host();
    if (plugin.place !== undefined) {
      const place = plugin.place(volume, host);
      setOwnership(this.worker.pod, volume, place);
      return place;
    }
    const files = plugin.files?.(volume, host) ?? {};
    const fs = host.newFileSystem();
    writeFiles(fs, files);
    setOwnership(this.worker.pod, volume, { fs, root: "", files });
    return { fs, root: "", files };
  }

  private host(): VolumeHost {
    const { pod, ctx, sandbox } = this.worker;
    const { sim, config, disk, allocatable, node, requestToken, remoteFileSystem } = ctx;
    return {
      pod,
      facts: { podIP: sandbox?.ip ?? "", hostIP: node.address, allocatable },
      config,
      disk,
      remoteFileSystem,
      now: () => sim.now,
      requestToken: (source) => requestToken(pod, source),
      newFileSystem: () => new MemoryFileSystem({ now: () => sim.now }),
    };
  }

  private refreshLater(): void {
    const { sim, random } = this.worker.ctx;
    sim.cancel(this.refresh);
    this.refresh = sim.after(REFRESH + random.int(REFRESH_JITTER), () => this.update(), { background: true });
  }

  /** Brings changed ConfigMaps and Secrets into the volumes of running containers. */
  private update(): void {
    const { pod } = this.worker;
    for (const volume of pod.spec.volumes ?? []) {
      const mounted = this.mounted.get(volume.name);
      if (mounted?.files === undefined) continue;
      try {
        const files = pluginFor(volume).files?.(volume, this.host()) ?? {};
        for (const path in mounted.files) if (files[path] === undefined) mounted.fs.remove(`/${path}`);
        writeFiles(mounted.fs, files, mounted.files);
        mounted.files = files;
        setOwnership(pod, volume, mounted);
      } catch (error) {
        // As upstream: what is mounted stays while its source is gone.
        if (!isExpected(error) && !(error instanceof SystemError)) throw error;
      }
    }
    this.refreshLater();
  }
}

/** A volume that can't be set up now. Upstream tries again, whatever it is. */
function isExpected(error: unknown): error is Error {
  return error instanceof VolumeError || error instanceof ConfigError;
}

function writeFiles(fs: FileSystem, files: VolumeFiles, old: VolumeFiles = {}): void {
  for (const path in files) {
    const { text, mode } = files[path] as { text: string; mode: number };
    if (old[path]?.text === text) continue;
    const slash = path.lastIndexOf("/");
    if (slash > 0) fs.mkdir(`/${path.slice(0, slash)}`, { recursive: true });
    fs.writeFile(`/${path}`, text, { mode });
  }
}
