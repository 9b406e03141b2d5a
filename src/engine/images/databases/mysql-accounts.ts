/** Accounts as SQL makes them. **Simplified:** hosts and privileges are not kept: who may log in may do everything. */
import { refused } from "./mysql-problems.ts";
import type { Outcome } from "./sql-engine.ts";

const ACCOUNT = /^(?:'([^']*)'|"([^"]*)"|`([^`]*)`|([\w$]+))(?:@(?:'([^']*)'|"[^"]*"|`[^`]*`|[\w.%$]+))?/;
const SECRET = /\bidentified\s+(?:with\s+\S+\s+)?by\s+(?:'([^']*)'|"([^"]*)")/i;

/** undefined: the statement is about something else. Passwords are by user. */
export function onAccounts(sql: string, users: Record<string, string>): Outcome | undefined {
  if (/^flush\s+privileges$/i.test(sql)) return { kind: "done", tag: "FLUSH", rows: 0 };
  const made = /^(create|alter|drop)\s+user\s+(if\s+(?:not\s+)?exists\s+)?(.*)$/is.exec(sql);
  const granted = made === null ? /^(?:grant|revoke)\s.*\s(?:to|from)\s+(.*)$/is.exec(sql) : null;
  const rest = made?.[3] ?? granted?.[1];
  const account = rest === undefined ? null : ACCOUNT.exec(rest);
  if (rest === undefined || account === null) return undefined;
  const user = account[1] ?? account[2] ?? account[3] ?? account[4] ?? "";
  const secret = SECRET.exec(rest);
  const password = secret?.[1] ?? secret?.[2];
  const known = Object.hasOwn(users, user);
  const verb = made?.[1]?.toUpperCase();
  const done: Outcome = { kind: "done", tag: verb ?? "GRANT", rows: 0 };
  if (verb === undefined && !known && password === undefined)
    return refused(1410, "42000", "You are not allowed to create a user with GRANT");
  if (verb !== undefined && known === (verb === "CREATE")) {
    if (made?.[2] !== undefined) return done;
    return refused(1396, "HY000", `Operation ${verb} USER failed for '${user}'@'${account[5] ?? "%"}'`);
  }
  if (verb === "DROP") delete users[user];
  else if (password !== undefined || !known) users[user] = password ?? "";
  return done;
}
