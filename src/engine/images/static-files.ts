import { SystemError } from "../base/program.ts";
import { utf8Length } from "../runtime/file-nodes.ts";
import type { ServedRequest, ServedResponse } from "../runtime/network-port.ts";
import type { ServerContext } from "./define-image.ts";
import { httpDate } from "./http-log.ts";

interface FileAnswer {
  status: number;
  /** Absent when the server shows its own page for the status. */
  body?: string;
  /** The file that was found. */
  file?: string;
  modified?: number;
  location?: string;
}

const TYPES: Record<string, string> = {
  html: "text/html",
  htm: "text/html",
  css: "text/css",
  js: "application/javascript",
  json: "application/json",
  txt: "text/plain",
  svg: "image/svg+xml",
  xml: "text/xml",
};

/** When the files of all images were made. */
const IMAGE_TIME = 0;

/** What a web server shows of a directory, as its own software answers. */
export class StaticSite {
  private readonly ctx: ServerContext;
  private readonly root: string;
  private readonly server: string;
  private readonly errorPage: (status: number) => string;
  private readonly index: string;
  private readonly autoindex: boolean;
  private readonly typeOf: (file: string) => string;
  /** Probes ask for one path again and again: its text is made, and hashed, once. */
  private lastPath = "";
  private lastFile = "";
  private lastBody = "";
  private lastLength = 0;

  constructor(
    ctx: ServerContext,
    options: {
      root: string;
      server: string;
      errorPage: (status: number) => string;
      index?: string;
      autoindex?: boolean;
      typeOf?: (file: string) => string;
    },
  ) {
    this.autoindex = options.autoindex ?? false;
    this.typeOf = options.typeOf ?? usualType;
    this.index = options.index ?? "index.html";
    this.ctx = ctx;
    this.root = options.root;
    this.server = options.server;
    this.errorPage = options.errorPage;
  }

  answer(request: ServedRequest): FileResponse {
    const found = this.find(request);
    const body = found.body ?? this.errorPage(found.status);
    if (body !== this.lastBody) {
      this.lastBody = body;
      this.lastLength = utf8Length(body);
    }
    const shown = request.method === "HEAD" ? "" : body;
    const { lastLength: length, server, typeOf } = this;
    return new FileResponse(found, { body: shown, length, server, now: this.ctx.now(), typeOf });
  }

  private listing(path: string): string {
    const { fs } = this.ctx;
    const entries = fs
      .readdir(this.root + path)
      .filter((name) => !name.startsWith("."))
      .map((name) => ({ name, stat: fs.stat(`${this.root}${path}${name}`) }));
    const folders = entries.filter(({ stat }) => stat.type === "directory");
    const files = entries.filter(({ stat }) => stat.type !== "directory");
    const lines = [
      ...folders.map(({ name, stat }) => listed(`${name}/`, { size: undefined, mtime: stat.mtime })),
      ...files.map(({ name, stat }) => listed(name, stat)),
    ];
    return `<html>\r\n<head><title>Index of ${path}</title></head>\r\n<body>\r\n<h1>Index of ${path}</h1><hr><pre><a href="../">../</a>\r\n${lines.join("")}</pre><hr></body>\r\n</html>\r\n`;
  }

  /** The file, its index.html, a redirect to the directory, 403 or 404. */
  private find(request: ServedRequest): FileAnswer {
    const { ctx, root } = this;
    if (request.method !== "GET" && request.method !== "HEAD") return { status: 405 };
    const path = request.path.includes("%") ? decode(request.path) : request.path;
    if (path === undefined || path.includes("/..")) return { status: 404 };
    if (path !== this.lastPath) {
      this.lastPath = path;
      this.lastFile = path.endsWith("/") ? `${root}${path}${this.index}` : root + path;
    }
    const file = this.lastFile;
    const pristine = ctx.pristine(file);
    if (pristine !== undefined) return { status: 200, body: pristine, file, modified: IMAGE_TIME };
    const { fs } = ctx;
    try {
      const stat = fs.stat(root + path);
      if (stat.type === "directory" && !path.endsWith("/")) return { status: 301, body: "", location: `${path}/` };
      if (stat.type === "directory" && !fs.exists(file))
        return this.autoindex ? { status: 200, body: this.listing(path) } : { status: 403 };
      return { status: 200, body: fs.readFile(file), file, modified: fs.stat(file).mtime };
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return { status: error.errno === "EACCES" ? 403 : 404 };
    }
  }
}

const NAME_WIDTH = 50;
const SIZE_WIDTH = 19;

/** A line of nginx' listing of a directory. Upstream: nginx src/http/modules/ngx_http_autoindex_module.c. */
function listed(name: string, { size, mtime }: { size: number | undefined; mtime: number }): string {
  const shown = name.length > NAME_WIDTH ? `${name.slice(0, NAME_WIDTH - 3)}..&gt;` : name;
  const padding = " ".repeat(Math.max(0, NAME_WIDTH - name.length) + 1);
  const [, day = "", month = "", year = "", time = ""] = /, (\d+) (\w+) (\d+) (\d+:\d+)/.exec(httpDate(mtime)) ?? [];
  const last = (size === undefined ? "-" : String(size)).padStart(SIZE_WIDTH);
  return `<a href="${name}">${shown}</a>${padding}${day}-${month}-${year} ${time} ${last}\r\n`;
}

function usualType(file: string): string {
  return TYPES[file.slice(file.lastIndexOf(".") + 1)] ?? "application/octet-stream";
}

/** Headers are made when somebody reads them: a probe doesn't. */
export class FileResponse implements ServedResponse {
  readonly status: number;
  readonly body: string;
  /** Bytes of the body, HEAD or not. */
  readonly length: number;
  private readonly found: FileAnswer;
  private readonly server: string;
  private readonly now: number;
  private readonly typeOf: (file: string) => string;

  constructor(
    found: FileAnswer,
    how: { body: string; length: number; server: string; now: number; typeOf: (file: string) => string },
  ) {
    this.typeOf = how.typeOf;
    this.status = found.status;
    this.body = how.body;
    this.length = how.length;
    this.found = found;
    this.server = how.server;
    this.now = how.now;
  }

  get headers(): Record<string, string> {
    const { file, location, modified } = this.found;
    const type = file === undefined ? "text/html" : this.typeOf(file);
    return {
      server: this.server,
      date: httpDate(this.now),
      "content-type": type,
      "content-length": String(this.length),
      ...(location !== undefined && { location }),
      connection: "keep-alive",
      ...(modified !== undefined && { "last-modified": httpDate(modified), "accept-ranges": "bytes" }),
    };
  }
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
