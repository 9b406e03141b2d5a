/**
 * Which data lies in which folder of a member of the cluster's etcd. The folder that it runs on holds a mark instead of a
 * database; data that it turned away from are kept under their number, so that the way back leads to them.
 *
 * **Simplified:** a copy of a running member's folder stands for the same data, not for those of its time: snapshots are
 * the way to keep them. Members of one cluster share one store.
 */
import type { FileSystem } from "../../base/program.ts";
import type { Contents, Keyspace } from "./keyspace.ts";
import { databasePath, liveMark, readMark, readSnapshot } from "./snapshot-file.ts";

/** What the installer left in /var/lib/etcd. */
export const FIRST_GENERATION = 0;

export class DataFolders {
  private readonly keyspace: Keyspace;
  /** Whose data the store holds now; the others are in `kept`. */
  private present = FIRST_GENERATION;
  private newest = FIRST_GENERATION;
  private readonly kept = new Map<number, Contents>();

  constructor(keyspace: Keyspace) {
    this.keyspace = keyspace;
  }

  /** Makes the store hold what lies in the folder. Answers with what is wrong, in etcd's words. `others`: whether some run. */
  open(fs: FileSystem, folder: string, others: boolean): string | undefined {
    const path = databasePath(folder);
    const text = fs.exists(path) ? fs.readFile(path) : undefined;
    const generation = text === undefined ? undefined : readMark(text);
    if (generation === this.present) return undefined;
    if (others) return "request cluster ID mismatch";
    const snapshot = text === undefined || generation !== undefined ? undefined : readSnapshot(text);
    const contents =
      text === undefined
        ? { items: [] }
        : generation !== undefined
          ? this.kept.get(generation)
          : typeof snapshot === "object"
            ? snapshot.contents
            : undefined;
    if (contents === undefined) return "failed to open database: invalid database";
    this.kept.set(this.present, this.keyspace.contents());
    this.keyspace.replace(contents);
    this.present = generation ?? ++this.newest;
    this.kept.delete(this.present);
    writeMark(fs, folder, this.present);
    return undefined;
  }
}

export function writeMark(fs: FileSystem, folder: string, generation: number): void {
  writeDatabase(fs, folder, liveMark(generation));
}

export function writeDatabase(fs: FileSystem, folder: string, text: string): void {
  fs.mkdir(`${folder}/member/snap`, { recursive: true });
  fs.mkdir(`${folder}/member/wal`, { recursive: true });
  fs.writeFile(databasePath(folder), text, { mode: 0o600 });
}
