/** The socks that there are. Upstream: microservices-demo/catalogue, with its database of MySQL. */
import { mysqlImages } from "../../databases/mysql.ts";
import { tags } from "../../tags.ts";
import { json } from "../../web-app.ts";
import { whenAnswered } from "../back-ends.ts";
import { askSql, outcomeOf } from "../sql-client.ts";
import { goService, health, problem, repository } from "./parts.ts";

const SOCKS = (
  [
    ["a0a4f044-b040-410d-8ead-4de0446aec7e", "Nerd leg", 7.99, ["blue", "skin"]],
    ["808a2de1-1aaa-4c25-a9b9-6612e8f29a38", "Crossed", 17.32, ["blue", "action", "red", "formal"]],
    ["510a0d7e-8e83-4193-b483-e27e09ddc34d", "SuperSport XL", 15, ["sport", "formal", "black"]],
    ["03fef6ac-1896-4ce8-bd69-b798f85c6e0b", "Holy", 99.99, ["action", "magic"]],
    ["d3588630-ad8e-49df-bbd7-3167f7efb246", "YouTube.sock", 10.99, ["formal", "geek"]],
  ] as const
).map(([id, name, price, tag]) => ({ id, name, price, count: 100, tag }));

const DATABASE = {
  place: "catalogue-db:3306",
  user: "catalogue_user",
  password: "default_password",
  database: "socksdb",
};

export const catalogue = goService({
  name: "catalogue",
  tag: "0.3.0..5",
  page({ path }, ctx) {
    const asking = askSql(ctx, DATABASE);
    if (path === "/health") return health(ctx, "catalogue", { name: "catalogue-db", asking });
    if (!/^\/(tags|catalogue)(\/|$)/.test(path)) return undefined;
    return whenAnswered(ctx, [asking], ([reply]) => {
      const outcome = outcomeOf(reply as never);
      if (typeof outcome === "string") {
        ctx.log(`err="${outcome}" database=catalogue-db`, "stderr");
        return problem(500, "database connection error", outcome);
      }
      const found = lookUp(path);
      return found === undefined ? problem(404, "not found", "Not Found") : json(found);
    });
  },
});

function lookUp(path: string): unknown {
  if (path === "/tags") return { tags: [...new Set(SOCKS.flatMap(({ tag }) => tag))], err: null };
  if (path === "/catalogue/size") return { size: SOCKS.length, err: null };
  if (path === "/catalogue") return SOCKS;
  return SOCKS.find(({ id }) => path === `/catalogue/${id}`);
}

/** MySQL with the catalogue's user and database. */
export const catalogueDb = mysqlImages
  .filter(({ name }) => name === "docker.io/library/mysql")
  .map((definition) => ({
    ...definition,
    name: repository("catalogue-db"),
    tags: tags(150, "0.3.0 latest"),
    env: {
      ...definition.env,
      MYSQL_DATABASE: "socksdb",
      MYSQL_USER: "catalogue_user",
      MYSQL_PASSWORD: "default_password",
    },
  }));
