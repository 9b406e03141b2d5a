import { csiVolumeName } from "../../api/storage/volume-names.ts";
import { copyTree } from "../../runtime/copy-tree.ts";
import type { MemoryFileSystem } from "../../runtime/memory-file-system.ts";
import type { HostPathOptions } from "./host-path-driver.ts";

/** What a driver's storage system does with what is in its volumes and snapshots, by their handles. */
export function volumeContents(
  driver: string,
  { now, fileSystem }: { now: () => number; fileSystem: (name: string) => MemoryFileSystem },
): HostPathOptions {
  const contents = (handle: string): MemoryFileSystem => fileSystem(csiVolumeName(driver, handle));
  return {
    now,
    copied: (from, to) => copyTree(contents(from), contents(to)),
    erased(handle) {
      const fs = contents(handle);
      for (const entry of fs.readdir("/")) fs.remove(`/${entry}`, { recursive: true });
    },
  };
}
