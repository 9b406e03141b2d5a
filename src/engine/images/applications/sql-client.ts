/** A client of the database servers of this catalogue: it logs in, says one statement and reads what it came to. */
import { parseJson } from "../../base/json.ts";
import type { ServerContext } from "../define-image.ts";
import type { Outcome } from "../databases/sql-engine.ts";
import type { Login, LoginAnswer } from "../databases/sql-server.ts";
import { askTcp } from "./back-ends.ts";
import type { Asking, Reply } from "./back-ends.ts";

export interface Database extends Login {
  /** `host:port`. */
  place: string;
}

/** `postgresql://user:password@host:5432/name`, with what comes before it (`jdbc:`) and without user and password too. */
export function databaseOf(uri: string, user = "", password = ""): Database {
  const parts = /:\/\/(?:([^:@/]*):([^@/]*)@)?([^/]*)\/?(.*)$/.exec(uri);
  return {
    user: parts?.[1] ?? user,
    password: parts?.[2] ?? password,
    place: parts?.[3] ?? uri,
    database: (parts?.[4] ?? "").replace(/\?.*$/, ""),
  };
}

export function askSql(ctx: ServerContext, { place, ...login }: Database, ...statements: readonly string[]): Asking {
  return askTcp(ctx, place, (connection, done) => {
    let heard = "";
    let said = -1;
    connection.write(`${JSON.stringify(login)}\n`);
    return {
      data(text) {
        heard += text;
        for (let at = heard.indexOf("\n"); at >= 0; at = heard.indexOf("\n")) {
          const line = heard.slice(0, at);
          heard = heard.slice(at + 1);
          said += 1;
          const statement = statements[said];
          const welcome = said > 0 || (parseJson(line) as LoginAnswer | undefined)?.ok === true;
          if (statement === undefined || !welcome) return done(line);
          connection.write(`${JSON.stringify(statement)}\n`);
        }
      },
      end: () => done("", "ECONNRESET"),
    };
  });
}

/** What the last statement came to; a string: why there is nothing. */
export function outcomeOf({ place, errno, body }: Reply): Outcome | string {
  if (errno !== undefined) return `could not connect to ${place}: ${errno}`;
  const said = parseJson(body) as LoginAnswer | Outcome | undefined;
  if (said === undefined) return `no database answers at ${place}`;
  if ("kind" in said) return said;
  if (said.ok) return { kind: "done", tag: "CONNECT", rows: 0 };
  return said.problem === "password" ? `authentication failed at ${place}` : `no such database at ${place}`;
}
