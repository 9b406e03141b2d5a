/**
 * Docker's example voting app: vote → redis → worker → postgres → result. Upstream: dockersamples/example-voting-app.
 * **Simplified:** the result page has its counts in it, where the real one gets them over a web socket.
 */
import { isObject, parseJson } from "../../base/json.ts";
import type { ImageDefinition, ServerContext } from "../define-image.ts";
import type { Outcome } from "../databases/sql-engine.ts";
import { tags } from "../tags.ts";
import { defineWebApp, html } from "../web-app.ts";
import { cookieOf, formOf, randomHex, repeat } from "./app-state.ts";
import { whenAnswered } from "./back-ends.ts";
import { askRedis, redisValue } from "./redis-client.ts";
import { askSql, databaseOf, outcomeOf } from "./sql-client.ts";
import { defineWorker, hear } from "./worker.ts";

const REDIS = "redis:6379";
const DATABASE = databaseOf("postgresql://postgres:postgres@db:5432/postgres");
const TAGS = tags(60, "latest before after");

/** Under the names of both repositories that have been published. */
const both = (part: string): string[] => [
  `docker.io/dockersamples/examplevotingapp_${part}`,
  `docker.io/kodekloud/examplevotingapp_${part}`,
];

const vote = both("vote").map((name) =>
  defineWebApp({
    name,
    tags: { ...TAGS, ...tags(60, "v1 v2") },
    port: 80,
    program: "/usr/local/bin/gunicorn",
    userland: "debian",
    memoryMB: 45,
    page({ method, path, body, headers }, ctx) {
      if (path !== "/") return undefined;
      const voter = cookieOf(headers, "voter_id") ?? randomHex(ctx, 16);
      if (method !== "POST") return votePage(ctx, voter, "");
      const choice = formOf(body)["vote"] ?? "";
      ctx.log(`Received vote for ${choice}`);
      const ballot = JSON.stringify({ voter_id: voter, vote: choice });
      return whenAnswered(ctx, [askRedis(ctx, REDIS, ["RPUSH", "votes", ballot])], ([reply]) => {
        const result = redisValue(reply as never);
        if (!("error" in result)) return votePage(ctx, voter, choice);
        ctx.log(`redis.exceptions.ConnectionError: ${result.error}`, "stderr");
        return html(
          "500 Internal Server Error",
          `<h1>Internal Server Error</h1>\n<p>redis.exceptions.ConnectionError: ${result.error}</p>`,
          500,
        );
      });
    },
    banner: () => [
      "[INFO] Starting gunicorn 23.0.0",
      "[INFO] Listening at: http://0.0.0.0:80 (1)",
      "[INFO] Using worker: sync",
    ],
  }),
);

function votePage(ctx: ServerContext, voter: string, choice: string): ReturnType<typeof html> {
  const a = ctx.env["OPTION_A"] ?? "Cats";
  const b = ctx.env["OPTION_B"] ?? "Dogs";
  const page = html(
    `${a} vs ${b}!`,
    `<h3>${a} vs ${b}!</h3>\n<form method="POST">\n<button name="vote" value="a"${choice === "a" ? " disabled" : ""}>${a}</button>\n<button name="vote" value="b"${choice === "b" ? " disabled" : ""}>${b}</button>\n</form>\n<div>Processed by container ID ${ctx.hostname}</div>`,
  );
  return { ...page, headers: { ...page.headers, "set-cookie": `voter_id=${voter}; Path=/` } };
}

const result = both("result").map((name) =>
  defineWebApp({
    name,
    tags: TAGS,
    port: 80,
    readsPort: true,
    program: "/usr/local/bin/node",
    userland: "debian",
    memoryMB: 45,
    exitCode: 143,
    page({ path }, ctx) {
      if (path !== "/") return undefined;
      return whenAnswered(ctx, [askSql(ctx, DATABASE, "SELECT vote FROM votes")], ([reply]) => {
        const outcome = outcomeOf(reply as never);
        if (typeof outcome !== "string") return resultPage(outcome);
        ctx.log(`Error performing query: ${outcome}`, "stderr");
        return html("Internal Server Error", `<pre>${outcome}</pre>`, 500);
      });
    },
    banner: (port) => [`App running on port ${port}`],
    works: (ctx) =>
      repeat(ctx, (again) =>
        hear(ctx, askSql(ctx, DATABASE), (reply) => {
          if (typeof outcomeOf(reply) !== "string") return ctx.log("Connected to db");
          ctx.log("Waiting for db", "stderr");
          again(1000);
        }),
      ),
  }),
);

function resultPage(outcome: Outcome): ReturnType<typeof html> {
  const votes = outcome.kind === "rows" ? outcome.rows.map(([choice]) => choice) : [];
  const a = votes.filter((choice) => choice === "a").length;
  const share = (count: number): string => `${(votes.length === 0 ? 50 : (100 * count) / votes.length).toFixed(1)}%`;
  const total = votes.length === 0 ? "No votes yet" : `${votes.length} vote${votes.length === 1 ? "" : "s"}`;
  return html(
    "Cats vs Dogs -- Result",
    `<div>Cats ${share(a)}</div>\n<div>Dogs ${share(votes.length - a)}</div>\n<div id="result">${total}</div>`,
  );
}

const TABLE = "CREATE TABLE IF NOT EXISTS votes (id VARCHAR(255) PRIMARY KEY, vote VARCHAR(255) NOT NULL)";

/** Waits for both, then takes votes off the queue; a vote of a known voter takes the place of the former. */
function work(ctx: ServerContext): void {
  let ready = false;
  const text = (value: unknown): string => `'${String(value).replaceAll("'", "''")}'`;
  const store = (ballot: string, again: (delayMs: number) => void): void => {
    const cast = parseJson(ballot);
    if (!isObject(cast)) return;
    const { voter_id: id, vote: choice } = cast;
    ctx.log(`Processing vote for '${choice}' by '${id}'`);
    const asking = askSql(
      ctx,
      DATABASE,
      `DELETE FROM votes WHERE id = ${text(id)}`,
      `INSERT INTO votes (id, vote) VALUES (${text(id)}, ${text(choice)})`,
    );
    hear(ctx, asking, (reply) => {
      const outcome = outcomeOf(reply);
      if (typeof outcome === "string") {
        ctx.log("Reconnecting DB", "stderr");
        ctx.after(1000, () => store(ballot, again));
      } else again(100);
    });
  };
  repeat(ctx, (again) => {
    if (!ready) {
      return hear(ctx, askSql(ctx, DATABASE, TABLE), (reply) => {
        ready = typeof outcomeOf(reply) !== "string";
        ctx.log(ready ? "Connected to db" : "Waiting for db", ready ? "stdout" : "stderr");
        again(1000);
      });
    }
    hear(ctx, askRedis(ctx, REDIS, ["LPOP", "votes"]), (reply) => {
      const taken = redisValue(reply);
      if ("error" in taken) {
        ctx.log(`Reconnecting Redis: ${taken.error}`, "stderr");
        return again(1000);
      }
      if (typeof taken.value !== "string") return again(1000);
      store(taken.value, again);
    });
  });
}

const workers = both("worker").map((name) =>
  defineWorker({ name, tags: tags(75, "latest dotnet java v1"), program: "/app/Worker", memoryMB: 40, start: work }),
);

export const votingApp: readonly ImageDefinition[] = [...vote, ...result, ...workers];
