/**
 * Redis with strings, counters and `redis-cli` inside its own container. **Simplified:** there is no wire protocol:
 * the port is open, but nothing outside the container can speak to it; `redis-cli -h` says so.
 */
import type { Program } from "../base/program.ts";
import { readAll, write } from "../base/syscalls.ts";
import { defineImage } from "./define-image.ts";
import { tags } from "./tags.ts";
import type { ServerContext } from "./define-image.ts";
import type { Server } from "./define-image.ts";

const VERSION = "8.2.1";
const VERSIONS =
  "latest 3.2 4 4.0 5 5.0 5.0.0..14 6 6.0 6.0.0..20 6.2 6.2.0..19 7 7.0 7.0.0..15 7.2 7.2.0..11 7.4 7.4.0..6 8 8.0 8.0.0..4 8.2 8.2.0..2";
const PORT = 6379;

class Database {
  up = false;
  private readonly values = new Map<string, string>();

  /** The answer as redis-cli prints it. */
  run([command = "", ...args]: readonly string[]): string {
    const [key = "", value = ""] = args;
    const wrong = `(error) ERR wrong number of arguments for '${command.toLowerCase()}' command`;
    switch (command.toUpperCase()) {
      case "PING":
        return key === "" ? "PONG" : JSON.stringify(key);
      case "ECHO":
        return args.length === 1 ? JSON.stringify(key) : wrong;
      case "SET":
        if (args.length !== 2) return args.length < 2 ? wrong : "(error) ERR syntax error";
        this.values.set(key, value);
        return "OK";
      case "GET":
        if (args.length !== 1) return wrong;
        return this.values.has(key) ? JSON.stringify(this.values.get(key)) : "(nil)";
      case "DEL":
        return `(integer) ${args.filter((name) => this.values.delete(name)).length}`;
      case "EXISTS":
        return `(integer) ${args.filter((name) => this.values.has(name)).length}`;
      case "INCR":
      case "DECR":
        return args.length === 1 ? this.count(key, command.toUpperCase() === "INCR" ? 1 : -1) : wrong;
      case "DBSIZE":
        return `(integer) ${this.values.size}`;
      case "FLUSHALL":
        this.values.clear();
        return "OK";
      case "KEYS":
        return this.keys(key);
      default:
        return `(error) ERR unknown command '${command}', with args beginning with: ${args.map((arg) => `'${arg}' `).join("")}`;
    }
  }

  private count(key: string, by: number): string {
    const before = this.values.get(key) ?? "0";
    if (!/^-?\d+$/.test(before)) return "(error) ERR value is not an integer or out of range";
    const next = Number(before) + by;
    this.values.set(key, String(next));
    return `(integer) ${next}`;
  }

  private keys(pattern: string): string {
    const escaped = pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".");
    const names = [...this.values.keys()].filter((name) => new RegExp(`^${escaped}$`).test(name)).sort();
    if (names.length === 0) return "(empty array)";
    return names.map((name, index) => `${index + 1}) ${JSON.stringify(name)}`).join("\n");
  }
}

function serve(ctx: ServerContext, database: Database): ReturnType<Server> {
  const line = (mark: string, text: string): void =>
    ctx.log((time) => `1:M ${new Date(time).toUTCString().slice(5, 25)}.000 ${mark} ${text}`);
  ctx.listen(PORT, () => ({ status: 400, body: "", hangs: true }));
  database.up = true;
  ctx.use({ cpuMillicores: 3, memoryBytes: 9 * 1024 * 1024 });
  line("*", "oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo");
  line("*", `Redis version=${VERSION}, bits=64, commit=00000000, modified=0, pid=1, just started`);
  line("*", "Running mode=standalone, port=6379.");
  line("*", "Server initialized");
  line("*", "Ready to accept connections tcp");
  return {
    signals: {
      SIGTERM: () => {
        line("#", "User requested shutdown...");
        line("#", "Redis is now ready to exit, bye bye...");
        ctx.exit(0);
      },
    },
    ended: () => {
      database.up = false;
    },
  };
}

function createClient(database: Database): Program {
  return function* (_ctx, argv) {
    const words = argv.slice(1);
    if (words[0] === "-h") {
      yield* write(
        2,
        `Could not connect to Redis at ${words[1]}:${PORT}: redis-cli speaks to its own container only in this playground\n`,
      );
      return 1;
    }
    if (words[0]?.startsWith("-") === true) {
      yield* write(2, `Unrecognized option or bad number of args for: '${words[0]}'\n`);
      return 1;
    }
    if (!database.up) {
      yield* write(2, `Could not connect to Redis at 127.0.0.1:${PORT}: Connection refused\n`);
      return 1;
    }
    const commands =
      words.length > 0 ? [words] : (yield* readAll(0)).split("\n").map((text) => text.trim().split(/\s+/));
    for (const command of commands) {
      if (command[0] !== "") yield* write(1, `${database.run(command)}\n`);
    }
    return 0;
  };
}

export const redis = defineImage({
  name: "docker.io/library/redis",
  tags: {
    ...tags(49.8, VERSIONS, ["", "-bookworm"]),
    ...tags(26.4, VERSIONS, ["-alpine"]),
  },
  cmd: ["redis-server"],
  workingDir: "/data",
  exposedPorts: [PORT],
  userland: "debian",
  programs: () => {
    const database = new Database();
    return {
      "/usr/local/bin/redis-server": { kind: "server", start: (ctx) => serve(ctx, database) },
      "/usr/local/bin/redis-cli": { kind: "program", run: createClient(database) },
    };
  },
});
