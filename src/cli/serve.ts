/**
 * `drydock serve`: the simulated API server on loopback HTTP. Virtual time runs at `--speed` times wall time, as fast as
 * it can (`max`), or only when told to (`0`) through `POST /drydock/clock`.
 */
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { UnknownPreset } from "../engine/index.ts";
import { Playground } from "../worker/playground.ts";
import { installedDescriptions } from "./descriptions.ts";
import { parseDuration } from "./duration.ts";
import { forward, readBody, requestOf } from "./http-bridge.ts";
import { clusterFlags, parseFlags, UsageError } from "./options.ts";
import { upgrade } from "./web-socket.ts";

/** Wall milliseconds between two looks at the clock, and how long one look may keep requests waiting. */
const TICK_MS = 10;
const BUDGET_MS = 8;
/** `--speed max`: virtual milliseconds per tick at the most, so that requests get their turn. */
const MAX_SPEED_STEP = 60_000;
const DEFAULT_LIMIT = 600_000;

type Speed = number | "max";

function parseSpeed(text: string): Speed {
  if (text === "max") return "max";
  const speed = Number(text);
  if (!Number.isFinite(speed) || speed < 0) throw new UsageError(`--speed takes a number, "max" or 0, not "${text}"`);
  return speed;
}

function kubeconfig(server: string): string {
  return [
    "apiVersion: v1",
    "kind: Config",
    "clusters:",
    `- {name: drydock, cluster: {server: "${server}"}}`,
    "contexts:",
    "- {name: drydock, context: {cluster: drydock, user: drydock}}",
    "current-context: drydock",
    "users:",
    "- {name: drydock, user: {}}",
    "",
  ].join("\n");
}

class Server {
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
      try {
        this.speed = parseSpeed(String(speed));
      } catch (error) {
        return (error as Error).message;
      }
    } else return 'expected "advance", "until" or "speed"';
    this.last = performance.now();
    return undefined;
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(value)}\n`);
}

async function answerOwn(server: Server, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { playground } = server;
  const path = `${request.method} ${request.url?.split("?")[0]}`;
  if (path === "GET /drydock/clock") return sendJson(response, 200, server.clockView());
  if (path === "GET /drydock/hash") return sendJson(response, 200, { hash: playground.hash() });
  if (path === "GET /drydock/session") return sendJson(response, 200, playground.snapshot());
  if (path !== "POST /drydock/clock") return sendJson(response, 404, { error: `no such path: ${path}` });
  let body: unknown;
  try {
    body = JSON.parse((await readBody(request)) ?? "");
  } catch {
    return sendJson(response, 400, { error: "the body is not JSON" });
  }
  const problem = await server.setClock(body);
  return problem === undefined
    ? sendJson(response, 200, server.clockView())
    : sendJson(response, 400, { error: problem });
}

export async function serve(args: readonly string[]): Promise<number> {
  const { values } = parseFlags(args, { flags: ["port", "preset", "seed", "speed", "kubeconfig"] });
  const port = Number(values["port"] ?? 8001);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new UsageError(`--port takes a port number, not "${String(values["port"])}"`);
  const speed = parseSpeed(String(values["speed"] ?? "1"));
  let playground: Playground;
  try {
    playground = Playground.create({ ...clusterFlags(values), descriptions: installedDescriptions });
  } catch (error) {
    if (error instanceof UnknownPreset) throw new UsageError(error.message);
    throw error;
  }
  // A client that connects at once finds a cluster that is up, as after `kind create cluster`.
  await playground.boot();
  const server = new Server(playground, speed);
  const http = createServer((request, response) => {
    if (request.url?.startsWith("/drydock/") === true) void answerOwn(server, request, response);
    else void forward(playground.apiServer, request, response);
  });
  http.on("upgrade", (incoming, socket, head) =>
    upgrade(playground.apiServer, requestOf(incoming, ""), { incoming, socket, head }),
  );
  http.requestTimeout = 0;
  const address = await new Promise<string>((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, "127.0.0.1", () => {
      const bound = http.address();
      resolve(`http://127.0.0.1:${typeof bound === "object" && bound !== null ? bound.port : port}`);
    });
  });
  if (typeof values["kubeconfig"] === "string") writeFileSync(values["kubeconfig"], kubeconfig(address));
  process.stdout.write(
    `Drydock serves Kubernetes v1.36 at ${address} (preset ${playground.preset}, speed ${String(speed)})\n`,
  );
  process.stdout.write(`kubectl --server ${address} get nodes\n`);
  const timer = setInterval(() => server.tick(), TICK_MS);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  clearInterval(timer);
  http.closeAllConnections();
  http.close();
  return 0;
}
