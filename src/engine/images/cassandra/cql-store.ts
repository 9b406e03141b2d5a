/**
 * What a ring keeps: entries that are known by a path, of which the newest counts wherever it was written. Upstream:
 * Cassandra's last-write-wins cells and tombstones.
 *
 * **Simplified:** every node keeps everything; a row is one cell.
 */
import { isObject, parseJson } from "../../base/json.ts";
import type { FileSystem } from "../../base/program.ts";

export interface Entry {
  /** `["shop"]` is a keyspace, `["shop", "ships"]` a table, `["shop", "ships", key]` a row. */
  path: readonly string[];
  at: number;
  /** null: it was removed. */
  value: unknown;
}

export class CqlStore {
  private readonly entries = new Map<string, Entry>();
  private readonly fs: FileSystem;
  private readonly file: string;
  private last = 0;

  constructor(fs: FileSystem, folder: string) {
    this.fs = fs;
    this.file = `${folder}/drydock.json`;
    fs.mkdir(folder, { recursive: true });
    const kept = fs.exists(this.file) ? parseJson(fs.readFile(this.file)) : [];
    if (Array.isArray(kept)) this.merge(kept as Entry[]);
  }

  get all(): Entry[] {
    return [...this.entries.values()];
  }

  get(path: readonly string[]): unknown {
    return this.entries.get(JSON.stringify(path))?.value ?? undefined;
  }

  /** What is there at this path and below it. */
  within(path: readonly string[]): Entry[] {
    return this.all.filter((each) => each.value !== null && path.every((word, at) => each.path[at] === word));
  }

  /** What is there right below it. */
  below(path: readonly string[]): Entry[] {
    return this.within(path).filter((each) => each.path.length === path.length + 1);
  }

  /** A write of this node's. Answers with what others are to be told. */
  put(path: readonly string[], value: unknown, now: number): Entry[] {
    return this.write([{ path, value }], now);
  }

  /** As `put`: these are not there any more. */
  remove(entries: readonly Entry[], now: number): Entry[] {
    return this.write(
      entries.map(({ path }) => ({ path, value: null })),
      now,
    );
  }

  private write(news: readonly Omit<Entry, "at">[], now: number): Entry[] {
    this.last = Math.max(now, this.last + 0.001);
    const entries = news.map((each) => ({ ...each, at: this.last }));
    this.merge(entries);
    return entries;
  }

  merge(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (!isObject(entry) || !Array.isArray(entry.path)) continue;
      const id = JSON.stringify(entry.path);
      const own = this.entries.get(id);
      if (own === undefined || own.at < entry.at) this.entries.set(id, entry);
    }
    if (entries.length > 0) this.fs.writeFile(this.file, JSON.stringify(this.all));
  }
}
