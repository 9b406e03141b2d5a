import { SystemError } from "../base/program.ts";
import type { FileSystem } from "../base/program.ts";
import type { ServedRequest } from "../runtime/network-port.ts";

export interface FileAnswer {
  status: number;
  /** Absent when the server shows its own page for the status. */
  body?: string;
  type?: string;
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

/** What a web server answers from a directory: the file, its index.html, a redirect to the directory, 403 or 404. */
export function serveFile(fs: FileSystem, root: string, request: ServedRequest): FileAnswer {
  if (request.method !== "GET" && request.method !== "HEAD") return { status: 405 };
  const path = decode(request.path);
  if (path === undefined || path.split("/").includes("..")) return { status: 404 };
  try {
    let file = root + path;
    let stat = fs.stat(file);
    if (stat.type === "directory") {
      if (!path.endsWith("/")) return { status: 301, body: "", location: `${path}/` };
      file = `${file}index.html`;
      if (!fs.exists(file)) return { status: 403 };
      stat = fs.stat(file);
    }
    const extension = file.slice(file.lastIndexOf(".") + 1);
    const type = TYPES[extension] ?? "application/octet-stream";
    return { status: 200, body: fs.readFile(file), type, modified: stat.mtime };
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { status: error.errno === "EACCES" ? 403 : 404 };
  }
}

function decode(path: string): string | undefined {
  if (!path.includes("%")) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
