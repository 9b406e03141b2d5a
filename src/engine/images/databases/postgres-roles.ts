/**
 * Roles as SQL makes them, and owners. Upstream: PostgreSQL's CREATE ROLE, ALTER ROLE, GRANT.
 *
 * **Simplified:** privileges and owners are not kept: who may log in may do everything; a role without LOGIN can't.
 */
import type { Connection } from "../../runtime/connection.ts";
import type { Outcome, SqlSession } from "./sql-engine.ts";
import type { SqlExtension, SqlHost } from "./sql-server.ts";

const NAME = String.raw`("[^"]+"|\w+)`;
const ROLE = new RegExp(String.raw`^(create|alter|drop)\s+(user|role|group)\s+(if\s+exists\s+)?${NAME}\s*(.*)$`, "is");
const GRANT = new RegExp(String.raw`^(grant|revoke)\s.*\s(?:to|from)\s+(?:group\s+)?${NAME}(?:\s+with\s+.*)?$`, "is");
const OWNER = new RegExp(String.raw`^alter\s+(database|table|schema|sequence)\s+${NAME}\s+owner\s+to\s+${NAME}$`, "is");
const DATABASE = new RegExp(
  String.raw`^(create\s+database\s+${NAME})\s+(?:with\s+)?((?:owner|encoding|template|lc_collate|lc_ctype|tablespace|connection\s+limit)\b.*)$`,
  "is",
);
const RENAME = new RegExp(String.raw`^rename\s+to\s+${NAME}$`, "is");
const SECRET = /\bpassword\s+'((?:[^']|'')*)'/i;

/** What stands around the name of a CREATE, ALTER or DROP ROLE, and who says it. */
interface RoleStatement {
  word: string;
  ifThere: boolean;
  rest: string;
  session: SqlSession;
}

export class PostgresRoles implements SqlExtension {
  private readonly host: SqlHost;
  /** Those that may not log in. */
  private readonly groups: Set<string>;

  constructor(host: SqlHost) {
    this.host = host;
    const kept = host.own as { groups?: string[] } | undefined;
    this.groups = new Set(kept?.groups ?? []);
  }

  state(): unknown {
    return { groups: [...this.groups] };
  }

  run(sql: string, session: SqlSession): Outcome | undefined {
    const text = sql.replace(/^\s*(--[^\n]*\n\s*)*/, "").trim();
    const [, verb = "", word = "", ifThere, name = "", rest = ""] = ROLE.exec(text) ?? [];
    if (verb !== "")
      return this.role(verb.toUpperCase(), plain(name), { word, ifThere: ifThere !== undefined, rest, session });
    const [, grant = "", receiver = ""] = GRANT.exec(text) ?? [];
    if (grant !== "") return this.knows(receiver) ? done(grant.toUpperCase()) : unknown(receiver);
    const [, what = "", , owner = ""] = OWNER.exec(text) ?? [];
    if (what !== "") return this.knows(owner) ? done(`ALTER ${what.toUpperCase()}`) : unknown(owner);
    const [, create = "", , options = ""] = DATABASE.exec(text) ?? [];
    const named = new RegExp(String.raw`\bowner\s*=?\s*${NAME}`, "i").exec(options)?.[1];
    if (named !== undefined && !this.knows(named)) return unknown(named);
    return create === "" ? undefined : this.host.engine.run(create, session);
  }

  private knows(name: string): boolean {
    const role = plain(name);
    return role === "public" || Object.hasOwn(this.host.users, role) || this.groups.has(role);
  }

  private role(verb: string, name: string, how: RoleStatement): Outcome {
    const { users } = this.host;
    const { word, ifThere, rest, session } = how;
    if (verb !== "CREATE" && !this.knows(name)) return verb === "DROP" && ifThere ? done("DROP ROLE") : unknown(name);
    if (verb === "CREATE" && this.knows(name)) return refused("42710", `role "${name}" already exists`);
    const renamed = verb === "ALTER" ? RENAME.exec(rest)?.[1] : undefined;
    if (renamed !== undefined) return this.rename(name, plain(renamed), session);
    const password = SECRET.exec(rest)?.[1]?.replaceAll("''", "'");
    if (verb === "DROP") {
      delete users[name];
      this.groups.delete(name);
      return done("DROP ROLE");
    }
    const isGroup = verb === "CREATE" ? word.toLowerCase() !== "user" : this.groups.has(name);
    const logsIn = /\bnologin\b/i.test(rest) ? false : /\blogin\b/i.test(rest) ? true : !isGroup;
    if (logsIn) {
      this.groups.delete(name);
      users[name] = password ?? users[name] ?? "";
    } else {
      delete users[name];
      this.groups.add(name);
    }
    return done(`${verb} ROLE`);
  }

  private rename(from: string, to: string, { user }: SqlSession): Outcome {
    const { users } = this.host;
    if (user.startsWith(`${from}@`)) return refused("0A000", "session user cannot be renamed");
    if (this.knows(to)) return refused("42710", `role "${to}" already exists`);
    if (this.groups.delete(from)) this.groups.add(to);
    else {
      users[to] = users[from] ?? "";
      delete users[from];
    }
    return done("ALTER ROLE");
  }

  changed(): void {}

  hears(_said: unknown, connection: Connection): undefined {
    connection.end();
    return undefined;
  }

  left(): void {}

  started(): void {}
}

/** Names outside of quotes are in small letters. */
function plain(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1) : name.toLowerCase();
}

function done(tag: string): Outcome {
  return { kind: "done", tag, rows: 0 };
}

function refused(state: string, text: string): Outcome {
  return { kind: "problem", problem: { kind: "own", code: 0, state, text } };
}

function unknown(name: string): Outcome {
  return refused("42704", `role "${plain(name)}" does not exist`);
}
