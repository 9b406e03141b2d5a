/** `-F`: fields and files as multipart/form-data. Upstream: curl src/tool_formparse.c, RFC 7578. */
import type { Call } from "../../base/syscalls.ts";
import { close, open, readAll } from "../../base/syscalls.ts";
import { baseName } from "../../runtime/paths.ts";
import type { CommandIo } from "../command.ts";

const LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const TYPES: Readonly<Record<string, string>> = {
  gif: "image/gif",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain",
  htm: "text/html",
  html: "text/html",
  pdf: "application/pdf",
  xml: "application/xml",
};

export function* textOf(name: string): Call<string> {
  if (name === "-") return yield* readAll(0);
  const fd = yield* open(name, "read");
  const text = yield* readAll(fd);
  yield* close(fd);
  return text;
}

/** The body of a form and its content type; fails as opening its files does. */
export function* formBody(io: CommandIo): Call<{ body: string; type: string }> {
  const boundary = `------------------------${Array.from({ length: 22 }, () => LETTERS[io.ctx.random(LETTERS.length)]).join("")}`;
  let body = "";
  for (const field of io.values("F")) body += yield* part(boundary, field);
  for (const field of io.values("formstring")) {
    const [name = "", value = ""] = field.split(/=(.*)/s);
    body += section(boundary, `name="${name}"`, value);
  }
  return { body: `${body}--${boundary}--\r\n`, type: `multipart/form-data; boundary=${boundary}` };
}

function* part(boundary: string, field: string): Call<string> {
  const [name = "", said = ""] = field.split(/=(.*)/s);
  const [value = "", ...options] = said.split(/;(?=type=|filename=)/);
  const option = (key: string): string | undefined =>
    options.find((each) => each.startsWith(`${key}=`))?.slice(key.length + 1);
  const type = option("type");
  if (value.startsWith("<")) return section(boundary, `name="${name}"`, yield* textOf(value.slice(1)), type);
  if (!value.startsWith("@")) return section(boundary, `name="${name}"`, value, type);
  const path = value.slice(1);
  const file = option("filename") ?? baseName(path);
  const usual = TYPES[/\.(\w+)$/.exec(file)?.[1]?.toLowerCase() ?? ""] ?? "application/octet-stream";
  return section(boundary, `name="${name}"; filename="${file}"`, yield* textOf(path), type ?? usual);
}

function section(boundary: string, names: string, content: string, type?: string): string {
  const head = `--${boundary}\r\nContent-Disposition: form-data; ${names}\r\n`;
  return `${head}${type === undefined ? "" : `Content-Type: ${type}\r\n`}\r\n${content}\r\n`;
}
