/** A client of the catalogue's MongoDB: one statement a connection, as mongosh would say it. */
import { isObject, parseJson } from "../../base/json.ts";
import type { ServerContext } from "../define-image.ts";
import type { MongoRequest } from "../mongo/server.ts";
import { askTcp } from "./back-ends.ts";
import type { Asking, Reply } from "./back-ends.ts";

/** `call` is what follows `db.`: `items.find({"customer":"1"})`. */
export function askMongo(ctx: ServerContext, place: string, database: string, call: string): Asking {
  return askTcp(ctx, place, (connection, done) => {
    let heard = "";
    const request: MongoRequest = { database, text: `db.${call}` };
    connection.write(`${JSON.stringify(request)}\n`);
    return {
      data(text) {
        heard += text;
        if (heard.includes("\n")) done(heard);
      },
      end: () => done(heard, "ECONNRESET"),
    };
  });
}

/** What the statement came to; undefined where no MongoDB has answered it. */
export function mongoValue(reply: Reply | undefined): unknown {
  const said = parseJson(reply?.body ?? "");
  return isObject(said) ? said["value"] : undefined;
}

/** The documents that a `find` found. */
export function mongoDocuments(reply: Reply | undefined): Record<string, unknown>[] {
  const value = mongoValue(reply);
  return Array.isArray(value) ? value.filter(isObject) : [];
}
