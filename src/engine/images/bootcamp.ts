/**
 * The app of Kubernetes' bootcamp tutorial: a Node.js server on port 8080 that says on which pod it runs.
 *
 * **Simplified:** there is no Node.js: server.js is there to be read, what answers is built in; the original starts it
 * through `sh -c`.
 */
import { defineImage } from "./define-image.ts";
import type { BindFailure, ImageDefinition, Server, ServerContext } from "./define-image.ts";
import { httpDate } from "./http-log.ts";

const PORT = 8080;

function source(version: string): string {
  return `// Says hello and on which pod it runs.
const http = require("http");

let requests = 0;
let startTime;

const server = http.createServer((request, response) => {
  response.setHeader("Content-Type", "text/plain");
  response.end("Hello Kubernetes bootcamp! | Running on: " + process.env.HOSTNAME + " | v=${version}\\n");
  const uptime = (new Date() - startTime) / 1000;
  console.log("Running On:", process.env.HOSTNAME, "| Total Requests:", ++requests,
    "| App Uptime:", uptime, "seconds", "| Log Time:", new Date());
});

server.listen(${PORT}, () => {
  startTime = new Date();
  console.log("Kubernetes Bootcamp App Started At:", startTime, "| Running On: ", process.env.HOSTNAME, "\\n");
});
`;
}

const bindFails: BindFailure = ({ port }) => ({
  lines: [
    "node:events:497",
    "      throw er; // Unhandled 'error' event",
    "      ^",
    "",
    `Error: listen EADDRINUSE: address already in use :::${port}`,
  ],
});

function serve(ctx: ServerContext, version: string): ReturnType<Server> {
  const { hostname } = ctx;
  const started = ctx.now();
  const body = `Hello Kubernetes bootcamp! | Running on: ${hostname} | v=${version}\n`;
  let requests = 0;
  ctx.listen(PORT, () => {
    const total = ++requests;
    const now = ctx.now();
    ctx.log(
      (time) =>
        `Running On: ${hostname} | Total Requests: ${total} | App Uptime: ${(time - started) / 1000} seconds | Log Time: ${new Date(time).toISOString()}`,
    );
    return {
      status: 200,
      headers: {
        "content-type": "text/plain",
        date: httpDate(now),
        connection: "keep-alive",
        "transfer-encoding": "chunked",
      },
      body,
    };
  });
  ctx.use({ cpuMillicores: 1, memoryBytes: 30 * 1024 * 1024 });
  ctx.log(`Kubernetes Bootcamp App Started At: ${new Date(started).toISOString()} | Running On:  ${hostname} `);
  ctx.log("");
  // Node.js as process 1 has no handler for SIGTERM, so the signal is lost: such a pod takes its whole grace period to end.
  return { signals: { SIGTERM: () => undefined, SIGINT: () => undefined, SIGHUP: () => undefined } };
}

function define(name: string, version: string): ImageDefinition {
  const start: Server = (ctx) => serve(ctx, version);
  return defineImage({
    name,
    tags: { [`v${version}`]: { size: 83_900_000 }, ...(version === "2" && { latest: { size: 83_900_000 } }) },
    cmd: ["node", "server.js"],
    exposedPorts: [PORT],
    userland: "debian",
    env: { NODE_VERSION: "6.3.1" },
    files: { "/server.js": source(version) },
    programs: () => ({ "/usr/local/bin/node": { kind: "server", start, bindFails } }),
  });
}

export const bootcampV1 = define("gcr.io/google-samples/kubernetes-bootcamp", "1");
export const bootcampV2 = define("docker.io/jocatalin/kubernetes-bootcamp", "2");
