/**
 * `minio server`: S3 over a folder. Upstream: MinIO cmd/server-main.go.
 *
 * **Simplified:** objects are plain files below the data directory; of several servers each tells the others what it is told,
 * and more than half of them have to hear it; the console is one page.
 */
import { SystemError } from "../../base/program.ts";
import type { ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import type { ServerContext, ServerHooks } from "../define-image.ts";
import { setting } from "../databases/sql-server.ts";
import { dashed, flagNames, flagOf, sayUnread } from "../services/define-service.ts";
import { html } from "../web-app.ts";
import { S3 } from "./s3.ts";
import type { Account } from "./s3.ts";

const PORT = 9000;
const COPY = "x-drydock-copy";
const USAGE =
  "NAME:\n  minio - High Performance Object Storage\n\nUSAGE:\n  minio [FLAGS] COMMAND [ARGS...]\n\nCOMMANDS:\n  server  start object storage server";
const FLAGS = /^(address|console-address|quiet|anonymous|json|certs-dir|S|ftp|sftp|config-dir|C|config|no-compat)$/;

function portOf(address: string | undefined): number | undefined {
  const found = /:(\d+)$/.exec(address ?? "")?.[1];
  return found === undefined ? undefined : Number(found);
}

/** `http://minio-{0...3}.minio/data` stands for four. */
function expanded(word: string): string[] {
  const [, before = "", from, to, after = ""] = /^(.*?)\{(\d+)\.\.\.(\d+)\}(.*)$/.exec(word) ?? [];
  if (from === undefined || to === undefined) return [word];
  const count = Number(to) - Number(from) + 1;
  return Array.from({ length: count }, (_, at) => expanded(`${before}${Number(from) + at}${after}`)).flat();
}

function accountOf(ctx: ServerContext): Account | string {
  const [access, secret] = [
    ["MINIO_ROOT_USER", "MINIO_ACCESS_KEY"],
    ["MINIO_ROOT_PASSWORD", "MINIO_SECRET_KEY"],
  ].map((names) => names.map((name) => setting(ctx, name)).find((value) => value !== ""));
  if ((access ?? "minio").length < 3 || (secret ?? "minioadmin").length < 8)
    return "FATAL Unable to validate credentials inherited from the shell environment: Invalid credentials\n      > Please provide correct credentials\n      HINT:\n        Access key length should be at least 3, and secret key length at least 8 characters";
  return { access: access ?? "minioadmin", secret: secret ?? "minioadmin" };
}

/** Of the servers that are named, those that are others. */
function othersOf(ctx: ServerContext, places: readonly string[], port: number): string[] {
  return places.flatMap((place) => {
    const [, host = "", given] = /^https?:\/\/([^:/]+)(?::(\d+))?/.exec(place) ?? [];
    return host === "" || host.split(".")[0] === ctx.hostname ? [] : [`${host}:${given ?? port}`];
  });
}

export function startMinio(ctx: ServerContext): ServerHooks | void {
  const end = (text: string): void => {
    ctx.log(text, "stderr");
    ctx.exit(1);
  };
  const unknown = flagNames(ctx.argv).find((name) => !FLAGS.test(name));
  if (unknown !== undefined) return end(`Incorrect Usage: flag provided but not defined: -${unknown}\n\n${USAGE}`);
  const places = ctx.argv
    .slice(2)
    .filter((word, at, all) => !word.startsWith("-") && !/^--(console-)?address$|^-[SC]$/.test(all[at - 1] ?? ""))
    .flatMap(expanded);
  const [first] = places;
  if (ctx.argv[1] !== "server" || first === undefined) return end(USAGE);
  const account = accountOf(ctx);
  if (typeof account === "string") return end(account);
  const root = first.replace(/^https?:\/\/[^/]+/, "") || "/";
  const port = portOf(flagOf(ctx, "address")) ?? PORT;
  let s3: S3;
  try {
    s3 = new S3({ fs: ctx.fs, root, account });
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return end(
      `FATAL Unable to initialize backend: Unable to write to the backend\n      > Please ensure MinIO binary has write permissions for the backend\n      HINT:\n        Run the following command to add write permissions: \`sudo chown -R ${ctx.uid} ${root} && sudo chmod u+rxw ${root}\``,
    );
  }
  const unread = flagNames(ctx.argv).filter((name) => !/^(address|console-address|quiet|anonymous|json)$/.test(name));
  sayUnread(ctx, unread.map(dashed));
  ctx.use({ cpuMillicores: 2, memoryBytes: 90 * 1024 * 1024 });
  const others = othersOf(ctx, places, port);
  const consolePort = portOf(flagOf(ctx, "console-address")) ?? 30_000 + ctx.random(10_000);
  ctx.after(300, () => {
    ctx.listen(port, (request) => answer(ctx, s3, request, others));
    ctx.listen(consolePort, ({ path }) =>
      path === "/" || path === "/login"
        ? html("MinIO Console", "<p>MinIO: this playground has no console; its buckets are there for mc.</p>")
        : { status: 404, body: "404 page not found\n" },
    );
    announce(ctx, { account, port, consolePort, isFixed: flagOf(ctx, "console-address") !== undefined });
  });
  const stop = (): void => {
    ctx.log("INFO: Exiting on signal: TERMINATED");
    ctx.exit(0);
  };
  return { signals: { SIGTERM: stop, SIGINT: stop } };
}

function announce(
  ctx: ServerContext,
  at: { account: Account; port: number; consolePort: number; isFixed: boolean },
): void {
  const { account, port, consolePort, isFixed } = at;
  if (!isFixed)
    ctx.log(
      `WARNING: Console endpoint is listening on a dynamic port (${consolePort}), please use --console-address ":PORT" to choose a static port.`,
    );
  ctx.log("MinIO Object Storage Server");
  ctx.log(`API: http://${ctx.podIP}:${port}  http://127.0.0.1:${port} `);
  ctx.log(`WebUI: http://${ctx.podIP}:${consolePort} http://127.0.0.1:${consolePort} `);
  if (account.secret === "minioadmin")
    ctx.log(
      "WARN: Detected default credentials 'minioadmin:minioadmin', we recommend that you change these values with 'MINIO_ROOT_USER' and 'MINIO_ROOT_PASSWORD' environment variables",
    );
}

function answer(ctx: ServerContext, s3: S3, request: ServedRequest, others: readonly string[]): ServedResponse {
  const { method, path, query, headers, body } = request;
  if (/^\/minio\/health\/(live|ready|cluster)$/.test(path)) return { status: 200, body: "" };
  if (path.startsWith("/minio/")) return { status: 403, body: "" };
  const response = s3.answer(request);
  ctx.work(1);
  const changes = method === "PUT" || method === "DELETE";
  if (!changes || response.status >= 300 || headers[COPY] !== undefined) return response;
  const url = (place: string): string => `http://${place}${path}${query === "" ? "" : `?${query}`}`;
  const heard = others.filter(
    (place) => ctx.network.exchange?.({ method, url: url(place), headers: { ...headers, [COPY]: "1" }, body }).ok,
  );
  if (2 * (heard.length + 1) > others.length + 1) return response;
  return {
    status: 503,
    body: "<Error><Code>SlowDownWrite</Code><Message>Resource requested is unwritable, please reduce your request rate</Message></Error>",
  };
}
