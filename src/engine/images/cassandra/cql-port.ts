/** Where cqlsh and the ring's other nodes reach the rows. **Simplified:** lines of JSON, no native protocol. */
import { isObject, parseJson } from "../../base/json.ts";
import { lineServer } from "../../runtime/connection.ts";
import type { TcpListener } from "../../runtime/connection.ts";
import { runCql } from "./cql.ts";
import type { CqlHost } from "./cql.ts";
import type { Entry } from "./cql-store.ts";

/** What cqlsh says first, and is told. */
export const GREETING = "cqlsh";

export function cqlPort(host: CqlHost): TcpListener {
  return lineServer((connection) => {
    const session = { keyspace: "" };
    return (line) => {
      const said = parseJson(line);
      if (said === GREETING) return `${JSON.stringify(host.local)}\n`;
      if (isObject(said) && Array.isArray(said["copies"])) {
        host.store.merge(said["copies"] as Entry[]);
        return undefined;
      }
      if (typeof said === "string") return `${JSON.stringify(runCql(said, session, host))}\n`;
      connection.close();
      return undefined;
    };
  });
}
