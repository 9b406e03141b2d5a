/** What the volumes of one pod may use of its node. Upstream: pkg/kubelet/volume_host.go. */
import type { PodFacts } from "../api/core/pod/field-reference.ts";
import type { Pod, ServiceAccountTokenProjection } from "../api/generated/types.ts";
import type { FileSystem } from "../base/program.ts";
import { MemoryFileSystem } from "../runtime/memory-file-system.ts";
import { SizedFileSystem } from "../runtime/sized-file-system.ts";
import type { NodeDriver } from "../storage/csi.ts";
import type { ConfigReader, GeneratingFileSystem, VolumeHost } from "../storage/volume-plugin.ts";
import { hostIPsOf } from "./kubelet-context.ts";
import type { PodWorker } from "./pod-worker.ts";

const DISK_LETTERS = "bcdefghijklmnopqrstuvwxyz";

/** A class, and no object of functions: each pod has one for as long as it lives. */
export class PodVolumeHost implements VolumeHost {
  private readonly worker: PodWorker;
  private waited: Set<string> | undefined;

  constructor(worker: PodWorker) {
    this.worker = worker;
  }

  /** Names of volumes that were asked for as attached ones, and are in use since. */
  get attachable(): ReadonlySet<string> | undefined {
    return this.waited;
  }

  /** None of them is in use any more. */
  detached(): void {
    this.waited = undefined;
  }

  get pod(): Pod {
    return this.worker.pod;
  }

  get facts(): PodFacts {
    const { ctx, sandbox } = this.worker;
    return { podIPs: sandbox?.ips ?? [], hostIPs: hostIPsOf(ctx.node), allocatable: ctx.allocatable };
  }

  get config(): ConfigReader {
    return this.worker.ctx.config;
  }

  get disk(): FileSystem {
    return this.worker.ctx.disk;
  }

  get nodeName(): string {
    return this.worker.ctx.node.name;
  }

  get nodeLabels(): Readonly<Record<string, string>> {
    return this.worker.ctx.nodeLabels;
  }

  get drivers(): readonly NodeDriver[] {
    return this.worker.ctx.csiDrivers;
  }

  now(): number {
    return this.worker.ctx.sim.now;
  }

  requestToken(source: ServiceAccountTokenProjection): string {
    return this.worker.ctx.requestToken(this.worker.pod, source);
  }

  newFileSystem(options: { capacity?: number } = {}): GeneratingFileSystem {
    const { sim, runtime } = this.worker.ctx;
    const how = { now: () => sim.now, changing: () => runtime.watch?.due() };
    const { capacity } = options;
    return capacity === undefined ? new MemoryFileSystem(how) : new SizedFileSystem({ ...how, capacity });
  }

  remoteFileSystem(name: string): SizedFileSystem {
    return this.worker.ctx.remoteFileSystem(name);
  }

  /** **Simplified:** disks are counted from `b` for each pod, not for the node. */
  diskName(uniqueName: string): string {
    return `/dev/sd${DISK_LETTERS[[...(this.waited ?? [])].indexOf(uniqueName)] ?? "b"}`;
  }

  isAttached(uniqueName: string): boolean {
    const { ctx } = this.worker;
    const waited = (this.waited ??= new Set());
    if (!waited.has(uniqueName)) {
      waited.add(uniqueName);
      ctx.statusChanged();
    }
    return ctx.isAttached(uniqueName);
  }
}
