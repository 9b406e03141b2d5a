/** The commands on data, by name: how many arguments each takes, whether it writes, and what it answers. */
import type { Database, ValueType } from "./database.ts";
import { RedisError } from "./database.ts";
import { OK } from "./resp.ts";
import type { Reply } from "./resp.ts";

export interface DataCommand {
  /** Arguments after its name: least and most. */
  least: number;
  most?: number;
  writes?: boolean;
  /** It sets an expiry or a value by chance: what goes to replicas and logs is the outcome, not the command. */
  byOutcome?: boolean;
  run(args: readonly string[], db: Database): Reply;
}

const NOT_INTEGER = "ERR value is not an integer or out of range";
const SYNTAX = "ERR syntax error";

export function integer(text: string | undefined): number {
  if (text === undefined || !/^-?\d{1,15}$/.test(text)) throw new RedisError(NOT_INTEGER);
  return Number(text);
}

function float(text: string): number {
  const value = text === "+inf" || text === "inf" ? Infinity : text === "-inf" ? -Infinity : Number(text);
  if (text.trim() === "" || Number.isNaN(value)) throw new RedisError("ERR value is not a valid float");
  return value;
}

/** `start` to `stop` as Redis counts: from the end where negative, both included. */
function range<T>(items: readonly T[], start: string, stop: string): T[] {
  const place = (text: string): number => (integer(text) < 0 ? integer(text) + items.length : integer(text));
  return items.slice(Math.max(0, place(start)), place(stop) + 1);
}

export function glob(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|\\]/g, "\\$&")
    .replaceAll("*", "[\\s\\S]*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`);
}

function pairs(args: readonly string[], name: string): [string, string][] {
  if (args.length % 2 !== 0) throw new RedisError(`ERR wrong number of arguments for '${name}' command`);
  return Array.from({ length: args.length / 2 }, (_, i) => [args[2 * i] as string, args[2 * i + 1] as string]);
}

function dropEmpty(db: Database, key: string, size: number): void {
  if (size === 0) db.delete(key);
}

function count(db: Database, key: string, by: number): number {
  const next = integer(db.get(key, "string")?.value ?? "0") + by;
  db.make(key, "string").value = String(next);
  return next;
}

function set([key = "", value = "", ...options]: readonly string[], db: Database): Reply {
  let expiresAt: number | undefined;
  let keep = false;
  let answersOld = false;
  let only: "NX" | "XX" | undefined;
  for (let i = 0; i < options.length; i++) {
    const option = (options[i] as string).toUpperCase();
    if (option === "EX") expiresAt = db.now() + integer(options[++i]) * 1000;
    else if (option === "PX") expiresAt = db.now() + integer(options[++i]);
    else if (option === "KEEPTTL") keep = true;
    else if (option === "GET") answersOld = true;
    else if (option === "NX" || option === "XX") only = option;
    else throw new RedisError(SYNTAX);
  }
  const old = answersOld ? (db.get(key, "string")?.value ?? null) : null;
  if ((only === "NX" && db.has(key)) || (only === "XX" && !db.has(key))) return old;
  if (keep) expiresAt = db.expiry(key);
  db.set(key, value);
  if (expiresAt !== undefined) db.expire(key, expiresAt);
  return answersOld ? old : OK;
}

function expireAfter(unit: number) {
  return ([key = "", amount]: readonly string[], db: Database): Reply => {
    const after = integer(amount) * unit;
    if (after <= 0) return db.delete(key) ? 1 : 0;
    return db.expire(key, db.now() + after) ? 1 : 0;
  };
}

function remaining(unit: number) {
  return ([key = ""]: readonly string[], db: Database): Reply => {
    const at = db.expiry(key);
    if (at !== undefined) return Math.round((at - db.now()) / unit);
    return db.has(key) ? -1 : -2;
  };
}

function push(end: "unshift" | "push") {
  return ([key = "", ...items]: readonly string[], db: Database): Reply => {
    const list = db.make(key, "list").items;
    for (const item of items) list[end](item);
    return list.length;
  };
}

function pop(end: "shift" | "pop") {
  return ([key = "", amount]: readonly string[], db: Database): Reply => {
    const items = db.get(key, "list")?.items;
    if (items === undefined) return null;
    const taken: string[] = [];
    for (let left = amount === undefined ? 1 : integer(amount); left > 0 && items.length > 0; left--) {
      taken.push(items[end]() as string);
    }
    dropEmpty(db, key, items.length);
    return amount === undefined ? (taken[0] ?? null) : taken;
  };
}

function sortedMembers(db: Database, key: string): [string, number][] {
  const scores = db.get(key, "zset")?.scores ?? new Map<string, number>();
  return [...scores].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
}

function zrange(reversed: boolean) {
  return ([key = "", start = "", stop = "", ...options]: readonly string[], db: Database): Reply => {
    const words = options.map((word) => word.toUpperCase());
    if (words.some((word) => word !== "WITHSCORES" && word !== "REV")) throw new RedisError(SYNTAX);
    const members = sortedMembers(db, key);
    if (reversed !== words.includes("REV")) members.reverse();
    const chosen = range(members, start, stop);
    return words.includes("WITHSCORES")
      ? chosen.flatMap(([member, score]) => [member, String(score)])
      : chosen.map(([member]) => member);
  };
}

function scan([cursor, ...options]: readonly string[], db: Database): Reply {
  integer(cursor);
  let keys = db.keys().sort();
  for (const [name, value] of pairs(options, "scan")) {
    if (name.toUpperCase() === "MATCH") keys = keys.filter((key) => glob(value).test(key));
    else if (name.toUpperCase() === "TYPE") keys = keys.filter((key) => db.typeOf(key) === value);
    else if (name.toUpperCase() !== "COUNT") throw new RedisError(SYNTAX);
  }
  return ["0", keys];
}

function size(type: "list" | "hash" | "set" | "zset") {
  return ([key = ""]: readonly string[], db: Database): Reply => {
    switch (type) {
      case "list":
        return db.get(key, type)?.items.length ?? 0;
      case "hash":
        return db.get(key, type)?.fields.size ?? 0;
      case "set":
        return db.get(key, type)?.members.size ?? 0;
      default:
        return db.get(key, "zset")?.scores.size ?? 0;
    }
  };
}

/** Takes members out of a hash, set or sorted set. */
function remove(type: Exclude<ValueType, "string" | "list">) {
  return ([key = "", ...names]: readonly string[], db: Database): Reply => {
    const value = db.get(key, type);
    if (value === undefined) return 0;
    const members = "fields" in value ? value.fields : "members" in value ? value.members : value.scores;
    const gone = names.filter((name) => members.delete(name)).length;
    dropEmpty(db, key, members.size);
    return gone;
  };
}

function hset([key = "", ...rest]: readonly string[], db: Database): number {
  const { fields } = db.make(key, "hash");
  const before = fields.size;
  for (const [field, value] of pairs(rest, "hset")) fields.set(field, value);
  return fields.size - before;
}

function zadd([key = "", ...rest]: readonly string[], db: Database): Reply {
  const added = pairs(rest, "zadd").map(([score, member]) => [member, float(score)] as const);
  const { scores } = db.make(key, "zset");
  const before = scores.size;
  for (const [member, score] of added) scores.set(member, score);
  return scores.size - before;
}

const reads = (least: number, most: number, run: DataCommand["run"]): DataCommand => ({ least, most, run });
const writes = (least: number, most: number, run: DataCommand["run"]): DataCommand => ({
  least,
  most,
  writes: true,
  run,
});
const decides = (least: number, most: number, run: DataCommand["run"]): DataCommand => ({
  ...writes(least, most, run),
  byOutcome: true,
});
const MANY = Infinity;

export const dataCommands: Readonly<Record<string, DataCommand>> = {
  SET: decides(2, MANY, set),
  SETNX: writes(2, 2, ([key = "", value = ""], db) => (db.has(key) ? 0 : (db.set(key, value), 1))),
  SETEX: decides(3, 3, ([key = "", seconds = "", value = ""], db) => set([key, value, "EX", seconds], db)),
  GET: reads(1, 1, ([key = ""], db) => db.get(key, "string")?.value ?? null),
  GETSET: writes(2, 2, ([key = "", value = ""], db) => {
    const old = db.get(key, "string")?.value ?? null;
    db.set(key, value);
    return old;
  }),
  GETDEL: writes(1, 1, ([key = ""], db) => {
    const old = db.get(key, "string")?.value ?? null;
    db.delete(key);
    return old;
  }),
  MSET: writes(2, MANY, (args, db) => {
    for (const [key, value] of pairs(args, "mset")) db.set(key, value);
    return OK;
  }),
  MGET: reads(1, MANY, (keys, db) =>
    keys.map((key) => (db.typeOf(key) === "string" ? (db.get(key, "string")?.value ?? null) : null)),
  ),
  APPEND: writes(2, 2, ([key = "", text = ""], db) => (db.make(key, "string").value += text).length),
  STRLEN: reads(1, 1, ([key = ""], db) => db.get(key, "string")?.value.length ?? 0),
  INCR: writes(1, 1, ([key = ""], db) => count(db, key, 1)),
  DECR: writes(1, 1, ([key = ""], db) => count(db, key, -1)),
  INCRBY: writes(2, 2, ([key = "", by], db) => count(db, key, integer(by))),
  DECRBY: writes(2, 2, ([key = "", by], db) => count(db, key, -integer(by))),
  DEL: writes(1, MANY, (keys, db) => keys.filter((key) => db.delete(key)).length),
  UNLINK: writes(1, MANY, (keys, db) => keys.filter((key) => db.delete(key)).length),
  EXISTS: reads(1, MANY, (keys, db) => keys.filter((key) => db.has(key)).length),
  TYPE: reads(1, 1, ([key = ""], db) => ({ simple: db.typeOf(key) ?? "none" })),
  KEYS: reads(1, 1, ([pattern = ""], db) =>
    db
      .keys()
      .filter((key) => glob(pattern).test(key))
      .sort(),
  ),
  SCAN: reads(1, MANY, scan),
  RENAME: writes(2, 2, ([from = "", to = ""], db) => (db.rename(from, to) ? OK : { error: "ERR no such key" })),
  DBSIZE: reads(0, 0, (_args, db) => db.keys().length),
  FLUSHDB: writes(0, 1, (_args, db) => (db.clear(), OK)),
  EXPIRE: decides(2, 2, expireAfter(1000)),
  PEXPIRE: decides(2, 2, expireAfter(1)),
  PEXPIREAT: writes(2, 2, ([key = "", at], db) => (db.expire(key, integer(at)) ? 1 : 0)),
  PERSIST: writes(1, 1, ([key = ""], db) => (db.expiry(key) !== undefined && db.expire(key, undefined) ? 1 : 0)),
  TTL: reads(1, 1, remaining(1000)),
  PTTL: reads(1, 1, remaining(1)),
  LPUSH: writes(2, MANY, push("unshift")),
  RPUSH: writes(2, MANY, push("push")),
  LPOP: writes(1, 2, pop("shift")),
  RPOP: writes(1, 2, pop("pop")),
  LLEN: reads(1, 1, size("list")),
  LRANGE: reads(3, 3, ([key = "", from = "", to = ""], db) => range(db.get(key, "list")?.items ?? [], from, to)),
  LINDEX: reads(2, 2, ([key = "", at], db) => db.get(key, "list")?.items.at(integer(at)) ?? null),
  HSET: writes(3, MANY, hset),
  HMSET: writes(3, MANY, (args, db) => (hset(args, db), OK)),
  HGET: reads(2, 2, ([key = "", field = ""], db) => db.get(key, "hash")?.fields.get(field) ?? null),
  HMGET: reads(2, MANY, ([key = "", ...fields], db) =>
    fields.map((field) => db.get(key, "hash")?.fields.get(field) ?? null),
  ),
  HGETALL: reads(1, 1, ([key = ""], db) => [...(db.get(key, "hash")?.fields ?? [])].flat()),
  HKEYS: reads(1, 1, ([key = ""], db) => [...(db.get(key, "hash")?.fields.keys() ?? [])]),
  HVALS: reads(1, 1, ([key = ""], db) => [...(db.get(key, "hash")?.fields.values() ?? [])]),
  HEXISTS: reads(2, 2, ([key = "", field = ""], db) => (db.get(key, "hash")?.fields.has(field) === true ? 1 : 0)),
  HLEN: reads(1, 1, size("hash")),
  HDEL: writes(2, MANY, remove("hash")),
  HINCRBY: writes(3, 3, ([key = "", field = "", by], db) => {
    const next = integer(db.get(key, "hash")?.fields.get(field) ?? "0") + integer(by);
    db.make(key, "hash").fields.set(field, String(next));
    return next;
  }),
  SADD: writes(2, MANY, ([key = "", ...members], db) => {
    const known = db.make(key, "set").members;
    const before = known.size;
    for (const member of members) known.add(member);
    return known.size - before;
  }),
  SREM: writes(2, MANY, remove("set")),
  SMEMBERS: reads(1, 1, ([key = ""], db) => [...(db.get(key, "set")?.members ?? [])]),
  SISMEMBER: reads(2, 2, ([key = "", member = ""], db) => (db.get(key, "set")?.members.has(member) === true ? 1 : 0)),
  SCARD: reads(1, 1, size("set")),
  ZADD: writes(3, MANY, zadd),
  ZREM: writes(2, MANY, remove("zset")),
  ZCARD: reads(1, 1, size("zset")),
  ZSCORE: reads(2, 2, ([key = "", member = ""], db) => {
    const score = db.get(key, "zset")?.scores.get(member);
    return score === undefined ? null : String(score);
  }),
  ZINCRBY: writes(3, 3, ([key = "", by = "", member = ""], db) => {
    const { scores } = db.make(key, "zset");
    const next = (scores.get(member) ?? 0) + float(by);
    scores.set(member, next);
    return String(next);
  }),
  ZRANGE: reads(3, MANY, zrange(false)),
  ZREVRANGE: reads(3, MANY, zrange(true)),
};
