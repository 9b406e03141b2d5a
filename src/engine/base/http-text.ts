/** HTTP/1.1 messages as text: what goes through a forwarded port. Upstream: RFC 9112. Simplified: text bodies; requests have no chunks. */
import { utf8Encode } from "./base64.ts";
import { HTTP_REASONS } from "./http-reasons.ts";

export interface RequestText {
  method: string;
  path: string;
  query: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: string;
}

export interface ResponseText {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Names that servers spell otherwise than with a capital at each word. */
const SPELT: Readonly<Record<string, string>> = { etag: "ETag", "www-authenticate": "WWW-Authenticate" };

/** A header's name as servers of HTTP/1.1 write it: `Content-Type`. One that has capitals stays as it is. */
export function wireName(name: string): string {
  if (/[A-Z]/.test(name)) return name;
  return SPELT[name] ?? name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

/** The first line of an answer. */
export function statusLine(status: number): string {
  return `HTTP/1.1 ${status} ${HTTP_REASONS[status] ?? ""}`;
}

function message(first: string, headers: Readonly<Record<string, string>>, body: string): string {
  const { "content-length": _, "transfer-encoding": __, ...rest } = headers;
  const lines = Object.entries({ ...rest, "content-length": String(utf8Encode(body).length) });
  return `${first}\r\n${lines.map(([name, value]) => `${wireName(name)}: ${value}\r\n`).join("")}\r\n${body}`;
}

export function formatRequest({ method, path, query, headers, body }: RequestText): string {
  return message(`${method} ${path}${query === "" ? "" : `?${query}`} HTTP/1.1`, headers, body);
}

/** The answer to a HEAD: its head alone, with the length that the body would have as far as its server says it. */
export function formatHead({ status, headers, body }: ResponseText): string {
  const said = Object.entries(headers).find(([name]) => name.toLowerCase() === "content-length")?.[1];
  const text = message(statusLine(status), headers, body);
  const head = text.slice(0, text.length - body.length);
  return said === undefined || body !== ""
    ? head
    : head.replace(/Content-Length: 0\r\n\r\n$/, `Content-Length: ${said}\r\n\r\n`);
}

/** The head of an answer whose body ends with the connection. */
export function formatOpenHead({ status, headers }: Omit<ResponseText, "body">): string {
  return message(statusLine(status), { ...headers, connection: "close" }, "").replace("Content-Length: 0\r\n", "");
}

/** In chunks, one a line, where its headers say so. */
export function formatResponse({ status, headers, body }: ResponseText): string {
  const text = message(statusLine(status), headers, body);
  if (!isChunked(headers)) return text;
  const head = text.slice(0, text.length - body.length).replace(/Content-Length: \d+\r\n\r\n$/, "");
  const chunks = body === "" ? [] : body.split(/(?<=\n)/);
  const sized = [...chunks, ""].map((chunk) => `${utf8Encode(chunk).length.toString(16)}\r\n${chunk}\r\n`);
  return `${head}Transfer-Encoding: chunked\r\n\r\n${sized.join("")}`;
}

export function isChunked(headers: Readonly<Record<string, string>>): boolean {
  const coding = Object.entries(headers).find(([name]) => name.toLowerCase() === "transfer-encoding")?.[1];
  return coding?.toLowerCase() === "chunked";
}

/** The body in chunks put together; undefined while it is not all there. */
function joined(text: string): string | undefined {
  let body = "";
  let rest = text;
  for (;;) {
    const line = /^([0-9a-f]+)[^\r\n]*\r\n/i.exec(rest);
    if (line === null) return undefined;
    const size = Number.parseInt(line[1] as string, 16);
    rest = rest.slice(line[0].length);
    if (size === 0) return body;
    // Sizes are of bytes, which are no fewer than letters.
    let letters = size;
    while (letters > 0 && utf8Encode(rest.slice(0, letters)).length > size) letters--;
    const chunk = rest.slice(0, letters);
    if (utf8Encode(chunk).length < size) return undefined;
    body += chunk;
    rest = rest.slice(letters).replace(/^\r\n/, "");
  }
}

/** The message with its head's lines ending as they should: people who type end theirs with a newline alone. */
export function withLineEnds(text: string): string {
  const end = /\r?\n\r?\n/.exec(text);
  if (end === null) return text;
  const body = text.slice(end.index + end[0].length);
  return `${text.slice(0, end.index).replaceAll(/\r?\n/g, "\r\n")}\r\n\r\n${body}`;
}

/** First line, headers and body; undefined while the text is not all there. */
function parts(
  text: string,
  bodiless = false,
): { first: string; headers: Record<string, string>; body: string } | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const body = text.slice(end + 4);
  if (!bodiless && isChunked(headers)) {
    const whole = joined(body);
    return whole === undefined ? undefined : { first, headers, body: whole };
  }
  const length = Number(headers["content-length"] ?? 0);
  return !bodiless && utf8Encode(body).length < length ? undefined : { first, headers, body };
}

export function parseRequest(text: string): RequestText | undefined {
  const found = parts(text);
  if (found === undefined) return undefined;
  const [method = "GET", target = "/"] = found.first.split(" ");
  const [path = "/", query = ""] = target.split("?", 2);
  return { method, path, query, headers: found.headers, body: found.body };
}

/** `bodiless`: the answer to a HEAD, whose length says nothing of what follows. */
export function parseResponse(text: string, bodiless = false): ResponseText | undefined {
  const found = parts(text, bodiless);
  if (found === undefined) return undefined;
  return { status: Number(found.first.split(" ")[1] ?? 502), headers: found.headers, body: found.body };
}
