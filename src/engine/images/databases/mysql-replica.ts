/**
 * A replica's two threads: one reads the primary's binary log over the network, the other does what stands in it.
 * **Simplified:** there is no relay log, what was read is done at once; positions alone, no GTIDs.
 */
import { isObject, parseJson } from "../../base/json.ts";
import type { Connection } from "../../runtime/connection.ts";
import type { ServerContext } from "../define-image.ts";
import type { BinlogEvent } from "./mysql-binlog.ts";
import type { Value } from "./sql-parser.ts";

/** A primary that says nothing for so long (slave_net_timeout) is asked anew; it says something twice in that time. */
const SILENCE_MS = 60_000;
export const HEARTBEAT_MS = SILENCE_MS / 2;
const CONNECT_TIMEOUT_MS = 10_000;

/** What `CHANGE MASTER TO` said, and how far it has come. */
export interface ReplicaState {
  host: string;
  user: string;
  password: string;
  port: number;
  retrySeconds: number;
  file: string;
  position: number;
  /** Whether the threads were started; they are again when the server is. */
  io: boolean;
  sql: boolean;
}

interface Trouble {
  number: number;
  text: string;
}
const FINE: Trouble = { number: 0, text: "" };

export interface ReplicaHost {
  ctx: ServerContext;
  serverId: number;
  say(level: "Note" | "ERROR", text: string): void;
  /** Does a statement of the primary; a string: what went wrong, with its number before a space. */
  apply(event: BinlogEvent): string | undefined;
  save(): void;
}

export class Replica {
  state: ReplicaState | undefined;
  private connection: Connection | undefined;
  private giveUp: (() => void) | undefined;
  private connected = false;
  private ioTrouble = FINE;
  private sqlTrouble = FINE;
  private sourceId = 0;
  private heardAt = 0;
  private retries = 0;
  /** Counts starts and stops: what belongs to an earlier one is over. */
  private run = 0;
  private readonly host: ReplicaHost;

  constructor(host: ReplicaHost, state: ReplicaState | undefined) {
    this.host = host;
    this.state = state;
  }

  start(): void {
    if (this.state === undefined) return;
    const busy = this.connection !== undefined || this.giveUp !== undefined;
    if (busy && this.state.sql) return;
    this.end();
    Object.assign(this.state, { io: true, sql: true });
    this.ioTrouble = FINE;
    this.sqlTrouble = FINE;
    this.retries = 0;
    this.run++;
    this.connect(this.state);
  }

  stop(): void {
    if (this.state !== undefined) Object.assign(this.state, { io: false, sql: false });
    this.end();
  }

  private end(): void {
    this.run++;
    this.giveUp?.();
    this.giveUp = undefined;
    this.connection?.close();
    this.connection = undefined;
    this.connected = false;
  }

  private connect(state: ReplicaState): void {
    const { run } = this;
    this.giveUp = this.host.ctx.network.connect(
      { host: state.host, port: state.port, timeoutMs: CONNECT_TIMEOUT_MS },
      {
        opened: (connection) => this.opened(connection, state),
        fail: (errno) => {
          this.giveUp = undefined;
          const unknown = errno === "ENOTFOUND" || errno === "EAI_AGAIN";
          this.retry(run, state, unknown ? 2005 : 2003);
        },
      },
    );
  }

  private retry(run: number, state: ReplicaState, number: number): void {
    if (run !== this.run) return;
    this.connection = undefined;
    this.connected = false;
    this.retries++;
    const { user, host, port, retrySeconds } = state;
    const text = `error connecting to master '${user}@${host}:${port}' - retry-time: ${retrySeconds}  retries: ${this.retries}`;
    this.ioTrouble = { number, text };
    this.host.say("ERROR", `Slave I/O for channel '': ${text}, Error_code: ${number}`);
    this.host.ctx.after(retrySeconds * 1000, () => {
      if (run === this.run) this.connect(state);
    });
  }

  private opened(connection: Connection, state: ReplicaState) {
    const { run } = this;
    this.giveUp = undefined;
    this.connection = connection;
    this.heard(run, connection);
    connection.write(`${JSON.stringify({ user: state.user, password: state.password, database: "" })}\n`);
    let rest = "";
    return {
      data: (text: string) => {
        rest += text;
        for (let at = rest.indexOf("\n"); at >= 0 && run === this.run; at = rest.indexOf("\n")) {
          const said = parseJson(rest.slice(0, at));
          rest = rest.slice(at + 1);
          this.heardAt = this.host.ctx.now();
          if (isObject(said)) this.take(said, connection, state);
        }
      },
      closed: () => this.retry(run, state, 2013),
    };
  }

  private heard(run: number, connection: Connection): void {
    this.heardAt = this.host.ctx.now();
    const look = (): void => {
      if (run !== this.run || this.connection !== connection) return;
      const silent = this.host.ctx.now() - this.heardAt;
      if (silent >= SILENCE_MS) connection.reset();
      else this.host.ctx.after(SILENCE_MS - silent, look);
    };
    this.host.ctx.after(SILENCE_MS, look);
  }

  private take(said: Record<string, unknown>, connection: Connection, state: ReplicaState): void {
    if (said["ok"] === true) {
      const { file, position } = state;
      connection.write(`${JSON.stringify({ dump: { file, position, serverId: this.host.serverId } })}\n`);
    } else if (said["ok"] === false) {
      const text = `error connecting to master '${state.user}@${state.host}:${state.port}': Access denied for user '${state.user}'@'${String(said["client"])}'`;
      this.fails({ number: 1045, text });
    } else if (typeof said["refused"] === "string") this.fails({ number: 1236, text: said["refused"] });
    else if (typeof said["sourceId"] === "number") {
      this.sourceId = said["sourceId"];
      this.connected = true;
      this.retries = 0;
      this.ioTrouble = FINE;
      this.host.say(
        "Note",
        `Slave I/O thread for channel '': connected to master '${state.user}@${state.host}:${state.port}',replication started in log '${state.file || "FIRST"}' at position ${state.position}`,
      );
    } else if (typeof said["sql"] === "string") {
      const { file, position, database, sql } = said;
      this.perform({ file: String(file), position: Number(position), database: String(database), sql }, state);
    }
  }

  private perform(event: BinlogEvent, state: ReplicaState): void {
    if (!state.sql) return;
    const problem = this.host.apply(event);
    if (problem === undefined) Object.assign(state, { file: event.file, position: event.position });
    else {
      const [, number = "0", text = ""] = /^(\d+) (.*)$/s.exec(problem) ?? [];
      const told = `Error '${text}' on query. Default database: '${event.database}'. Query: '${event.sql}'`;
      this.sqlTrouble = { number: Number(number), text: told };
      state.sql = false;
      this.host.say("ERROR", `Slave SQL for channel '': ${told}, Error_code: ${number}`);
    }
    this.host.save();
  }

  /** Without another try. */
  private fails(trouble: Trouble): void {
    this.ioTrouble = trouble;
    if (this.state !== undefined) this.state.io = false;
    this.host.say("ERROR", `Slave I/O for channel '': ${trouble.text}, Error_code: ${trouble.number}`);
    this.end();
    this.host.save();
  }

  /** As `SHOW SLAVE STATUS` tells it; undefined: it is no replica. */
  status(): Record<string, Value> | undefined {
    const { state } = this;
    if (state === undefined) return undefined;
    const reading = state.io && this.connected;
    const yes = (is: boolean): string => (is ? "Yes" : "No");
    const waiting = "Slave has read all relay log; waiting for more updates";
    return {
      Slave_IO_State: !state.io ? "" : reading ? "Waiting for master to send event" : "Connecting to master",
      Master_Host: state.host,
      Master_User: state.user,
      Master_Port: state.port,
      Connect_Retry: state.retrySeconds,
      Master_Log_File: state.file,
      Read_Master_Log_Pos: state.position,
      Relay_Master_Log_File: state.file,
      Slave_IO_Running: state.io && !reading ? "Connecting" : yes(reading),
      Slave_SQL_Running: yes(state.sql),
      Last_Errno: this.sqlTrouble.number,
      Last_Error: this.sqlTrouble.text,
      Exec_Master_Log_Pos: state.position,
      Seconds_Behind_Master: reading && state.sql ? 0 : null,
      Last_IO_Errno: this.ioTrouble.number,
      Last_IO_Error: this.ioTrouble.text,
      Last_SQL_Errno: this.sqlTrouble.number,
      Last_SQL_Error: this.sqlTrouble.text,
      Master_Server_Id: this.sourceId,
      Slave_SQL_Running_State: state.sql ? waiting : "",
    };
  }
}
