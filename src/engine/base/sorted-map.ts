/**
 * Items kept in the order of their keys, in chunks of at most 512: finding is two binary searches, inserting and
 * removing move at most one chunk. Example: keys a, c, e in chunks [a c] [e]; inserting b moves c only.
 * What is added waits in a list of its own until somebody asks for the order: of many writes in a row none pays for it.
 */
const CHUNK = 512;

export interface Keyed {
  readonly key: string;
}

export class SortedMap<T extends Keyed> {
  /** No chunk is empty; keys rise within a chunk and from chunk to chunk. */
  private readonly chunks: T[][] = [];
  private total = 0;
  /** Added and not yet in a chunk, in the order of arrival; a later item replaces an earlier one of its key. */
  private arrived: T[] = [];

  get size(): number {
    this.settle();
    return this.total;
  }

  get(key: string): T | undefined {
    this.settle();
    const chunk = this.chunks[this.chunkFor(key)];
    if (chunk === undefined) return undefined;
    const item = chunk[lowerBound(chunk, key)];
    return item?.key === key ? item : undefined;
  }

  /** Adds an item; one with the same key is replaced. */
  set(item: T): void {
    this.arrived.push(item);
  }

  private settle(): void {
    if (this.arrived.length === 0) return;
    const { arrived } = this;
    this.arrived = [];
    for (const item of arrived) this.insert(item);
  }

  private insert(item: T): void {
    const index = this.chunkFor(item.key);
    const chunk = this.chunks[index];
    if (chunk === undefined) {
      this.chunks.push([item]);
      this.total++;
      return;
    }
    const at = lowerBound(chunk, item.key);
    if (chunk[at]?.key === item.key) {
      chunk[at] = item;
      return;
    }
    this.total++;
    if (at === chunk.length) chunk.push(item);
    else chunk.splice(at, 0, item);
    if (chunk.length > CHUNK) {
      // Keys that arrive in order fill chunks: only the last one is cut near its end.
      const cut = index === this.chunks.length - 1 && at === chunk.length - 1 ? CHUNK : CHUNK / 2;
      this.chunks.splice(index + 1, 0, chunk.splice(cut));
    }
  }

  delete(key: string): boolean {
    this.settle();
    const index = this.chunkFor(key);
    const chunk = this.chunks[index];
    if (chunk === undefined) return false;
    const at = lowerBound(chunk, key);
    if (chunk[at]?.key !== key) return false;
    this.total--;
    if (chunk.length === 1) this.chunks.splice(index, 1);
    else chunk.splice(at, 1);
    return true;
  }

  /** Calls `visit` for items whose key is at or after `from` and starts with `prefix`, in order, until it returns false. */
  scan(prefix: string, from: string, visit: (item: T) => boolean): void {
    this.settle();
    const start = from > prefix ? from : prefix;
    let index = this.chunkFor(start);
    let chunk = this.chunks[index];
    if (chunk === undefined) return;
    let at = lowerBound(chunk, start);
    for (;;) {
      if (at >= chunk.length) {
        chunk = this.chunks[++index];
        if (chunk === undefined) return;
        at = 0;
      }
      const item = chunk[at++] as T;
      if (!item.key.startsWith(prefix) || !visit(item)) return;
    }
  }

  /** How many keys start with `prefix` and are at or after `from`. */
  count(prefix: string, from = ""): number {
    this.settle();
    return this.rank(`${prefix}\uffff`) - this.rank(from > prefix ? from : prefix);
  }

  /** How many keys are before `key`. */
  private rank(key: string): number {
    const index = this.chunkFor(key);
    let rank = 0;
    for (let i = 0; i < index; i++) rank += (this.chunks[i] as T[]).length;
    const chunk = this.chunks[index];
    return chunk === undefined ? rank : rank + lowerBound(chunk, key);
  }

  /** Index of the last chunk that begins at or before `key`, 0 when all begin after it. */
  private chunkFor(key: string): number {
    let low = 0;
    let high = this.chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const [first] = this.chunks[middle] as [T];
      if (first.key <= key) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : low - 1;
  }
}

/** Index of the first item whose key is not before `key`. */
function lowerBound<T extends Keyed>(items: readonly T[], key: string): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((items[middle] as T).key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
