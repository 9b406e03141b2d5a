/**
 * Weaveworks' Sock Shop. Upstream: microservices-demo/microservices-demo and its sisters. As in life the front page is a
 * file, and what it fetches (`/catalogue`, `/cart`, `/orders`) goes to the services behind.
 * **Simplified:** carts and orders live in the memory of their services, which only see whether their databases are there.
 */
import { isObject, parseJson } from "../../base/json.ts";
import type { ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import { mysqlImages } from "../databases/mysql.ts";
import { defineImage } from "../define-image.ts";
import type { ImageDefinition, ServerContext } from "../define-image.ts";
import { tags } from "../tags.ts";
import { defineWebApp, html, json } from "../web-app.ts";
import { cookieOf, processState, randomHex } from "./app-state.ts";
import { askHttp, askTcp, failures, whenAnswered } from "./back-ends.ts";
import type { Asking } from "./back-ends.ts";
import { askSql, outcomeOf } from "./sql-client.ts";
import { defineVisitor } from "./worker.ts";

const SOCKS = [
  ["a0a4f044-b040-410d-8ead-4de0446aec7e", "Nerd leg", 7.99, ["blue", "skin"]],
  ["808a2de1-1aaa-4c25-a9b9-6612e8f29a38", "Crossed", 17.32, ["blue", "action", "red", "formal"]],
  ["510a0d7e-8e83-4193-b483-e27e09ddc34d", "SuperSport XL", 15, ["sport", "formal", "black"]],
  ["03fef6ac-1896-4ce8-bd69-b798f85c6e0b", "Holy", 99.99, ["action", "magic"]],
  ["d3588630-ad8e-49df-bbd7-3167f7efb246", "YouTube.sock", 10.99, ["formal", "geek"]],
].map(([id, name, price, tag]) => ({ id, name, price, count: 100, tag })) as readonly { id: string; tag: string[] }[];

const repository = (part: string): string => `docker.io/weaveworksdemos/${part}`;

/** What it answers to `/health`: itself and its database, as `OK` or `err`. */
function health(ctx: ServerContext, service: string, database?: { name: string; asking: Asking }): ServedResponse {
  const time = new Date(ctx.now()).toISOString();
  const own = { service, status: "OK", time };
  if (database === undefined) return json({ health: [own] });
  return whenAnswered(ctx, [database.asking], ([reply]) => {
    const status = reply?.errno === undefined ? "OK" : "err";
    return json({ health: [own, { service: database.name, status, time }] });
  });
}

/** An answer once everything that it needs is there; else 500 with what could not be reached. */
function needing(ctx: ServerContext, askings: readonly Asking[], page: () => ServedResponse): ServedResponse {
  return whenAnswered(ctx, askings, (replies) => {
    const [failed] = failures(replies);
    if (failed === undefined) return page();
    ctx.log(`err="${failed}"`, "stderr");
    return json({ error: failed, status_code: 500, status_text: "Internal Server Error" }, 500);
  });
}

interface Part {
  name: string;
  tag: string;
  page(request: ServedRequest, ctx: ServerContext): string | ServedResponse | undefined;
}

/** The services in Go: a small binary that logs in logfmt. */
function goService({ name, tag, page }: Part): ImageDefinition {
  return defineWebApp({
    name: repository(name),
    tags: tags(15, `${tag} latest`),
    port: 80,
    portFlag: true,
    program: name === "user" ? "/user" : "/app",
    userland: "busybox",
    memoryMB: 10,
    exitCode: 0,
    page,
    banner: (port, ctx) => [`ts=${new Date(ctx.now()).toISOString()} caller=main.go transport=HTTP port=${port}`],
    logLine: ({ method, path }, status, time) =>
      `ts=${new Date(time).toISOString()} caller=middlewares.go method=${method} path=${path} status=${status}`,
  });
}

/** The services in Java: Spring Boot takes its time, and Tomcat needs a folder in /tmp. */
function javaService({ name, tag, page }: Part): ImageDefinition {
  const type = `${name.replaceAll("-", "")}.Application`;
  return defineWebApp({
    name: repository(name),
    tags: tags(87, `${tag} latest`),
    port: 80,
    program: "/usr/local/bin/java.sh",
    userland: "busybox",
    memoryMB: 230,
    startMs: 25_000,
    writes: "/tmp",
    exitCode: 143,
    page,
    banner: (port) => [
      `INFO [${name},,,] [main] s.b.c.e.t.TomcatEmbeddedServletContainer : Tomcat started on port(s): ${port} (http)`,
      `INFO [${name},,,] [main] w.w.s.${type} : Started application in 24.1 seconds`,
    ],
  });
}

const CATALOGUE_DB = {
  place: "catalogue-db:3306",
  user: "catalogue_user",
  password: "default_password",
  database: "socksdb",
};

const catalogue = goService({
  name: "catalogue",
  tag: "0.3.0..5",
  page({ path }, ctx) {
    const asking = askSql(ctx, CATALOGUE_DB);
    if (path === "/health") return health(ctx, "catalogue", { name: "catalogue-db", asking });
    const found = cataloguePage(path);
    if (found === undefined) return undefined;
    return whenAnswered(ctx, [asking], ([reply]) => {
      const outcome = outcomeOf(reply as never);
      if (typeof outcome !== "string") return json(found);
      ctx.log(`err="${outcome}" database=catalogue-db`, "stderr");
      return json({ error: "database connection error", status_code: 500, status_text: outcome }, 500);
    });
  },
});

function cataloguePage(path: string): unknown {
  if (path === "/tags") return { tags: [...new Set(SOCKS.flatMap(({ tag }) => tag))], err: null };
  if (path === "/catalogue/size") return { size: SOCKS.length, err: null };
  if (path === "/catalogue") return SOCKS;
  return SOCKS.find(({ id }) => path === `/catalogue/${id}`);
}

type Item = { itemId: string; quantity: number };
const cartsOf = processState(() => new Map<string, Item[]>());

const carts = javaService({
  name: "carts",
  tag: "0.4.0..8",
  page({ method, path, body }, ctx) {
    const database = askTcp(ctx, "carts-db:27017");
    if (path === "/health") return health(ctx, "carts", { name: "carts-db", asking: database });
    const customer = /^\/carts\/([^/]+)/.exec(path)?.[1];
    if (customer === undefined) return undefined;
    return needing(ctx, [database], () => {
      const all = cartsOf(ctx);
      const items = all.get(customer) ?? [];
      if (method === "DELETE") all.delete(customer);
      if (method === "POST") {
        const said = parseJson(body === "" ? "{}" : body);
        if (!isObject(said)) return json({ error: "Bad Request" }, 400);
        const id = String(said["id"] ?? "");
        all.set(customer, [...items, { itemId: id, quantity: 1 }]);
        return json({ itemId: id, quantity: 1 }, 201);
      }
      return json(items, method === "DELETE" ? 202 : 200);
    });
  },
});

const ordersOf = processState((): object[] => []);

const orders = javaService({
  name: "orders",
  tag: "0.4.0..7",
  page({ method, path }, ctx) {
    const database = askTcp(ctx, "orders-db:27017");
    if (path === "/health") return health(ctx, "orders", { name: "orders-db", asking: database });
    if (!path.startsWith("/orders")) return undefined;
    if (method !== "POST") return needing(ctx, [database], () => json(ordersOf(ctx)));
    const others = [
      askHttp(ctx, "http://payment/paymentAuth", { method: "POST" }),
      askHttp(ctx, "http://user/customers"),
      askHttp(ctx, "http://shipping/shipping", { method: "POST" }),
    ];
    return needing(ctx, [database, ...others], () => {
      const order = { id: randomHex(ctx, 24), date: new Date(ctx.now()).toISOString() };
      ordersOf(ctx).push(order);
      return json(order, 201);
    });
  },
});

const payment = goService({
  name: "payment",
  tag: "0.4.0..3",
  page: ({ path }, ctx) => {
    if (path === "/health") return health(ctx, "payment");
    return path === "/paymentAuth" ? json({ authorised: true, message: "Payment authorised" }) : undefined;
  },
});

const user = goService({
  name: "user",
  tag: "0.4.0..7",
  page({ path }, ctx) {
    const database = askTcp(ctx, ctx.env["MONGO_HOST"] ?? ctx.env["mongo"] ?? "user-db:27017");
    if (path === "/health") return health(ctx, "user", { name: "user-db", asking: database });
    if (!/^\/(customers|cards|addresses|login|register)/.test(path)) return undefined;
    return needing(ctx, [database], () =>
      json({ _embedded: { customer: [{ id: "57a98d98e4b00679b4a830b2", username: "user" }] } }),
    );
  },
});

const shipping = javaService({
  name: "shipping",
  tag: "0.4.0..8",
  page({ method, path }, ctx) {
    const queue = askTcp(ctx, "rabbitmq:5672");
    if (path === "/health") return health(ctx, "shipping", { name: "shipping-rabbitmq", asking: queue });
    if (path !== "/shipping") return undefined;
    if (method === "GET") return "GET ALL Shipping Resource.";
    return needing(ctx, [queue], () => json({ id: randomHex(ctx, 8), name: "shipment" }, 201));
  },
});

const queueMaster = javaService({
  name: "queue-master",
  tag: "0.3.0..1",
  page: ({ path }, ctx) => (path === "/health" ? health(ctx, "queue-master") : undefined),
});

/** Paths of the front end, and where each goes. */
function backEndOf(request: ServedRequest, customer: string): string | undefined {
  const { method, path, query } = request;
  const tail = query === "" ? "" : `?${query}`;
  if (/^\/(catalogue|tags)(\/|$)/.test(path)) return `http://catalogue${path}${tail}`;
  if (path === "/cart")
    return `http://carts/carts/${customer}${method === "GET" ? "/items" : method === "POST" ? "/items" : ""}`;
  if (path === "/orders") return "http://orders/orders";
  if (/^\/(customers|cards|addresses|login|register)$/.test(path)) return `http://user${path}`;
  return undefined;
}

const frontEnd = defineWebApp({
  name: repository("front-end"),
  tags: tags(46, "0.3.0..12 latest"),
  port: 8079,
  readsPort: true,
  program: "/usr/local/bin/npm",
  userland: "busybox",
  memoryMB: 60,
  startMs: 3000,
  exitCode: 143,
  notFound: "Cannot GET that\n",
  page(request, ctx) {
    const { method, path, body, headers } = request;
    if (/^\/(index\.html|category\.html|basket\.html|detail\.html)?$/.test(path)) {
      return html(
        "WeaveSocks",
        "<h1>We love socks!</h1>\n<p>Fun fact: Socks were invented by woolly mammoths to keep warm.</p>",
      );
    }
    const customer = cookieOf(headers, "md.sid") ?? randomHex(ctx, 16);
    const url = backEndOf(request, customer);
    if (url === undefined) return undefined;
    return whenAnswered(ctx, [askHttp(ctx, url, { method, body })], (replies) => {
      const [failed] = failures(replies);
      const [reply] = replies;
      if (failed !== undefined || reply === undefined) {
        ctx.log(`Error: ${failed ?? ""}`, "stderr");
        return json({ message: failed, error: {} }, 500);
      }
      const sent = { "content-type": "application/json", "set-cookie": `md.sid=${customer}; Path=/` };
      return { status: reply.status, headers: sent, body: reply.body };
    });
  },
  banner: (port, ctx) => [
    ...(ctx.env["SESSION_REDIS"] === undefined
      ? ["Using local session manager"]
      : ["Using the redis based session manager"]),
    `App now running in production mode on port ${port}`,
  ],
  logLine: ({ method, path }, status) => `${method} ${path} ${status} 1.000 ms - -`,
});

/** MySQL with the catalogue's user and database. */
const catalogueDb = mysqlImages
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

const userDb = defineImage({
  name: repository("user-db"),
  tags: tags(110, "0.3.0 0.4.0 latest"),
  entrypoint: ["/usr/bin/mongod"],
  exposedPorts: [27017],
  userland: "debian",
  programs: () => ({
    "/usr/bin/mongod": {
      kind: "server",
      start(ctx) {
        ctx.use({ cpuMillicores: 4, memoryBytes: 60 * 1024 * 1024 });
        ctx.listenTcp(27017, () => ({}));
        ctx.log(
          (time) => `${new Date(time).toISOString()} I NETWORK  [initandlisten] waiting for connections on port 27017`,
        );
        return { signals: { SIGTERM: () => ctx.exit(0) } };
      },
    },
  }),
});

const loadTest = defineVisitor({
  name: repository("load-test"),
  tags: tags(60, "0.1.1 latest"),
  everyMs: 5000,
  address: () => "http://front-end.sock-shop.svc.cluster.local",
  paths: ["/", "/catalogue", "/category.html", "/cart"],
});

export const sockShop: readonly ImageDefinition[] = [
  frontEnd,
  catalogue,
  ...catalogueDb,
  carts,
  orders,
  payment,
  user,
  userDb,
  shipping,
  queueMaster,
  loadTest,
];
