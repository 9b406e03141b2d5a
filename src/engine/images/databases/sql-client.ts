/** The client's side of `sql-server.ts`: log in, send statements, read outcomes. */
import { isObject, parseJson } from "../../base/json.ts";
import type { Call } from "../../base/syscalls.ts";
import { connect, readLineOf, write } from "../../base/syscalls.ts";
import type { Outcome } from "./sql-engine.ts";
import type { Login, LoginAnswer } from "./sql-server.ts";

export interface SqlConnection {
  fd: number;
  answer: LoginAnswer;
}

/** Fails as `connect` does. */
export function* logIn(place: { host: string; port: number }, login: Login): Call<SqlConnection> {
  const { fd } = yield* connect(place.host, place.port, {});
  yield* write(fd, `${JSON.stringify(login)}\n`);
  const line = yield* readLineOf(fd);
  if (line === null) return { fd, answer: { ok: false, problem: "password", client: "" } };
  const answer = parseJson(line) as LoginAnswer | undefined;
  // Somebody else listens there: what it says is no answer to a login.
  if (!isObject(answer)) return { fd, answer: { ok: false, problem: "password", client: "" } };
  return { fd, answer };
}

/** undefined: the server has hung up. */
export function* ask(fd: number, sql: string): Call<Outcome | undefined> {
  yield* write(fd, `${JSON.stringify(sql)}\n`);
  const line = yield* readLineOf(fd);
  return line === null ? undefined : (parseJson(line) as Outcome | undefined);
}
