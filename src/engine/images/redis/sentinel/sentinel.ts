/** redis-sentinel: watches masters with others of its kind, and tells clients where they are. Upstream: Redis src/sentinel.c. */
import { hex64 } from "../../../runtime/containers/identity.ts";
import type { Connection, ConnectionEvents } from "../../../runtime/connection.ts";
import type { Server, ServerContext } from "../../define-image.ts";
import { glob } from "../commands.ts";
import { respServer } from "../resp-server.ts";
import { encode, OK } from "../resp.ts";
import type { Reply } from "../resp.ts";
import { stamp } from "../server.ts";
import { boundTo } from "../start.ts";
import { sentinelCommand } from "./commands.ts";
import { Monitor } from "./monitor.ts";
import type { SentinelHost } from "./monitor.ts";
import type { MasterSettings, SentinelSettings } from "./settings.ts";
import { readSentinelSettings, sentinelFile } from "./settings.ts";

const TURN_MS = 1000;

interface Session {
  connection: Connection;
  admitted: boolean;
  channels: Set<string>;
  patterns: Set<string>;
}

export class Sentinel implements SentinelHost {
  readonly ctx: ServerContext;
  readonly settings: SentinelSettings;
  readonly id: string;
  readonly monitors = new Map<string, Monitor>();
  epoch: number;
  private readonly sessions = new Set<Session>();

  constructor(ctx: ServerContext, settings: SentinelSettings) {
    this.ctx = ctx;
    this.settings = settings;
    this.epoch = settings.currentEpoch;
    this.id = settings.myId ?? hex64(`sentinel/${ctx.pod.namespace}/${ctx.pod.name}/${ctx.now()}`).slice(0, 40);
    this.log("*", `Running mode=sentinel, port=${settings.port}.`);
    this.log("#", `Sentinel ID is ${this.id}`);
    for (const each of settings.masters) this.monitor(each);
    this.save();
    this.turn();
  }

  get port(): number {
    return this.settings.port;
  }

  get announceIp(): string | undefined {
    return this.settings.announceIp;
  }

  monitor(settings: MasterSettings): void {
    this.monitors.set(settings.name, new Monitor(this, settings));
  }

  log(mark: string, text: string): void {
    this.ctx.log((time) => `1:X ${stamp(time)} ${mark} ${text}`);
  }

  say(mark: "#" | "*", event: string, text: string): void {
    this.log(mark, `${event} ${text}`);
    for (const { connection, channels, patterns } of this.sessions) {
      if (channels.has(event)) connection.write(encode(["message", event, text]));
      for (const pattern of patterns)
        if (glob(pattern).test(event)) connection.write(encode(["pmessage", pattern, event, text]));
    }
  }

  save(): void {
    const masters = [...this.monitors.values()].map((each) => each.state());
    const { settings, id, epoch } = this;
    this.ctx.fs.writeFile(settings.file, sentinelFile({ ...settings, masters, myId: id, currentEpoch: epoch }));
  }

  private turn(): void {
    for (const each of this.monitors.values()) each.turn();
    // No two in step, or each would vote for itself.
    this.ctx.after(TURN_MS / 2 + this.ctx.random(TURN_MS), () => this.turn());
  }

  close(): void {
    for (const each of this.monitors.values()) each.close();
  }

  accept(connection: Connection): ConnectionEvents {
    const { requirepass } = this.settings;
    const session: Session = { connection, admitted: requirepass === "", channels: new Set(), patterns: new Set() };
    this.sessions.add(session);
    return respServer(connection, {
      answer: (words) => this.answer(session, words),
      closed: () => void this.sessions.delete(session),
    });
  }

  private answer(session: Session, [word = "", ...args]: readonly string[]): Reply | undefined {
    const name = word.toUpperCase();
    if (!session.admitted && name !== "AUTH" && name !== "QUIT") return { error: "NOAUTH Authentication required." };
    switch (name) {
      case "AUTH":
        if (args.at(-1) !== this.settings.requirepass)
          return { error: "WRONGPASS invalid username-password pair or user is disabled." };
        session.admitted = true;
        return OK;
      case "PING":
        return args[0] ?? { simple: "PONG" };
      case "QUIT":
        session.connection.write(encode(OK));
        session.connection.end();
        return undefined;
      case "INFO":
        return this.info();
      case "ROLE":
        return ["sentinel", [...this.monitors.keys()]];
      case "SENTINEL":
        return sentinelCommand(this, args);
      case "SUBSCRIBE":
      case "PSUBSCRIBE":
        for (const each of args) {
          (name === "SUBSCRIBE" ? session.channels : session.patterns).add(each);
          const count = session.channels.size + session.patterns.size;
          session.connection.write(encode([name.toLowerCase(), each, count]));
        }
        return undefined;
      case "SHUTDOWN":
        this.stop();
        return undefined;
      default:
        return {
          error: `ERR unknown command '${word}', with args beginning with: ${args.map((arg) => `'${arg}' `).join("")}`,
        };
    }
  }

  private info(): string {
    const lines = [...this.monitors.values()].map((each, at) => {
      const { master, slaves, sentinels, settings } = each;
      const status = each.odown ? "odown" : master.sdown ? "sdown" : "ok";
      return `master${at}:name=${settings.name},status=${status},address=${each.current.place},slaves=${slaves.size},sentinels=${sentinels.size + 1}`;
    });
    return [
      "# Server",
      "redis_mode:sentinel",
      `run_id:${this.id}`,
      `tcp_port:${this.port}`,
      "",
      "# Sentinel",
      `sentinel_masters:${this.monitors.size}`,
      "sentinel_tilt:0",
      "sentinel_running_scripts:0",
      "sentinel_scripts_queue_length:0",
      "sentinel_simulate_failure_flags:0",
      ...lines,
      "",
    ].join("\r\n");
  }

  stop(): void {
    this.log("*", "User requested shutdown...");
    this.log("#", "Sentinel is now ready to exit, bye bye...");
    this.ctx.exit(0);
  }
}

export function startSentinel(ctx: ServerContext, version: string): ReturnType<Server> {
  const settings = readSentinelSettings(ctx, version);
  const early = (mark: string, text: string): void => ctx.log((time) => `1:X ${stamp(time)} ${mark} ${text}`);
  if (typeof settings === "string") {
    if (settings.startsWith("\n")) ctx.log(settings, "stderr");
    else early("#", settings);
    ctx.exit(1);
    return undefined;
  }
  early("*", "oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo");
  early("*", `Redis version=${version}, bits=64, commit=00000000, modified=0, pid=1, just started`);
  early("*", "Configuration loaded");
  if (settings.withoutEffect.length > 0)
    early("#", `Drydock: these directives have no effect in this playground: ${settings.withoutEffect.join(" ")}`);
  ctx.use({ cpuMillicores: 4, memoryBytes: 8 * 1024 * 1024 });
  let sentinel: Sentinel | undefined;
  ctx.listenTcp(settings.port, (connection) => sentinel?.accept(connection) ?? {}, boundTo(settings.bind));
  sentinel = new Sentinel(ctx, settings);
  const stop = (): void => sentinel.stop();
  return { signals: { SIGTERM: stop, SIGINT: stop }, ended: () => sentinel.close() };
}
