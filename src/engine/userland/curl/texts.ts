/** What curl prints besides the body. Upstream: curl lib/http.c, lib/connect.c. */
import type { Way } from "../../base/http.ts";
import type { HttpResponse } from "../../base/program.ts";
import type { Url } from "../urls.ts";
import { encodeUtf8 } from "../utf8.ts";

export interface Exchange {
  url: Url;
  method: string;
  headers: Record<string, string>;
  body: string;
}

/** `name` in lower case. */
export function header(response: HttpResponse, name: string): string | undefined {
  const found = Object.keys(response.headers).find((key) => key.toLowerCase() === name);
  return found === undefined ? undefined : response.headers[found];
}

const REASONS: Readonly<Record<number, string>> = {
  101: "Switching Protocols",
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No Content",
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  304: "Not Modified",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  418: "I'm a teapot",
  422: "Unprocessable Entity",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/** `404 Not Found` */
export function statusText(status: number): string {
  return `${status} ${REASONS[status] ?? ""}`.trim();
}

/** Status line and headers, as `-i` prints them. */
export function head(response: HttpResponse): string {
  const lines = Object.entries(response.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${response.status} ${REASONS[response.status] ?? ""}\r\n${lines.join("")}\r\n`;
}

/** What `-v` tells of the way to a server, before the request. */
export function connecting(
  { host, port, scheme }: Pick<Url, "host" | "port" | "scheme">,
  how: { way: Way | undefined; certificate: readonly string[]; told: readonly string[]; again: boolean },
): string[] {
  const { way, certificate, told, again } = how;
  if (again) return [`Re-using existing ${scheme} connection with host ${host}`];
  if (way === undefined) return [...told, ...certificate, `Connected to ${host} port ${port}`];
  const { remoteAddress } = way;
  const shown = remoteAddress.includes(":") ? `[${remoteAddress}]` : remoteAddress;
  const resolved = [
    `Host ${host}:${port} was resolved.`,
    `IPv6: ${remoteAddress.includes(":") ? remoteAddress : "(none)"}`,
    `IPv4: ${remoteAddress.includes(":") ? "(none)" : remoteAddress}`,
  ];
  return [
    ...told,
    ...(told.length > 0 || host === remoteAddress ? [] : resolved),
    `  Trying ${shown}:${way.remotePort}...`,
    ...certificate,
    `Connected to ${host} (${remoteAddress}) port ${way.remotePort}`,
  ];
}

/** What `-v` tells of a request and its answer. */
export function conversation(exchange: Exchange, response: HttpResponse, before: readonly string[] = []): string {
  const { url, method, headers, body } = exchange;
  const given = Object.entries(headers).filter(([name]) => !name.startsWith("x-drydock-"));
  const host = given.find(([name]) => name.toLowerCase() === "host")?.[1] ?? url.authority;
  const sent = [
    `${method} ${url.path} HTTP/1.1`,
    `Host: ${host}`,
    ...given.filter(([name]) => name.toLowerCase() !== "host").map(([name, value]) => `${name}: ${value}`),
    "",
  ];
  const received = head(response).trimEnd().split("\r\n");
  const size = encodeUtf8(body).length;
  return (
    [
      ...[...before, "using HTTP/1.x"].map((line) => `* ${line}`),
      ...sent.map((line) => `> ${line}`),
      size > 0 ? `* upload completely sent off: ${size} bytes` : "* Request completely sent off",
      ...[...received, ""].map((line) => `< ${line}`),
    ].join("\n") + "\n"
  );
}
