/** One numbered database of a Redis server: keys with values of five types, which may expire. */

export interface Values {
  string: { value: string };
  list: { items: string[] };
  hash: { fields: Map<string, string> };
  set: { members: Set<string> };
  zset: { scores: Map<string, number> };
}
export type ValueType = keyof Values;

interface Entry {
  type: ValueType;
  value: Values[ValueType];
  /** Virtual milliseconds; absent: never. */
  expiresAt?: number;
}

/** What a command answers instead of its result. */
export class RedisError extends Error {}

const EMPTY: { readonly [Type in ValueType]: () => Values[Type] } = {
  string: () => ({ value: "" }),
  list: () => ({ items: [] }),
  hash: () => ({ fields: new Map() }),
  set: () => ({ members: new Set() }),
  zset: () => ({ scores: new Map() }),
};

/** Roughly what the real server keeps for a key beside its text. */
const BYTES_A_KEY = 72;

export class Database {
  /** In the order of their last use, which is what eviction goes by. */
  private readonly entries = new Map<string, Entry>();

  readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  private find(key: string): Entry | undefined {
    const entry = this.entries.get(key);
    if (entry?.expiresAt === undefined || entry.expiresAt > this.now()) return entry;
    this.entries.delete(key);
    return undefined;
  }

  get<Type extends ValueType>(key: string, type: Type): Values[Type] | undefined {
    const entry = this.find(key);
    if (entry === undefined) return undefined;
    if (entry.type !== type) throw new RedisError("WRONGTYPE Operation against a key holding the wrong kind of value");
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value as Values[Type];
  }

  /** The value, made empty where there is none. */
  make<Type extends ValueType>(key: string, type: Type): Values[Type] {
    const known = this.get(key, type);
    if (known !== undefined) return known;
    const value = EMPTY[type]() as Values[Type];
    this.entries.set(key, { type, value });
    return value;
  }

  /** Replaces what is there, of whatever type, and its expiry. */
  set(key: string, value: string): void {
    this.entries.delete(key);
    this.entries.set(key, { type: "string", value: { value } });
  }

  delete(key: string): boolean {
    return this.find(key) !== undefined && this.entries.delete(key);
  }

  has(key: string): boolean {
    return this.find(key) !== undefined;
  }

  typeOf(key: string): ValueType | undefined {
    return this.find(key)?.type;
  }

  rename(from: string, to: string): boolean {
    const entry = this.find(from);
    if (entry === undefined) return false;
    this.entries.delete(from);
    this.entries.set(to, entry);
    return true;
  }

  expiry(key: string): number | undefined {
    return this.find(key)?.expiresAt;
  }

  expire(key: string, at: number | undefined): boolean {
    const entry = this.find(key);
    if (entry === undefined) return false;
    if (at === undefined) delete entry.expiresAt;
    else entry.expiresAt = at;
    return true;
  }

  keys(): string[] {
    return [...this.entries.keys()].filter((key) => this.find(key) !== undefined);
  }

  clear(): void {
    this.entries.clear();
  }

  /** Roughly what it takes in memory. */
  bytes(): number {
    let total = 0;
    for (const [key, { value }] of this.entries) total += BYTES_A_KEY + 2 * key.length + sizeOf(value);
    return total;
  }

  /** Gives up the key that was used longest ago; false when none may go. */
  evict(onlyExpiring: boolean): boolean {
    for (const [key, { expiresAt }] of this.entries) {
      if (!onlyExpiring || expiresAt !== undefined) return this.entries.delete(key);
    }
    return false;
  }

  /** Commands that make a key what it is now. */
  commandsOf(key: string): string[][] {
    const entry = this.find(key);
    if (entry === undefined) return [];
    const { value, expiresAt } = entry;
    const making = makingOf(key, value);
    return expiresAt === undefined ? [making] : [making, ["PEXPIREAT", key, String(expiresAt)]];
  }
}

function sizeOf(value: Values[ValueType]): number {
  return makingOf("", value).reduce((sum, word) => sum + word.length, 0);
}

function makingOf(key: string, value: Values[ValueType]): string[] {
  if ("value" in value) return ["SET", key, value.value];
  if ("items" in value) return ["RPUSH", key, ...value.items];
  if ("fields" in value) return ["HSET", key, ...[...value.fields].flat()];
  if ("members" in value) return ["SADD", key, ...value.members];
  return ["ZADD", key, ...[...value.scores].flatMap(([member, score]) => [String(score), member])];
}
