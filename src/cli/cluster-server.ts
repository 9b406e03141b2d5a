/** A playground's API server behind Node's HTTP, with the clock that drives it, and Drydock's own paths beside it. */
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Playground } from "../worker/playground.ts";
import type { TracedRequest } from "../engine/cluster/trace-request.ts";
import { SystemError } from "../engine/base/program.ts";
import type { HttpRequest } from "../engine/base/program.ts";
import { traceIn } from "../worker/trace.ts";
import { auditTrail } from "../views/audit.ts";
import { parseDuration } from "./duration.ts";
import { forward, readBody, requestOf } from "./http-bridge.ts";
import { selfSigned } from "./tls.ts";
import { upgrade } from "./web-socket.ts";

/** Wall milliseconds between two looks at the clock, and how long one look may keep requests waiting. */
const TICK_MS = 10;
const BUDGET_MS = 8;
/** `--speed max`: virtual milliseconds per tick at the most, so that requests get their turn. */
const MAX_SPEED_STEP = 60_000;
const DEFAULT_LIMIT = 600_000;

export type Speed = number | "max";

/** undefined when the text is no speed. */
export function parseSpeed(text: string): Speed | undefined {
  if (text === "max") return "max";
  const speed = Number(text);
  return text === "" || !Number.isFinite(speed) || speed < 0 ? undefined : speed;
}

/** What a client needs to know to use the server. */
export function kubeconfig(server: string, token: string, authority?: string): string {
  const trusted =
    authority === undefined ? "" : `, certificate-authority-data: ${Buffer.from(authority).toString("base64")}`;
  return [
    "apiVersion: v1",
    "kind: Config",
    "clusters:",
    `- {name: drydock, cluster: {server: "${server}"${trusted}}}`,
    "contexts:",
    "- {name: drydock, context: {cluster: drydock, user: drydock}}",
    "current-context: drydock",
    "users:",
    `- {name: drydock, user: {token: "${token}"}}`,
    "",
  ].join("\n");
}

class ClockDriver {
  readonly playground: Playground;
  speed: Speed;
  private last = performance.now();

  constructor(playground: Playground, speed: Speed) {
    this.playground = playground;
    this.speed = speed;
  }

  tick(): void {
    const now = performance.now();
    const passed = now - this.last;
    this.last = now;
    const { clock, sim, held } = this.playground;
    if (this.speed === 0 || held) return;
    const end = now + BUDGET_MS;
    if (this.speed === "max") {
      const target = sim.now + MAX_SPEED_STEP;
      while (performance.now() < end && sim.now < target && (sim.nextEventTime ?? Infinity) <= target) sim.step();
      return;
    }
    clock.setSpeed(this.speed);
    clock.advance(passed, () => performance.now() < end);
  }

  clockView(): unknown {
    const { sim } = this.playground;
    return { now: new Date(sim.now).toISOString(), elapsedMs: sim.now - sim.start, speed: this.speed, idle: sim.idle };
  }

  /** `{"advance":"30s"}`, `{"until":"idle","limit":"10m"}`, `{"speed":10}`. */
  async setClock(body: unknown): Promise<string | undefined> {
    if (typeof body !== "object" || body === null) return "expected a JSON object";
    const { advance, until, limit, speed } = body as Record<string, unknown>;
    const { playground } = this;
    if (typeof advance === "string") {
      const ms = parseDuration(advance);
      if (ms === undefined) return `not a duration: ${advance}`;
      await playground.runUntil(playground.sim.now + ms);
    } else if (until === "idle") {
      const ms = limit === undefined ? DEFAULT_LIMIT : parseDuration(String(limit));
      if (ms === undefined) return `not a duration: ${String(limit)}`;
      await playground.runUntilIdle(ms);
    } else if (speed !== undefined) {
      const parsed = parseSpeed(String(speed));
      if (parsed === undefined) return `not a speed: ${String(speed)}`;
      this.speed = parsed;
    } else return 'expected "advance", "until" or "speed"';
    this.last = performance.now();
    return undefined;
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(value)}\n`);
}

async function answerOwn(driver: ClockDriver, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { playground } = driver;
  const path = `${request.method} ${request.url?.split("?")[0]}`;
  if (path === "GET /drydock/clock") return sendJson(response, 200, driver.clockView());
  if (path === "GET /drydock/hash") return sendJson(response, 200, { hash: playground.hash() });
  if (path === "GET /drydock/audit") return sendJson(response, 200, auditTrail(playground.sim.journal.since(0)));
  if (path === "GET /drydock/session") return sendJson(response, 200, playground.snapshot());
  if (path === "POST /drydock/trace") return answerTrace(driver, request, response);
  if (path !== "POST /drydock/clock") return sendJson(response, 404, { error: `no such path: ${path}` });
  let body: unknown;
  try {
    body = JSON.parse((await readBody(request)) ?? "");
  } catch {
    return sendJson(response, 400, { error: "the body is not JSON" });
  }
  const problem = await driver.setClock(body);
  return problem === undefined
    ? sendJson(response, 200, driver.clockView())
    : sendJson(response, 400, { error: problem });
}

/** `{"from":"pod/a","url":"http://web/"}`, with `method`, `headers`, `body`, `timeoutMs` if need be: the request, hop by hop. */
async function answerTrace(
  { playground }: ClockDriver,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const {
      from,
      url,
      method = "GET",
      headers = {},
      body = "",
      timeoutMs = 5000,
    } = JSON.parse((await readBody(request)) ?? "") as { from: string; url: string } & Partial<HttpRequest>;
    let traced: TracedRequest | undefined;
    traceIn(playground, { from, request: { method, url, headers, body, timeoutMs } }, (done) => void (traced = done));
    const end = playground.sim.now + timeoutMs + 1000;
    while (traced === undefined && playground.sim.now < end) await playground.runUntil(playground.sim.now + 1);
    sendJson(response, 200, traced);
  } catch (error) {
    sendJson(response, 400, { error: error instanceof SystemError ? error.detail : "the body is no request" });
  }
}

export interface ServedCluster {
  /** `http://127.0.0.1:8001` */
  address: string;
  /** The certificate that clients must trust, PEM; undefined on plain HTTP. */
  authority: string | undefined;
  close(): void;
}

/**
 * Serves on loopback; port 0 takes any that is free. Fails when the port is taken. `anonymous`: who sends no credential
 * is `system:anonymous`; else the administrator. `tls`: over HTTPS, with the clients' certificates.
 */
export async function serveCluster(
  playground: Playground,
  options: { port: number; speed: Speed; anonymous?: boolean; tls?: boolean },
): Promise<ServedCluster> {
  const carrier = playground.apiServer({ anonymous: options.anonymous ?? false });
  const driver = new ClockDriver(playground, options.speed);
  const upgraded = new Set<Duplex>();
  const credentials = options.tls === true ? selfSigned(new Date()) : undefined;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const own = request.url?.startsWith("/drydock/") === true;
    const answered = own ? answerOwn(driver, request, response) : forward(carrier, request, response);
    // The client went away in the middle of its request.
    answered.catch(() => response.destroy());
  };
  const http =
    credentials === undefined
      ? createServer(answer)
      : createTlsServer({ ...credentials, requestCert: true, rejectUnauthorized: false }, answer);
  http.on("upgrade", (incoming, socket, head) => {
    upgraded.add(socket);
    socket.once("close", () => upgraded.delete(socket));
    upgrade(carrier, requestOf(incoming, ""), { incoming, socket, head });
  });
  http.requestTimeout = 0;
  const address = await new Promise<string>((resolve, reject) => {
    http.once("error", reject);
    http.listen(options.port, "127.0.0.1", () => {
      const bound = http.address();
      resolve(
        `${credentials === undefined ? "http" : "https"}://127.0.0.1:${typeof bound === "object" && bound !== null ? bound.port : options.port}`,
      );
    });
  });
  const timer = setInterval(() => driver.tick(), TICK_MS);
  return {
    address,
    authority: credentials?.cert,
    close() {
      clearInterval(timer);
      for (const socket of upgraded) socket.destroy();
      http.closeAllConnections();
      http.close();
    },
  };
}
