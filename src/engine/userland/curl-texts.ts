/** What curl prints besides the body. Upstream: curl src/tool_writeout.c, lib/http.c. */
import type { HttpResponse } from "../base/program.ts";
import type { Url } from "./urls.ts";

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

/** Status line and headers, as `-i` prints them. */
export function head(response: HttpResponse): string {
  const lines = Object.entries(response.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${response.status} ${REASONS[response.status] ?? ""}\r\n${lines.join("")}\r\n`;
}

/** What `-v` tells of an exchange. */
export function conversation(exchange: Exchange, response: HttpResponse, certificate: readonly string[] = []): string {
  const { url, method, headers } = exchange;
  const given = Object.entries(headers);
  const host = given.find(([name]) => name.toLowerCase() === "host")?.[1] ?? url.authority;
  const sent = [
    `${method} ${url.path} HTTP/1.1`,
    `Host: ${host}`,
    ...given.filter(([name]) => name.toLowerCase() !== "host").map(([name, value]) => `${name}: ${value}`),
    "",
  ];
  const received = head(response).trimEnd().split("\r\n");
  return (
    [
      `* Connected to ${url.host} port ${url.port}`,
      ...certificate.map((line) => `* ${line}`),
      ...sent.map((line) => `> ${line}`),
      ...[...received, ""].map((line) => `< ${line}`),
    ].join("\n") + "\n"
  );
}

/** `-w`: `%{http_code}` and its like. */
export function writeOut(
  format: string,
  about: { status: number; size: number; url: Url; type: string; redirects: number; method: string },
): string {
  const { url } = about;
  const values: Readonly<Record<string, string>> = {
    http_code: String(about.status).padStart(3, "0"),
    response_code: String(about.status).padStart(3, "0"),
    size_download: String(about.size),
    content_type: about.type,
    url_effective: `${url.scheme}://${url.authority}${url.path}`,
    num_redirects: String(about.redirects),
    method: about.method,
    time_total: "0.001000",
    scheme: url.scheme,
  };
  const text = format.replace(/%\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
  return text.replaceAll("\\n", "\n").replaceAll("\\t", "\t").replaceAll("\\r", "\r");
}
