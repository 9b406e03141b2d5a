/** Which arguments of a command are keys, as `COMMAND GETKEYS` tells. */
const NONE = new Set(["KEYS", "SCAN", "DBSIZE", "RANDOMKEY", "FLUSHDB", "FLUSHALL"]);
const ALL = new Set(["DEL", "UNLINK", "EXISTS", "MGET", "TOUCH", "SINTER", "SUNION", "SDIFF", "RENAME", "RENAMENX"]);

export function keysOf(name: string, args: readonly string[]): readonly string[] {
  if (NONE.has(name)) return [];
  if (ALL.has(name)) return args;
  return name === "MSET" || name === "MSETNX" ? args.filter((_, at) => at % 2 === 0) : args.slice(0, 1);
}
