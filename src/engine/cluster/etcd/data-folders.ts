/**
 * Which data lies in which folder of a member of the cluster's etcd. The folder that it runs on holds a mark instead of a
 * database; data that it turned away from are kept under their number, so that the way back leads to them.
 *
 * **Simplified:** a copy of a running member's folder stands for the same data, not for those of its time: snapshots are
 * the way to keep them. Members of one cluster share one store.
 */
import type { FileSystem } from "../../base/program.ts";
import type { Contents, Keyspace } from "./keyspace.ts";
import type { Member, Membership } from "./membership.ts";
import { databasePath, liveMark, readMark, readSnapshot } from "./snapshot-file.ts";

/** What the installer left in /var/lib/etcd. */
export const FIRST_GENERATION = 0;

/** What is kept while the store holds other data. */
interface Kept {
  readonly contents: Pick<Contents, "items">;
  readonly members: readonly Member[];
}

export class DataFolders {
  private readonly keyspace: Keyspace;
  private readonly membership: Membership;
  private readonly begun: () => void;
  /** Whose data the store holds now; the others are in `kept`. */
  private present = FIRST_GENERATION;
  private newest = FIRST_GENERATION;
  private readonly kept = new Map<number, Kept>();

  /** `begun`: called when the store holds nothing any more, since a member has begun with an empty folder. */
  constructor(keyspace: Keyspace, membership: Membership, begun: () => void) {
    this.keyspace = keyspace;
    this.membership = membership;
    this.begun = begun;
  }

  /**
   * Makes the store hold what lies in the folder of the member with that address for its peers. Answers with what is wrong,
   * in etcd's words.
   */
  open(fs: FileSystem, folder: string, peers: string): string | undefined {
    const { membership } = this;
    const path = databasePath(folder);
    const text = fs.exists(path) ? fs.readFile(path) : undefined;
    const generation = text === undefined ? undefined : readMark(text);
    const known = membership.at(peers);
    if (generation === this.present) {
      return known === undefined && membership.members.length > 0 ? REMOVED : undefined;
    }
    if (membership.anyRuns) {
      if (text !== undefined) return "request cluster ID mismatch";
      if (known === undefined)
        return `error validating peerURLs {"${peers}"}: unmatched member while checking PeerURLs`;
      if (known.name !== "") return `member ${known.id} has already been bootstrapped`;
      writeMark(fs, folder, this.present);
      return undefined;
    }
    const snapshot = text === undefined || generation !== undefined ? undefined : readSnapshot(text);
    const next: Kept | undefined =
      generation !== undefined
        ? this.kept.get(generation)
        : text === undefined
          ? NOTHING
          : typeof snapshot === "object"
            ? { contents: snapshot.contents, members: [] }
            : undefined;
    if (next === undefined) return "failed to open database: invalid database";
    this.kept.set(this.present, { contents: this.keyspace.contents(), members: membership.members });
    this.keyspace.replace(next.contents);
    membership.replace(next.members);
    if (next === NOTHING) this.begun();
    this.present = generation ?? ++this.newest;
    this.kept.delete(this.present);
    writeMark(fs, folder, this.present);
    return undefined;
  }
}

/** What a member says that has been removed, when that happens and at each start. */
export const REMOVED = "the member has been permanently removed from the cluster";
const NOTHING: Kept = { contents: { items: [] }, members: [] };

export function writeMark(fs: FileSystem, folder: string, generation: number): void {
  writeDatabase(fs, folder, liveMark(generation));
}

export function writeDatabase(fs: FileSystem, folder: string, text: string): void {
  fs.mkdir(`${folder}/member/snap`, { recursive: true });
  fs.mkdir(`${folder}/member/wal`, { recursive: true });
  fs.writeFile(databasePath(folder), text, { mode: 0o600 });
}
