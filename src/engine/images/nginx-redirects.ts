/** Where nginx's own redirects lead: to the whole address that was asked for. Upstream: nginx src/http/ngx_http_header_filter_module.c. */
import type { ServedResponse } from "../runtime/network-port.ts";
import { setting } from "./nginx-servers.ts";
import type { Scope } from "./nginx-servers.ts";

/** Its `location` with scheme and host, and the port that the server listens on: not the one that a node port or a tunnel has. */
export function withWholeLocation(response: ServedResponse, scope: Scope): ServedResponse {
  const location = response.headers?.["location"];
  const isOn = (name: string, usual: "on" | "off"): boolean => (setting(scope, name)?.[0] ?? usual) === "on";
  if (location?.startsWith("/") !== true || !isOn("absolute_redirect", "on")) return response;
  const { request, server } = scope;
  const secure = server.securePorts.includes(request.port);
  const asked = (request.headers["host"] ?? "").toLowerCase().replace(/:\d+$/, "");
  const host = isOn("server_name_in_redirect", "off") ? (server.names[0] ?? "") : asked;
  const isUsual = request.port === (secure ? 443 : 80);
  const port = isUsual || !isOn("port_in_redirect", "on") ? "" : `:${request.port}`;
  const whole = `${secure ? "https" : "http"}://${host}${port}${location}`;
  return { ...response, headers: { ...response.headers, location: whole } };
}

/** A folder that was asked for without its slash is at the path that was asked for, whatever its place on the disk. */
export function folderLocation(response: ServedResponse, { path, query }: Scope["request"]): ServedResponse {
  if (response.status !== 301) return response;
  const location = `${path}/${query === "" ? "" : `?${query}`}`;
  return { ...response, headers: { ...response.headers, location } };
}
