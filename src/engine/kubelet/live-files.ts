import type { FileSystem } from "../base/program.ts";
import { samePayload, writePayload } from "../storage/payload-directory.ts";
import type { VolumeFiles, VolumePlace } from "../storage/volume-plugin.ts";

/** A volume whose files follow their source. Nothing is written before somebody looks: most are never read. */
export class LiveFiles implements VolumePlace {
  readonly root = "";
  readonly readOnly = true;
  private readonly create: () => FileSystem;
  /** The name of the next directory that holds the files. */
  private readonly folder: () => string;
  private readonly written: (fs: FileSystem) => void;
  private files: VolumeFiles;
  private made: FileSystem | undefined;

  constructor(
    files: VolumeFiles,
    how: { create: () => FileSystem; folder: () => string; written: (fs: FileSystem) => void },
  ) {
    this.files = files;
    this.create = how.create;
    this.folder = how.folder;
    this.written = how.written;
  }

  get fs(): FileSystem {
    if (this.made === undefined) {
      this.made = this.create();
      this.write(this.made);
    }
    return this.made;
  }

  update(files: VolumeFiles): void {
    if (samePayload(this.files, files)) return;
    this.files = files;
    if (this.made !== undefined) this.write(this.made);
  }

  private write(fs: FileSystem): void {
    writePayload(fs, this.files, this.folder());
    this.written(fs);
  }
}
