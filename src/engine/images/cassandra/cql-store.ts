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

  /** What is there right below, by its last word. */
  below(path: readonly string[]): Map<string, unknown> {
    const found = new Map<string, unknown>();
    for (const { path: own, value } of this.entries.values()) {
      const isChild = own.length === path.length + 1 && path.every((word, at) => own[at] === word);
      if (isChild && value !== null) found.set(own.at(-1) as string, value);
    }
    return found;
  }

  /** A write of this node's; with `null` all that is below goes too. Answers with what others are to be told. */
  put(path: readonly string[], value: unknown, now: number): Entry[] {
    this.last = Math.max(now, this.last + 0.001);
    const gone = value === null ? this.all.filter((each) => path.every((word, at) => each.path[at] === word)) : [];
    const news = [{ path, at: this.last, value }, ...gone.map((each) => ({ ...each, at: this.last, value: null }))];
    this.merge(news);
    return news;
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
