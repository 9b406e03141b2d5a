import type { Volume } from "../api/generated/types.ts";
import type { FileSystem, MountDevice } from "../base/program.ts";
import { utf8Length } from "../runtime/file-nodes.ts";
import { pagesOf, writtenMemory } from "../storage/memory-device.ts";
import { payloadFolder, samePayload, writePayload } from "../storage/payload-directory.ts";
import type { VolumeFiles, VolumeHost, VolumePlace } from "../storage/volume-plugin.ts";
import { setOwnership } from "./volume-ownership.ts";

/** A volume whose files follow their source. Nothing is written before somebody looks: most are never read. */
export class LiveFiles implements VolumePlace {
  readonly root = "";
  readonly readOnly = true;
  private readonly host: VolumeHost;
  private readonly volume: Volume;
  private files: VolumeFiles;
  private made: FileSystem | undefined;

  constructor(files: VolumeFiles, of: { host: VolumeHost; volume: Volume }) {
    this.files = files;
    this.host = of.host;
    this.volume = of.volume;
  }

  get fs(): FileSystem {
    if (this.made === undefined) {
      this.made = this.host.newFileSystem();
      this.made.chmod("/", 0o777);
      this.write(this.made);
    }
    return this.made;
  }

  /** A ConfigMap's files lie on the node's disk, all others in its memory. Upstream: wrappedVolumeSpec of each plugin. */
  get device(): MountDevice | undefined {
    if (this.volume.configMap !== undefined) return undefined;
    const pages = () => Object.values(this.files).reduce((sum, { text }) => sum + pagesOf(utf8Length(text)), 0);
    return writtenMemory(this.host, pages);
  }

  update(files: VolumeFiles): void {
    if (samePayload(this.files, files)) return;
    this.files = files;
    if (this.made !== undefined) this.write(this.made);
  }

  private write(fs: FileSystem): void {
    const { host, volume } = this;
    // The name of the next directory that holds the files.
    const folder = payloadFolder(host.now(), `${host.pod.metadata.uid}/${volume.name}`);
    writePayload(fs, this.files, folder);
    setOwnership(host.pod, volume, { fs, root: "", readOnly: true });
  }
}
