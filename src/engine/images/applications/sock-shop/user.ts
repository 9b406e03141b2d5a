/**
 * Who the customers are. Upstream: microservices-demo/user, with its database, which has three customers from the start.
 * **Simplified:** passwords are kept as they are; cards and addresses of a new customer are none.
 */
import { decodeBase64 } from "../../../base/base64.ts";
import { isObject, parseJson } from "../../../base/json.ts";
import type { ServedRequest, ServedResponse } from "../../../runtime/network-port.ts";
import type { ImageDefinition, ServerContext } from "../../define-image.ts";
import { mongo } from "../../mongo/mongo.ts";
import { tags } from "../../tags.ts";
import { json } from "../../web-app.ts";
import { askTcp } from "../back-ends.ts";
import { randomHex } from "../app-state.ts";
import { askMongo, mongoDocuments } from "../mongo-client.ts";
import { goService, health, needing, problem, repository } from "./parts.ts";

const DATABASE = "users";
const CUSTOMERS = [
  ["57a98d98e4b00679b4a830af", "Eve", "Berger", "Eve_Berger", "eve"],
  ["57a98d98e4b00679b4a830b2", "User", "Name", "user", "password"],
  ["57a98ddce4b00679b4a830d1", "User1", "Name1", "user1", "password"],
].map(([id, firstName, lastName, username, password]) => ({ _id: id, firstName, lastName, username, password }));

export const user = goService({
  name: "user",
  tag: "0.4.0..7",
  page(request, ctx) {
    const place = ctx.env["MONGO_HOST"] ?? ctx.env["mongo"] ?? "user-db:27017";
    if (request.path === "/health") {
      return health(ctx, "user", { name: "user-db", asking: askTcp(ctx, place) });
    }
    return answer(request, ctx, (call) => askMongo(ctx, place, DATABASE, `customers.${call}`));
  },
});

function answer(
  { method, path, headers, body }: ServedRequest,
  ctx: ServerContext,
  ask: (call: string) => ReturnType<typeof askMongo>,
): ServedResponse | undefined {
  const find = (filter: object): string => `find(${JSON.stringify(filter)})`;
  const [, first, id] = path.split("/");
  if (first === "login") {
    const [username = "", password = ""] = credentialsOf(headers["authorization"] ?? "");
    return needing(ctx, [ask(find({ username, password }))], ([reply]) => {
      const [found] = mongoDocuments(reply);
      return found === undefined ? problem(401, "not authorized", "Unauthorized") : json({ user: shown(found) });
    });
  }
  if (first === "register" && method === "POST") {
    const said = parseJson(body);
    if (!isObject(said) || typeof said["username"] !== "string" || said["username"] === "")
      return problem(500, "empty username", "Internal Server Error");
    const { username, password = "", firstName = "", lastName = "" } = said;
    const customer = { _id: randomHex(ctx, 24), firstName, lastName, username, password };
    return needing(ctx, [ask(find({ username }))], ([reply]) => {
      if (mongoDocuments(reply).length > 0) return problem(500, "E11000 duplicate key error", "Internal Server Error");
      return needing(ctx, [ask(`insertOne(${JSON.stringify(customer)})`)], () => json({ id: customer._id }));
    });
  }
  if (first === "cards" || first === "addresses") {
    return needing(ctx, [ask(find({}))], () => json({ _embedded: { [first.replace(/e?s$/, "")]: [] } }));
  }
  if (first !== "customers") return undefined;
  return needing(ctx, [ask(find(id === undefined ? {} : { _id: id }))], ([reply]) => {
    const found = mongoDocuments(reply).map(shown);
    if (id === undefined) return json({ _embedded: { customer: found } });
    return found[0] === undefined ? problem(404, "not found", "Not Found") : json(found[0]);
  });
}

function credentialsOf(header: string): string[] {
  const encoded = /^Basic ([A-Za-z0-9+/]+=*)$/.exec(header)?.[1];
  const whole = encoded !== undefined && encoded.replace(/=+$/, "").length % 4 !== 1;
  return whole ? decodeBase64(encoded).split(/:(.*)/s) : [];
}

/** A customer as others see him. */
function shown({ _id, firstName, lastName, username }: Record<string, unknown>): Record<string, unknown> {
  return { firstName, lastName, username, id: _id };
}

export const userDb: ImageDefinition = {
  ...mongo,
  name: repository("user-db"),
  tags: tags(110, "0.3.0 0.4.0 latest"),
  files: {
    ...mongo.files,
    "/data/db/drydock.json": JSON.stringify({
      user: "",
      password: "",
      databases: { [DATABASE]: { customers: CUSTOMERS } },
    }),
  },
  programs: () => mongo.programs?.("3.4") ?? {},
};
