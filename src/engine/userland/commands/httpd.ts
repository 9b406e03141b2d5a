/** busybox' web server. Upstream: busybox networking/httpd.c. **Simplified:** no CGI, no httpd.conf, no passwords. */
import { SystemError } from "../../base/program.ts";
import type { ListenedRequest, ListenedResponse, ProgramContext } from "../../base/program.ts";
import { listen, readLineOf, respond, spawn, write } from "../../base/syscalls.ts";
import type { Call } from "../../base/syscalls.ts";
import { resolvePath } from "../../runtime/paths.ts";
import { defineCommand } from "../command.ts";
import { errorText } from "../errors.ts";

const TYPES: Readonly<Record<string, string>> = {
  ...{ html: "text/html", htm: "text/html", css: "text/css", txt: "text/plain", c: "text/plain", h: "text/plain" },
  ...{ js: "application/x-javascript", json: "application/json", xml: "application/xml", pdf: "application/pdf" },
  ...{ png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", gif: "image/gif", svg: "image/svg+xml" },
};

const PROBLEMS: Readonly<Record<number, [title: string, text: string]>> = {
  403: ["Forbidden", ""],
  404: ["Not Found", "The requested URL was not found"],
  501: ["Not Implemented", "The requested method is not recognized"],
};

function problem(status: number): ListenedResponse {
  const [title = "", text = ""] = PROBLEMS[status] ?? [];
  const head = `${status} ${title}`;
  const body = `<HTML><HEAD><TITLE>${head}</TITLE></HEAD>\n<BODY><H1>${head}</H1>\n${text}\n</BODY></HTML>\n`;
  return { status, headers: { "content-type": "text/html", connection: "close" }, body };
}

function answer(ctx: ProgramContext, root: string, { method, path }: ListenedRequest): ListenedResponse {
  if (method !== "GET" && method !== "HEAD") return problem(501);
  const { fs } = ctx;
  let file = resolvePath("/", `${root}${resolvePath("/", decodeURI(path.split("?")[0] ?? "/"))}`);
  if (fs.exists(file) && fs.stat(file).type === "directory") {
    if (!path.endsWith("/")) return { ...problem(302), headers: { location: `${path}/`, connection: "close" } };
    file = `${file === "/" ? "" : file}/index.html`;
  }
  if (!fs.exists(file)) return problem(404);
  try {
    const body = fs.readFile(file);
    const type = TYPES[file.slice(file.lastIndexOf(".") + 1)] ?? "application/octet-stream";
    const modified = new Date(fs.stat(file).mtime).toUTCString();
    const headers = { "content-type": type, connection: "close", "last-modified": modified };
    return { status: 200, headers, body: method === "HEAD" ? "" : body };
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return problem(403);
  }
}

function* serve(ctx: ProgramContext, fd: number, how: { root: string; loud: boolean }): Call<number> {
  for (let line = yield* readLineOf(fd); line !== null; line = yield* readLineOf(fd)) {
    const request = JSON.parse(line) as ListenedRequest;
    const response = answer(ctx, how.root, request);
    yield* respond(fd, request.id, response);
    if (how.loud)
      yield* write(2, `${request.headers["x-forwarded-for"] ?? "[::ffff:127.0.0.1]"}: response:${response.status}\n`);
  }
  return 0;
}

export const httpd = defineCommand({
  name: "httpd",
  usage:
    "Usage: httpd [-ifv[v]] [-p [IP:]PORT] [-h HOME]\n\nListen for incoming HTTP requests\n\n\t-f\t\tRun in foreground\n\t-v[v]\t\tVerbose\n\t-p [IP:]PORT\tBind to IP:PORT (default *:80)\n\t-h HOME\t\tHome directory (default .)",
  options: { flags: "fvi", values: "phcru" },
  directory: "/usr/sbin",
  *run(io) {
    const [, address, port = "80"] = /^(?:(.*):)?(\d+)$/.exec(io.value("p") ?? "80") ?? [];
    const root = io.path(io.value("h") ?? ".");
    if (!io.ctx.fs.exists(root)) {
      yield* io.complain(`can't change directory to '${io.value("h")}': No such file or directory`);
      return 1;
    }
    let fd: number;
    try {
      fd = yield* listen(Number(port), address);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      yield* io.complain(`bind: ${errorText(error)}`);
      return 1;
    }
    const how = { root, loud: io.has("v") };
    if (io.has("f")) return yield* serve(io.ctx, fd, how);
    const { ctx } = io;
    yield* spawn({
      argv: [...ctx.argv],
      env: ctx.env,
      cwd: root,
      stdio: [fd, 1, 2],
      program: () => serve(ctx, 0, how),
    });
    return 0;
  },
});
