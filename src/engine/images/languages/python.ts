/** python: statements that print and wait, and `python -m http.server`, which serves the folder that it runs in. */
import type { ListenedRequest, ListenedResponse, ProgramContext } from "../../base/program.ts";
import { SystemError } from "../../base/program.ts";
import type { Errno } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { listen, readLineOf, respond, write } from "../../base/syscalls.ts";
import { literal } from "./interpreter.ts";
import type { Language, Step } from "./interpreter.ts";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html",
  txt: "text/plain",
  json: "application/json",
  css: "text/css",
  js: "text/javascript",
  yaml: "application/yaml",
};

function listing(ctx: ProgramContext, folder: string, shown: string): string {
  const title = `Directory listing for ${shown}`;
  const names = ctx.fs
    .readdir(folder)
    .map((name) => (ctx.fs.stat(`${folder}/${name}`).type === "directory" ? `${name}/` : name));
  return `<!DOCTYPE HTML>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>${title}</title>\n</head>\n<body>\n<h1>${title}</h1>\n<hr>\n<ul>\n${names.map((name) => `<li><a href="${name}">${name}</a></li>\n`).join("")}</ul>\n<hr>\n</body>\n</html>\n`;
}

function answer(ctx: ProgramContext, root: string, { method, path }: ListenedRequest): ListenedResponse {
  const text = (status: number, body: string, type = "text/html;charset=utf-8"): ListenedResponse => ({
    status,
    headers: { server: "SimpleHTTP/0.6 Python", "content-type": type, "content-length": String(body.length) },
    body: method === "HEAD" ? "" : body,
  });
  if (method !== "GET" && method !== "HEAD") return text(501, `Unsupported method ('${method}')\n`);
  const inside = path.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
  let file = [root === "/" ? "" : root, ...inside].join("/") || "/";
  if (!ctx.fs.exists(file)) return text(404, "File not found\n");
  if (ctx.fs.stat(file).type === "directory") {
    const index = `${file.replace(/\/$/, "")}/index.html`;
    if (!ctx.fs.exists(index)) return text(200, listing(ctx, file, path));
    file = index;
  }
  return text(200, ctx.fs.readFile(file), TYPES[file.slice(file.lastIndexOf(".") + 1)] ?? "application/octet-stream");
}

const PROBLEMS: Partial<Record<Errno, string>> = {
  EACCES: "PermissionError: [Errno 13] Permission denied\n",
  EADDRINUSE: "OSError: [Errno 98] Address already in use\n",
  EADDRNOTAVAIL: "OSError: [Errno 99] Cannot assign requested address\n",
};

function* serveFolder(ctx: ProgramContext, words: readonly string[]): Call<number> {
  let port = 8000;
  let bind: string | undefined;
  let root = ctx.cwd;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (/^\d+$/.test(word)) port = Number(word);
    else if (/^(-d|--directory)$/.test(word)) root = words[++i] ?? root;
    else if (/^(-b|--bind)$/.test(word)) bind = words[++i];
    else if (word.startsWith("--bind=")) bind = word.slice("--bind=".length);
    else {
      yield* write(
        2,
        `usage: server.py [-h] [-b ADDRESS] [-d DIRECTORY] [-p VERSION] [port]\nserver.py: error: in this playground: unrecognized arguments: ${word}\n`,
      );
      return 2;
    }
  }
  let fd: number;
  try {
    fd = yield* listen(port, bind === "localhost" ? "127.0.0.1" : bind);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* write(2, PROBLEMS[error.errno] ?? `OSError: ${error.errno}\n`);
    return 1;
  }
  const host = bind ?? "0.0.0.0";
  const shown = host.includes(":") ? `[${host}]` : host;
  yield* write(1, `Serving HTTP on ${host} port ${port} (http://${shown}:${port}/) ...\n`);
  for (let line = yield* readLineOf(fd); line !== null; line = yield* readLineOf(fd)) {
    const request = JSON.parse(line) as ListenedRequest;
    const response = answer(ctx, root, request);
    yield* respond(fd, request.id, response);
    const time = new Date(ctx.now()).toUTCString();
    const stamp = `${time.slice(5, 7)}/${time.slice(8, 11)}/${time.slice(12, 16)} ${time.slice(17, 25)}`;
    const client = request.headers["x-forwarded-for"] ?? "-";
    yield* write(2, `${client} - - [${stamp}] "${request.method} ${request.path} HTTP/1.1" ${response.status} -\n`);
  }
  return 0;
}

function step(statement: string): Step | undefined {
  const printed = /^print\s*\((.*?)(?:,\s*flush\s*=\s*True)?\)$/.exec(statement);
  if (printed !== null) {
    const value = printed[1]?.trim() === "" ? "" : literal(printed[1] ?? "");
    return value === undefined ? undefined : { prints: `${value}\n` };
  }
  const slept = /^(?:time\.)?sleep\((\d+(?:\.\d+)?)\)$/.exec(statement);
  if (slept !== null) return { sleepsMs: Number(slept[1]) * 1000 };
  const exit = /^(?:sys\.exit|exit|quit)\((\d*)\)$/.exec(statement);
  if (exit !== null) return { exits: Number(exit[1]) };
  return /^(import (time|sys)(, (time|sys))*|from time import sleep)$/.test(statement) ? "nothing" : undefined;
}

export function pythonLanguage(version: string): Language {
  const about = `Python ${version}`;
  return {
    title: "python",
    versions: { "--version": about, "-V": about },
    evaluates: ["-c"],
    harmless: /^-u$/,
    step,
    missing: (path) => ({ text: `python: can't open file '${path}': [Errno 2] No such file or directory`, code: 2 }),
    special(ctx, argv) {
      const at = argv.indexOf("-m");
      if (at < 0 || argv.slice(1, at).some((word) => word !== "-u")) return undefined;
      return argv[at + 1] === "http.server" ? serveFolder(ctx, argv.slice(at + 2)) : refuseModule(argv[at + 1] ?? "");
    },
  };
}

function* refuseModule(name: string): Call<number> {
  yield* write(2, `python: the module ${name} is not simulated in this playground; http.server is\n`);
  return 1;
}
