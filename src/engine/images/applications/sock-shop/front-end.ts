/**
 * The shop's window. Upstream: microservices-demo/front-end. As in life its pages are files, and what they fetch
 * (`/catalogue`, `/cart`, `/login`, `/orders`) goes to the services behind.
 */
import { isObject, parseJson } from "../../../base/json.ts";
import type { ServedRequest, ServedResponse } from "../../../runtime/network-port.ts";
import type { ServerContext } from "../../define-image.ts";
import { tags } from "../../tags.ts";
import { defineWebApp, html, json } from "../../web-app.ts";
import { cookieOf, processState, randomHex } from "../app-state.ts";
import { askHttp, failures, whenAnswered } from "../back-ends.ts";
import type { Reply } from "../back-ends.ts";
import { askRedis, redisValue } from "../redis-client.ts";
import { repository } from "./parts.ts";

const SESSIONS = "session-db:6379";
const PAGE = "<h1>We love socks!</h1>\n<p>Fun fact: Socks were invented by woolly mammoths to keep warm.</p>";

/** Who has logged in, by session: what this process remembers when no Redis does. */
const customersOf = processState(() => new Map<string, string>());

const inRedis = (ctx: ServerContext): boolean => ctx.env["SESSION_REDIS"] !== undefined;

function broken(ctx: ServerContext, message: string): ServedResponse {
  ctx.log(`Error: ${message}`, "stderr");
  return json({ message, error: {} }, 500);
}

/** With the customer of a session, if there is one. */
function withCustomer(
  ctx: ServerContext,
  session: string,
  page: (customer: string | undefined) => ServedResponse,
): ServedResponse {
  if (!inRedis(ctx)) return page(customersOf(ctx).get(session));
  return whenAnswered(ctx, [askRedis(ctx, SESSIONS, ["GET", `sess:${session}`])], ([reply]) => {
    const got = redisValue(reply as Reply);
    if ("error" in got) return broken(ctx, got.error);
    return page(typeof got.value === "string" ? got.value : undefined);
  });
}

function remember(ctx: ServerContext, session: string, customer: string, page: () => ServedResponse): ServedResponse {
  if (!inRedis(ctx)) {
    customersOf(ctx).set(session, customer);
    return page();
  }
  return whenAnswered(ctx, [askRedis(ctx, SESSIONS, ["SET", `sess:${session}`, customer])], ([reply]) => {
    const got = redisValue(reply as Reply);
    return "error" in got ? broken(ctx, got.error) : page();
  });
}

/** What one of the services says: its own words, or 500 where it can't be reached or has failed. */
function passOn(
  ctx: ServerContext,
  url: string,
  how: Parameters<typeof askHttp>[2] = {},
  page = ({ status, body }: Reply): ServedResponse => ({
    status,
    headers: { "content-type": "application/json" },
    body,
  }),
): ServedResponse {
  return whenAnswered(ctx, [askHttp(ctx, url, how)], (replies) => {
    const [failed] = failures(replies);
    return failed === undefined ? page(replies[0] as Reply) : broken(ctx, failed);
  });
}

function fieldOf(text: string, ...path: string[]): string | undefined {
  const value = path.reduce<unknown>((found, name) => (isObject(found) ? found[name] : undefined), parseJson(text));
  return value === undefined ? undefined : String(value);
}

/** Who logs in or registers takes the socks of his session along. */
function identify(ctx: ServerContext, session: string, { path, headers, body }: ServedRequest): ServedResponse {
  const logsIn = path === "/login";
  const how = logsIn
    ? { headers: { Authorization: headers["authorization"] ?? "" } }
    : { method: "POST", body, headers: { "Content-Type": "application/json" } };
  return passOn(ctx, `http://user${path}`, how, (reply) => {
    const customer = logsIn ? fieldOf(reply.body, "user", "id") : fieldOf(reply.body, "id");
    if (customer === undefined || reply.status !== 200) return { status: logsIn ? 401 : 500, body: "" };
    const merged = askHttp(ctx, `http://carts/carts/${customer}/merge?sessionId=${session}`);
    return whenAnswered(ctx, [merged], (replies) => {
      const [failed] = failures(replies);
      if (failed !== undefined) {
        ctx.log(`Error: ${failed}`, "stderr");
        if (!logsIn) return { status: 500, body: "" };
      }
      return remember(ctx, session, customer, () => ({
        status: 200,
        headers: { "set-cookie": `logged_in=${session}; Path=/` },
        body: logsIn ? "Cookie is set" : JSON.stringify({ id: customer }),
      }));
    });
  });
}

function cart(ctx: ServerContext, owner: string, { method, path, body }: ServedRequest): ServedResponse {
  const all = `http://carts/carts/${owner}`;
  const [, , one] = path.split("/");
  if (method === "DELETE") return passOn(ctx, one === undefined ? all : `${all}/items/${one}`, { method });
  if (method !== "POST") return passOn(ctx, `${all}/items`);
  const id = fieldOf(body, "id");
  if (id === undefined) return json({ message: "Must pass id of item to add", error: {} }, 400);
  return passOn(ctx, `http://catalogue/catalogue/${id}`, {}, (sock) => {
    const unitPrice = Number(fieldOf(sock.body, "price"));
    if (!(unitPrice >= 0)) return broken(ctx, `no sock ${id}`);
    const item = JSON.stringify({ itemId: id, unitPrice });
    return passOn(ctx, `${all}/items`, { method, body: item }, (reply) => ({ status: reply.status, body: "" }));
  });
}

function orders(ctx: ServerContext, customer: string | undefined, { method }: ServedRequest): ServedResponse {
  if (customer === undefined) return broken(ctx, "User not logged in.");
  if (method !== "POST") {
    const url = `http://orders/orders/search/customerId?sort=date&custId=${customer}`;
    return passOn(ctx, url, {}, ({ status, body }) => {
      const said = parseJson(body);
      const found = isObject(said) && isObject(said["_embedded"]) ? said["_embedded"]["customerOrders"] : [];
      return json(found, status === 200 ? 201 : status);
    });
  }
  const order = {
    customer: `http://user/customers/${customer}`,
    items: `http://carts/carts/${customer}/items`,
  };
  return passOn(ctx, "http://orders/orders", { method, body: JSON.stringify(order) });
}

function answer(request: ServedRequest, ctx: ServerContext, session: string): ServedResponse | undefined {
  const { method, path, query, body } = request;
  const tail = query === "" ? "" : `?${query}`;
  if (/^\/(catalogue|tags)(\/|$)/.test(path)) return passOn(ctx, `http://catalogue${path}${tail}`);
  if (path === "/login" || (path === "/register" && method === "POST")) return identify(ctx, session, request);
  if (/^\/(customers|cards|addresses)$/.test(path)) return passOn(ctx, `http://user${path}`, { method, body });
  if (/^\/cart(\/[^/]+)?$/.test(path))
    return withCustomer(ctx, session, (customer) => cart(ctx, customer ?? session, request));
  if (path === "/orders") return withCustomer(ctx, session, (customer) => orders(ctx, customer, request));
  return undefined;
}

export const frontEnd = defineWebApp({
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
    if (/^\/(index\.html|category\.html|basket\.html|detail\.html)?$/.test(request.path))
      return html("WeaveSocks", PAGE);
    const known = cookieOf(request.headers, "md.sid");
    const session = known ?? randomHex(ctx, 16);
    const found = answer(request, ctx, session);
    return found === undefined || known !== undefined
      ? found
      : withCookie(found, `md.sid=${session}; Path=/; HttpOnly`);
  },
  banner: (port, ctx) => [
    inRedis(ctx) ? "Using the redis based session manager" : "Using local session manager",
    `App now running in production mode on port ${port}`,
  ],
  logLine: ({ method, path }, status) => `${method} ${path} ${status} 1.000 ms - -`,
});

/** **Simplified:** one cookie an answer: the session's name wins over `logged_in`. */
function withCookie(answer: ServedResponse, cookie: string): ServedResponse {
  const { later } = answer;
  if (later !== undefined) return { ...answer, later: (give) => later((late) => give(withCookie(late, cookie))) };
  return { ...answer, headers: { ...answer.headers, "set-cookie": cookie } };
}
