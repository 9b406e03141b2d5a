/**
 * Google's Bank of Anthos. Upstream: GoogleCloudPlatform/bank-of-anthos. A home page with a service missing says so in
 * that service's place, as the real one does. **Simplified:** tokens are names, not signed; the demonstration's four users are all that there
 * are, whatever the database holds; their accounts begin empty.
 */
import type { ServedResponse } from "../../runtime/network-port.ts";
import { postgres } from "../databases/postgres.ts";
import type { ImageDefinition, ServerContext } from "../define-image.ts";
import { tags } from "../tags.ts";
import { defineWebApp, html, json } from "../web-app.ts";
import type { WebApp } from "../web-app.ts";
import { cookieOf, formOf } from "./app-state.ts";
import { askHttp, failures, whenAnswered } from "./back-ends.ts";
import type { Reply } from "./back-ends.ts";
import { askSql, databaseOf, outcomeOf } from "./sql-client.ts";
import { defineVisitor } from "./worker.ts";

const REGISTRIES = ["gcr.io/bank-of-anthos-ci", "us-central1-docker.pkg.dev/bank-of-anthos-ci/bank-of-anthos"];
const TAGS = tags(90, "v0.5.0..12 v0.6.0..10 latest");
/** Of the demonstration's data, by user. */
const ACCOUNTS: Readonly<Record<string, string>> = {
  testuser: "1011226111",
  alice: "1033623433",
  bob: "1055757655",
  eve: "1077441377",
};
const PASSWORD = "bankofanthos";
const LEDGER =
  "CREATE TABLE IF NOT EXISTS transactions (id SERIAL PRIMARY KEY, sender VARCHAR(10), receiver VARCHAR(10), amount INTEGER)";

const accounts = (ctx: ServerContext) => databaseOf(ctx.env["ACCOUNTS_DB_URI"] ?? "");
const ledger = (ctx: ServerContext) =>
  databaseOf(
    ctx.env["SPRING_DATASOURCE_URL"] ?? "",
    ctx.env["SPRING_DATASOURCE_USERNAME"],
    ctx.env["SPRING_DATASOURCE_PASSWORD"],
  );

function everywhere(name: string, app: Omit<WebApp, "name" | "tags" | "port" | "readsPort">): ImageDefinition[] {
  return REGISTRIES.map((registry) =>
    defineWebApp({
      ...app,
      name: `${registry}/${name}`,
      tags: TAGS,
      port: 8080,
      readsPort: true,
      user: 1000,
      userland: "debian",
    }),
  );
}

function python(name: string, page: WebApp["page"]): ImageDefinition[] {
  return everywhere(name, {
    program: "/usr/local/bin/gunicorn",
    memoryMB: 70,
    startMs: 4000,
    page(request, ctx, tag) {
      if (request.path === "/ready") return "ok";
      if (request.path === "/version") return ctx.env["VERSION"] ?? "";
      return page(request, ctx, tag);
    },
    banner: (port) => [
      "[INFO] Starting gunicorn 23.0.0",
      `[INFO] Listening at: http://0.0.0.0:${port} (1)`,
      JSON.stringify({ severity: "INFO", message: `Starting ${name} service.` }),
    ],
  });
}

/** Services in Java, which hold the ledger: slow to start, and healthy only while their database is there. */
function java(name: string, page: WebApp["page"]): ImageDefinition[] {
  return everywhere(name, {
    program: "/usr/bin/java",
    memoryMB: 240,
    startMs: 20_000,
    writes: "/tmp",
    exitCode: 143,
    page(request, ctx, tag) {
      if (request.path === "/ready" || request.path === "/healthy") return "ok";
      if (request.path === "/version") return ctx.env["VERSION"] ?? "";
      return page(request, ctx, tag);
    },
    banner: (port) => [
      `Tomcat started on port(s): ${port} (http) with context path ''`,
      `Started ${name} in 19.4 seconds`,
    ],
  });
}

function rowsOf(
  ctx: ServerContext,
  reply: Reply | undefined,
  show: (rows: readonly unknown[][]) => unknown,
): ServedResponse {
  const outcome = outcomeOf(reply as Reply);
  if (typeof outcome === "string") {
    ctx.log(JSON.stringify({ severity: "ERROR", message: outcome }), "stderr");
    return { ...json({}, 500), body: outcome };
  }
  return json(show(outcome.kind === "rows" ? outcome.rows : []));
}

const userservice = python("userservice", ({ path, query }, ctx) => {
  if (path !== "/login") return undefined;
  const { username = "", password = "" } = formOf(query);
  return whenAnswered(ctx, [askSql(ctx, accounts(ctx))], ([reply]) => {
    if (typeof outcomeOf(reply as Reply) === "string") return rowsOf(ctx, reply, () => undefined);
    if (!Object.hasOwn(ACCOUNTS, username)) return { ...json({}, 404), body: `user ${username} does not exist` };
    return password === PASSWORD ? json({ token: username }) : { ...json({}, 401), body: "invalid login" };
  });
});

const contacts = python("contacts", ({ path }, ctx) => {
  if (!path.startsWith("/contacts/")) return undefined;
  return whenAnswered(ctx, [askSql(ctx, accounts(ctx))], ([reply]) =>
    rowsOf(ctx, reply, () =>
      Object.entries(ACCOUNTS)
        .filter(([name]) => path !== `/contacts/${name}`)
        .map(([label, account_num]) => ({ label, account_num, is_external: false })),
    ),
  );
});

const ledgerwriter = java("ledgerwriter", ({ method, path, body }, ctx) => {
  if (path !== "/transactions" || method !== "POST") return undefined;
  const { from = "", to = "", amount = "0" } = formOf(body);
  if (![from, to, amount].every((word) => /^\d+$/.test(word))) return { ...json({}, 400), body: "invalid transaction" };
  const statement = `INSERT INTO transactions (sender, receiver, amount) VALUES ('${from}', '${to}', ${amount})`;
  return whenAnswered(ctx, [askSql(ctx, ledger(ctx), LEDGER, statement)], ([reply]) => ({
    ...rowsOf(ctx, reply, () => "ok"),
  }));
});

const LIST = "SELECT sender, receiver, amount FROM transactions";

const balancereader = java("balancereader", ({ path }, ctx) => {
  const account = /^\/balances\/(\d+)$/.exec(path)?.[1];
  if (account === undefined) return undefined;
  return whenAnswered(ctx, [askSql(ctx, ledger(ctx), LEDGER, LIST)], ([reply]) =>
    rowsOf(ctx, reply, (rows) =>
      rows.reduce(
        (sum, [from, to, amount]) =>
          sum + (to === account ? Number(amount) : 0) - (from === account ? Number(amount) : 0),
        0,
      ),
    ),
  );
});

const transactionhistory = java("transactionhistory", ({ path }, ctx) => {
  const account = /^\/transactions\/(\d+)$/.exec(path)?.[1];
  if (account === undefined) return undefined;
  return whenAnswered(ctx, [askSql(ctx, ledger(ctx), LEDGER, LIST)], ([reply]) =>
    rowsOf(ctx, reply, (rows) =>
      rows
        .filter(([from, to]) => from === account || to === account)
        .map(([from, to, amount]) => ({ fromAccountNum: from, toAccountNum: to, amount })),
    ),
  );
});

function accountOf(user: string): string {
  return (Object.hasOwn(ACCOUNTS, user) ? ACCOUNTS[user] : undefined) ?? "";
}

function home(ctx: ServerContext, user: string): ServedResponse {
  const at = (variable: string, path: string) => askHttp(ctx, `http://${ctx.env[variable] ?? ""}${path}`);
  const askings = [
    at("BALANCES_API_ADDR", `/balances/${accountOf(user)}`),
    at("HISTORY_API_ADDR", `/transactions/${accountOf(user)}`),
    at("CONTACTS_API_ADDR", `/contacts/${user}`),
  ];
  return whenAnswered(ctx, askings, (replies) => {
    for (const failed of failures(replies)) ctx.log(JSON.stringify({ severity: "ERROR", message: failed }), "stderr");
    const shown = (index: number, otherwise: string): string => {
      const reply = replies[index];
      return reply?.status === 200 ? reply.body.trim() : otherwise;
    };
    return html(
      "Bank of Anthos",
      [
        `<p>Current Balance: <span id="current-balance">${shown(0, "---")}</span></p>`,
        `<p>Transaction History: ${shown(1, "Error: Could Not Load Transactions")}</p>`,
        `<p>Contacts: ${shown(2, "Error: Could Not Load Contacts")}</p>`,
      ].join("\n"),
    );
  });
}

const frontend = python("frontend", ({ method, path, body, headers }, ctx) => {
  const token = cookieOf(headers, "token");
  const to = (location: string, more: Record<string, string> = {}): ServedResponse => ({
    status: 302,
    headers: { location, ...more },
    body: "",
  });
  if (path === "/") return to(token === undefined ? "/login" : "/home");
  if (path === "/home") return token === undefined ? to("/login") : home(ctx, token);
  if (path === "/login" && method === "GET")
    return html("Bank of Anthos", '<h1>Sign In</h1>\n<form action="/login" method="POST"></form>');
  if (path === "/login") {
    const { username = "", password = "" } = formOf(body);
    const [name, word] = [username, password].map(encodeURIComponent);
    const url = `http://${ctx.env["USERSERVICE_API_ADDR"] ?? ""}/login?username=${name}&password=${word}`;
    return whenAnswered(ctx, [askHttp(ctx, url)], (replies) => {
      const [failed] = failures(replies);
      if (replies[0]?.status === 200) return to("/home", { "set-cookie": `token=${username}` });
      ctx.log(JSON.stringify({ severity: "ERROR", message: failed ?? replies[0]?.body ?? "" }), "stderr");
      return to("/login?msg=Login+Failed");
    });
  }
  if (path === "/payment" && method === "POST" && token !== undefined) {
    const { account_num: receiver = "", amount = "0" } = formOf(body);
    const url = `http://${ctx.env["TRANSACTIONS_API_ADDR"] ?? ""}/transactions`;
    return whenAnswered(
      ctx,
      [askHttp(ctx, url, { method: "POST", body: `from=${accountOf(token)}&to=${receiver}&amount=${amount}` })],
      ([reply]) => {
        return to(
          reply !== undefined && reply.status >= 200 && reply.status < 300
            ? "/home?msg=Payment+successful"
            : "/home?msg=Payment+failed",
        );
      },
    );
  }
  return undefined;
});

const databases = REGISTRIES.flatMap((registry) =>
  ["accounts-db", "ledger-db"].map((name) => ({ ...postgres, name: `${registry}/${name}`, tags: TAGS })),
);

const visitors = REGISTRIES.map((registry) =>
  defineVisitor({
    name: `${registry}/loadgenerator`,
    tags: TAGS,
    everyMs: 5000,
    user: 1000,
    address: (ctx) => `http://${ctx.env["FRONTEND_ADDR"] ?? "frontend:80"}`,
    paths: ["/", "/login", "/home"],
  }),
);

export const bankOfAnthos: readonly ImageDefinition[] = [
  ...frontend,
  ...userservice,
  ...contacts,
  ...ledgerwriter,
  ...balancereader,
  ...transactionhistory,
  ...databases,
  ...visitors,
];
