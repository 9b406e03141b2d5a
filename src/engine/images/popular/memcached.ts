/**
 * memcached: its text protocol over what it keeps in memory. Upstream: memcached doc/protocol.txt.
 * **Simplified:** set, add, replace, append, prepend, get, gets, delete, incr, decr, touch, flush_all, stats, version, verbosity
 * and quit; keys never make room for others; what a flag but -p, -m and -l asks for is named and has no effect.
 */
import type { Connection } from "../../runtime/connection.ts";
import { lineServer } from "../../runtime/connection.ts";
import { boundAddress } from "../databases/bound-address.ts";
import { defineImage } from "../define-image.ts";
import type { Server, ServerContext } from "../define-image.ts";
import { tags } from "../tags.ts";

const VERSION = "1.6.39";
/** Times beyond this count from 1970. */
const RELATIVE_S = 30 * 24 * 3600;

interface Item {
  flags: string;
  value: string;
  expires: number;
  unique: number;
}

class Cache {
  private readonly items = new Map<string, Item>();
  private readonly counts = { cmd_get: 0, cmd_set: 0, get_hits: 0, get_misses: 0 };
  private readonly ctx: ServerContext;
  private unique = 0;

  constructor(ctx: ServerContext) {
    this.ctx = ctx;
  }

  session(connection: Connection): (line: string) => string | undefined {
    let store: { words: readonly string[]; length: number; text: string } | undefined;
    return (line) => {
      if (store !== undefined) {
        store.text += store.text === "" ? line : `\r\n${line}`;
        if (store.text.length < store.length) return undefined;
        const { words, length, text } = store;
        store = undefined;
        return text.length > length ? "CLIENT_ERROR bad data chunk\r\n" : quiet(words, this.store(words, text));
      }
      const words = line.split(" ").filter((word) => word !== "");
      if (/^(set|add|replace|append|prepend)$/.test(words[0] ?? "") && words.length >= 5) {
        store = { words, length: Number(words[4]), text: "" };
        return undefined;
      }
      if (words[0] === "quit") {
        connection.close();
        return undefined;
      }
      return quiet(words, this.answer(words));
    };
  }

  private live(key: string): Item | undefined {
    const item = this.items.get(key);
    if (item === undefined || item.expires > this.ctx.now()) return item;
    this.items.delete(key);
    return undefined;
  }

  private store([verb, key = "", flags = "0", seconds = "0"]: readonly string[], text: string): string {
    this.counts.cmd_set++;
    const before = this.live(key);
    const wanted = verb === "set" || (verb === "add") === (before === undefined);
    if (!wanted) return "NOT_STORED";
    const value = verb === "append" ? `${before?.value}${text}` : verb === "prepend" ? `${text}${before?.value}` : text;
    this.items.set(key, { flags, value, expires: this.until(Number(seconds)), unique: ++this.unique });
    return "STORED";
  }

  private until(seconds: number): number {
    if (seconds === 0) return Number.POSITIVE_INFINITY;
    return seconds > RELATIVE_S ? seconds * 1000 : this.ctx.now() + seconds * 1000;
  }

  private answer(words: readonly string[]): string {
    const [verb, key = "", operand = ""] = words;
    switch (verb) {
      case "get":
      case "gets":
        return `${words
          .slice(1)
          .map((each) => this.get(each, verb === "gets"))
          .join("")}END`;
      case "delete":
        return this.live(key) !== undefined && this.items.delete(key) ? "DELETED" : "NOT_FOUND";
      case "incr":
      case "decr":
        return this.count(key, verb === "incr" ? Number(operand) : -Number(operand));
      case "touch": {
        const item = this.live(key);
        if (item === undefined) return "NOT_FOUND";
        item.expires = this.until(Number(operand));
        return "TOUCHED";
      }
      case "flush_all":
        this.items.clear();
        return "OK";
      case "verbosity":
        return "OK";
      case "version":
        return `VERSION ${VERSION}`;
      case "stats":
        return `${this.stats()}END`;
      default:
        return "ERROR";
    }
  }

  private get(key: string, withUnique: boolean): string {
    this.counts.cmd_get++;
    const item = this.live(key);
    if (item === undefined) this.counts.get_misses++;
    else this.counts.get_hits++;
    if (item === undefined) return "";
    const { flags, value, unique } = item;
    return `VALUE ${key} ${flags} ${value.length}${withUnique ? ` ${unique}` : ""}\r\n${value}\r\n`;
  }

  private count(key: string, by: number): string {
    const item = this.live(key);
    if (item === undefined) return "NOT_FOUND";
    if (!/^\d+$/.test(item.value)) return "CLIENT_ERROR cannot increment or decrement non-numeric value";
    item.value = String(Math.max(0, Number(item.value) + by));
    return item.value;
  }

  private stats(): string {
    const facts = { pid: 1, version: VERSION, curr_items: this.items.size, ...this.counts };
    return Object.entries(facts)
      .map(([name, value]) => `STAT ${name} ${value}\r\n`)
      .join("");
  }
}

/** The answer, unless the client said that it wants none. */
function quiet(words: readonly string[], answer: string): string | undefined {
  return words.at(-1) === "noreply" ? undefined : `${answer}\r\n`;
}

const READ: Readonly<Record<string, string>> = { p: "port", m: "memory-limit", l: "listen" };

/** Letters of its options. */
const REAL = "psUmMcklLrvdehidtufRnCboaAIFXSBVYyDNPxz";

const start: Server = (ctx) => {
  const settings = new Map<string, string>();
  const words = ctx.argv.slice(1);
  for (let at = 0; at < words.length; at++) {
    const [, letter, attached, long, value] =
      /^(?:-([A-Za-z])(.+)?|--([a-z-]+)(?:=(.*))?)$/.exec(words[at] ?? "") ?? [];
    const name = long ?? READ[letter ?? ""];
    if (letter !== undefined && !REAL.includes(letter)) {
      ctx.log(`memcached: invalid option -- '${letter}'`, "stderr");
      ctx.log('Illegal argument "?"', "stderr");
      ctx.exit(64);
      return undefined;
    }
    if (name !== undefined && Object.values(READ).includes(name))
      settings.set(name, value ?? attached ?? words[++at] ?? "");
    else ctx.log(`Drydock: ${words[at]} has no effect in this playground`, "stderr");
  }
  const port = Number(settings.get("port") ?? 11_211);
  const cache = new Cache(ctx);
  ctx.use({ cpuMillicores: 1, memoryBytes: 4 * 1024 * 1024 });
  const listen = settings.get("listen");
  ctx.listenTcp(
    port,
    lineServer((connection) => cache.session(connection)),
    listen === undefined ? undefined : boundAddress(listen, ["*", "0.0.0.0", "::"]),
  );
  return { signals: { SIGTERM: () => ctx.exit(0), SIGINT: () => ctx.exit(0) } };
};

export const memcached = defineImage({
  name: "docker.io/library/memcached",
  tags: tags(30, "latest 1 1.4 1.5 1.6 1.6.0..39", ["", "-alpine", "-bookworm"]),
  cmd: ["memcached"],
  entrypoint: ["docker-entrypoint.sh"],
  files: {
    "/usr/local/bin/docker-entrypoint.sh": `#!/bin/sh\nif [ "\${1#-}" != "$1" ]; then\n  set -- memcached "$@"\nfi\nexec "$@"\n`,
  },
  user: 11_211,
  exposedPorts: [11_211],
  userland: "debian",
  programs: () => ({ "/usr/local/bin/memcached": { kind: "server", start } }),
});
