/** What mysqld does besides SQL: binary log and replicas, read-only servers, accounts, system variables. */
import { isObject } from "../../base/json.ts";
import type { Connection } from "../../runtime/connection.ts";
import { onAccounts } from "./mysql-accounts.ts";
import { Binlog } from "./mysql-binlog.ts";
import type { BinlogState } from "./mysql-binlog.ts";
import { isOn } from "./mysql-options.ts";
import type { MysqlOptions } from "./mysql-options.ts";
import { HEARTBEAT_MS, Replica } from "./mysql-replica.ts";
import type { ReplicaState } from "./mysql-replica.ts";
import { problemText, refused } from "./mysql-problems.ts";
import type { Outcome, Problem, SqlSession } from "./sql-engine.ts";
import type { Value } from "./sql-parser.ts";
import type { SqlExtension, SqlHost } from "./sql-server.ts";

const WRITES = /^(insert|replace|update|delete|create|drop|alter|truncate|grant|revoke|rename)\b/i;
const DONE: Outcome = { kind: "done", tag: "OK", rows: 0 };
const SETTABLE = ["read_only", "super_read_only"];

interface State {
  binlog?: BinlogState;
  replica?: ReplicaState;
}

export interface MysqlHost extends SqlHost {
  options: MysqlOptions;
  /** That of its data. */
  directory: string;
  version: string;
  say(level: "Note" | "ERROR", text: string): void;
}

export class MysqlReplication implements SqlExtension {
  private readonly host: MysqlHost;
  private readonly variables: Record<string, Value>;
  private readonly binlog: Binlog | undefined;
  private readonly replica: Replica;
  private readonly logsReplicated: boolean;
  /** Since 8.4 the old words are gone. */
  private readonly oldWords: boolean;
  private beats = false;

  constructor(host: MysqlHost) {
    const { options, directory, version, ctx, engine } = host;
    this.host = host;
    const [major = 0, minor = 0] = version.split(".").map(Number);
    this.oldWords = version.includes("Maria") || major < 8 || (major === 8 && minor < 4);
    const modern = major >= 8 && !version.includes("Maria");
    const saved: State = isObject(host.own) ? host.own : {};
    const logs = !("skip_log_bin" in options) && (options["log_bin"] !== undefined || modern);
    const superReadOnly = isOn(options["super_read_only"]);
    this.variables = {
      server_id: Number(options["server_id"] ?? (modern ? 1 : 0)),
      log_bin: Number(logs),
      read_only: Number(superReadOnly || isOn(options["read_only"])),
      super_read_only: Number(superReadOnly),
      hostname: ctx.hostname,
      version,
    };
    const base = (options["log_bin"] ?? "") || (modern ? "binlog" : `${ctx.hostname}-bin`);
    if (logs) this.binlog = new Binlog({ fs: ctx.fs, directory }, base.replace(/^.*\//, ""), saved.binlog);
    this.logsReplicated = modern || isOn(options["log_slave_updates"]) || isOn(options["log_replica_updates"]);
    this.replica = new Replica(
      {
        ctx,
        serverId: Number(this.variables["server_id"]),
        say: (level, text) => host.say(level, text),
        save: () => host.save(),
        apply: ({ sql, database }) => {
          const outcome = onAccounts(sql, host.users) ?? engine.run(sql, { database, user: "system user" });
          if (outcome.kind === "problem") return textOf(outcome.problem, database);
          if (this.logsReplicated) this.binlog?.append(sql, database);
          return undefined;
        },
      },
      saved.replica,
    );
    engine.variables = (name) => this.variables[name];
  }

  state(): State {
    const replica = this.replica.state;
    return { ...(this.binlog && { binlog: this.binlog.saved() }), ...(replica && { replica }) };
  }

  started(): void {
    const { options } = this.host;
    const skips = isOn(options["skip_slave_start"]) || isOn(options["skip_replica_start"]);
    if (this.replica.state?.io === true && !skips) this.replica.start();
  }

  changed(sql: string, { database }: SqlSession): void {
    this.binlog?.append(sql, database);
  }

  run(text: string, session: SqlSession): Outcome | undefined {
    const sql = text.trim();
    const { variables } = this;
    if (!this.oldWords && /^(show|change|start|stop|reset)\s+(master|slave)\b/i.test(sql)) return undefined;
    if (WRITES.test(sql)) {
      const isRoot = session.user.startsWith("root@");
      const option =
        variables["super_read_only"] === 1
          ? "super-read-only"
          : isRoot
            ? ""
            : variables["read_only"] === 1
              ? "read-only"
              : "";
      if (option !== "")
        return refused(
          1290,
          "HY000",
          `The MySQL server is running with the --${option} option so it cannot execute this statement`,
        );
    }
    const account = onAccounts(sql, this.host.users);
    if (account?.kind === "done") this.binlog?.append(sql, session.database);
    return account ?? this.show(sql) ?? this.set(sql) ?? this.replicate(sql);
  }

  private show(sql: string): Outcome | undefined {
    if (/^show\s+(master|binary\s+log)\s+status$/i.test(sql)) {
      const columns = ["File", "Position", "Binlog_Do_DB", "Binlog_Ignore_DB", "Executed_Gtid_Set"];
      const { binlog } = this;
      return { kind: "rows", columns, rows: binlog === undefined ? [] : [[binlog.file, binlog.position, "", "", ""]] };
    }
    const status = /^show\s+(slave|replica)\s+status$/i.exec(sql)?.[1];
    if (status !== undefined) {
      const fields = this.replica.status() ?? {};
      const named = (name: string): string =>
        status.toLowerCase() === "slave" ? name : name.replace("Master", "Source").replace("Slave", "Replica");
      const rows = Object.keys(fields).length === 0 ? [] : [Object.values(fields)];
      return { kind: "rows", columns: Object.keys(fields).map(named), rows };
    }
    const wanted = /^show\s+(?:global\s+|session\s+)?variables(?:\s+like\s+'([\w%]+)')?$/i.exec(sql);
    if (wanted === null) return undefined;
    const pattern = new RegExp(`^${(wanted[1] ?? "%").replaceAll("%", ".*")}$`, "i");
    const shown = (name: string, value: Value): Value =>
      name === "log_bin" || SETTABLE.includes(name) ? (value === 1 ? "ON" : "OFF") : value;
    const rows = Object.entries(this.variables)
      .filter(([name]) => pattern.test(name))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, shown(name, value)]);
    return { kind: "rows", columns: ["Variable_name", "Value"], rows };
  }

  private set(sql: string): Outcome | undefined {
    const set = /^set\s+(?:global\s+|@@global\.)(\w+)\s*=\s*'?(\w+)'?$/i.exec(sql);
    const [, name = "", value = ""] = set ?? [];
    if (set === null) return undefined;
    if (!SETTABLE.includes(name.toLowerCase())) return refused(1235, "42000", notYet(`SET GLOBAL ${name}`));
    const on = Number(isOn(value));
    // Who is read-only to super users is so to all others, and the other way about.
    if (name.toLowerCase() === "read_only" || on === 1) this.variables["read_only"] = on;
    if (name.toLowerCase() === "super_read_only" || on === 0) this.variables["super_read_only"] = on;
    return DONE;
  }

  private replicate(sql: string): Outcome | undefined {
    const change = /^change\s+(?:master|replication\s+source)\s+to\s+(.*)$/is.exec(sql)?.[1];
    if (change !== undefined) return this.change(change);
    const [, verb, all] = /^(start|stop|reset)\s+(?:slave|replica)(\s+all)?$/i.exec(sql) ?? [];
    if (verb === undefined) return undefined;
    const { replica } = this;
    if (verb.toLowerCase() === "start") {
      if (replica.state === undefined)
        return refused(
          1200,
          "HY000",
          "The server is not configured as slave; fix in config file or with CHANGE MASTER TO",
        );
      replica.start();
    } else {
      if (verb.toLowerCase() === "reset" && replica.state?.io === true)
        return refused(1198, "HY000", "This operation cannot be performed with a running slave; run STOP SLAVE first");
      replica.stop();
      if (verb.toLowerCase() === "reset" && replica.state !== undefined)
        replica.state = all === undefined ? { ...replica.state, file: "", position: 4 } : undefined;
    }
    return DONE;
  }

  private change(text: string): Outcome {
    const { replica } = this;
    if (this.variables["server_id"] === 0)
      return refused(
        1794,
        "HY000",
        "Slave is not configured or failed to initialize properly. You must at least set --server-id to enable either a master or a slave. Additional error messages can be found in the MySQL error log.",
      );
    if (replica.state?.io === true)
      return refused(
        3021,
        "HY000",
        "This operation cannot be performed with a running slave io thread; run STOP SLAVE IO_THREAD FOR CHANNEL '' first.",
      );
    const before = replica.state ?? {
      host: "",
      user: "",
      password: "",
      port: 3306,
      retrySeconds: 60,
      file: "",
      position: 4,
    };
    const state: ReplicaState = { ...before, io: false, sql: false };
    for (const part of text.split(",")) {
      const [, name = part, string, number] =
        /^\s*(?:MASTER|SOURCE)_(\w+)\s*=\s*(?:'([^']*)'|(\d+))\s*$/i.exec(part) ?? [];
      const value = string ?? number ?? "";
      switch (name.toUpperCase()) {
        case "HOST":
        case "USER":
        case "PASSWORD":
          state[name.toLowerCase() as "host" | "user" | "password"] = value;
          break;
        case "PORT":
          state.port = Number(value);
          break;
        case "CONNECT_RETRY":
          state.retrySeconds = Number(value);
          break;
        case "LOG_FILE":
          state.file = value;
          break;
        case "LOG_POS":
          state.position = Number(value);
          break;
        default:
          return refused(1235, "42000", notYet(`CHANGE MASTER TO ${part.trim()}`));
      }
    }
    replica.state = state;
    return DONE;
  }

  hears(said: unknown, connection: Connection): string | undefined {
    const dump = isObject(said) ? said["dump"] : undefined;
    if (!isObject(dump)) return undefined;
    const answer = (message: unknown): string => `${JSON.stringify(message)}\n`;
    const own = this.variables["server_id"];
    if (this.binlog === undefined)
      return answer({
        refused: "Got fatal error 1236 from master when reading data from binary log: 'Binary log is not open'",
      });
    if (dump["serverId"] === own)
      return answer({
        refused:
          "Fatal error: The slave I/O thread stops because master and slave have equal MySQL server ids; these ids must be different for replication to work (or the --replicate-same-server-id option must be used on slave but this does not always make sense; please check the manual before using it).",
      });
    const events = this.binlog.read(connection, String(dump["file"]), Number(dump["position"]));
    if (typeof events === "string")
      return answer({ refused: `Got fatal error 1236 from master when reading data from binary log: '${events}'` });
    this.beat();
    return answer({ sourceId: own }) + events.map(answer).join("");
  }

  /** As long as somebody reads along, he hears that this server is there. */
  private beat(): void {
    if (this.beats) return;
    this.beats = true;
    this.host.ctx.after(HEARTBEAT_MS, () => {
      this.beats = false;
      if (this.binlog?.isRead !== true) return;
      this.binlog.tell({});
      this.beat();
    });
  }

  left(connection: Connection): void {
    this.binlog?.left(connection);
  }
}

/** `1146 Table …`. */
function textOf(problem: Problem, database: string): string {
  const [, number = "1105", text = ""] =
    /^ERROR (\d+) \(\w+\) at line 1: (.*)$/s.exec(problemText(problem, database)) ?? [];
  return `${number} ${text}`;
}

function notYet(what: string): string {
  return `This version of MySQL doesn't yet support '${what}'`;
}
