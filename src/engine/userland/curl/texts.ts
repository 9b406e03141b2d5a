/** What curl prints besides the body. Upstream: curl lib/http.c, lib/connect.c. */
import { HTTP_REASONS } from "../../base/http-reasons.ts";
import { statusLine, wireName } from "../../base/http-text.ts";
import type { Way } from "../../base/http.ts";
import type { HttpResponse } from "../../base/program.ts";
import { hostInUrl } from "../urls.ts";
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

/** `404 Not Found` */
export function statusText(status: number): string {
  return `${status} ${HTTP_REASONS[status] ?? ""}`.trim();
}

/** Status line and headers, as `-i` prints them. */
export function head(response: HttpResponse): string {
  const lines = Object.entries(response.headers).map(([name, value]) => `${wireName(name)}: ${value}\r\n`);
  return `${statusLine(response.status)}\r\n${lines.join("")}\r\n`;
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
  const addresses = way.resolved ?? [remoteAddress];
  return [
    ...told,
    ...(told.length > 0 || host === remoteAddress ? [] : wasResolved({ host, port }, addresses)),
    ...refusals(addresses.slice(0, addresses.indexOf(remoteAddress)), way.remotePort, "Connection refused"),
    trying(remoteAddress, way.remotePort),
    ...certificate,
    `Connected to ${host} (${remoteAddress}) port ${way.remotePort}`,
  ];
}

export function wasResolved({ host, port }: Pick<Url, "host" | "port">, addresses: readonly string[]): string[] {
  const ofFamily = (six: boolean): string =>
    addresses.filter((address) => address.includes(":") === six).join(", ") || "(none)";
  return [`Host ${host}:${port} was resolved.`, `IPv6: ${ofFamily(true)}`, `IPv4: ${ofFamily(false)}`];
}

export function trying(address: string, port: number): string {
  return `  Trying ${hostInUrl(address)}:${port}...`;
}

/** What `-v` tells of a name's addresses that refused, one after the other. */
export function refusals(addresses: readonly string[], port: number, why: string): string[] {
  return addresses.flatMap((each) => [trying(each, port), `connect to ${each} port ${port} failed: ${why}`]);
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
