/** The lines of nginx' logs. Upstream: kubernetes/ingress-nginx' log-format-upstream; nginx' error log. */
import type { ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import { utf8Length } from "../../runtime/file-nodes.ts";

/** What became of a request beside its answer. */
export interface Account {
  backend: string;
  alternative: string;
  /** One for each endpoint that was tried. */
  tries: { upstream: string; status: string; length: string; ms: number }[];
  user: string;
}

export function newAccount(): Account {
  return { backend: "", alternative: "", tries: [], user: "-" };
}

export function accessLine(
  request: ServedRequest,
  response: ServedResponse,
  how: { account: Account; id: string; at: number },
): string {
  const { account, id, at } = how;
  const [, day = "", month = "", year = "", time = ""] =
    /, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(at).toUTCString()) ?? [];
  const { method, headers, remoteAddress } = request;
  const line = requestLine(request);
  const sent = Object.entries(headers).reduce(
    (sum, [key, value]) => sum + key.length + value.length + 4,
    line.length + 4,
  );
  const { tries } = account;
  const seconds = (ms: number): string => (ms / 1000).toFixed(3);
  const total = seconds(tries.reduce((sum, { ms }) => sum + ms, 0));
  const each = (text: (one: Account["tries"][number]) => string): string => tries.map(text).join(", ");
  const upstream =
    tries.length === 0
      ? "- - - -"
      : `${each((one) => one.upstream)} ${each((one) => one.length)} ${each((one) => seconds(one.ms))} ${each((one) => one.status)}`;
  return `${remoteAddress} - ${account.user} [${day}/${month}/${year}:${time} +0000] "${line}" ${response.status} ${method === "HEAD" ? 0 : utf8Length(response.body)} "${headers["referer"] ?? "-"}" "${headers["user-agent"] ?? "-"}" ${sent} ${total} [${account.backend}] [${account.alternative}] ${upstream} ${id}`;
}

function requestLine({ method, path, query }: ServedRequest): string {
  return `${method} ${path}${query === "" ? "" : `?${query}`} HTTP/1.1`;
}

const WORDS = {
  refused: "connect() failed (111: Connection refused) while connecting to upstream",
  unreachable: "connect() failed (113: Host is unreachable) while connecting to upstream",
  unconnected: "upstream timed out (110: Operation timed out) while connecting to upstream",
  silent: "upstream timed out (110: Operation timed out) while reading response header from upstream",
  plain:
    "SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking to upstream",
  broken: "upstream prematurely closed connection while reading response header from upstream",
} as const;

export type UpstreamTrouble = keyof typeof WORDS;

/** nginx' complaint of an upstream. */
export function errorLine(
  trouble: UpstreamTrouble,
  of: { request: ServedRequest; server: string; url: string; at: number },
): string {
  const { request, server, url, at } = of;
  const stamp = new Date(at).toISOString().slice(0, 19).replaceAll("-", "/").replace("T", " ");
  const { remoteAddress, headers } = request;
  return `${stamp} [error] 33#33: *1 ${WORDS[trouble]}, client: ${remoteAddress}, server: ${server === "" ? "_" : server}, request: "${requestLine(request)}", upstream: "${url}", host: "${headers["host"] ?? ""}"`;
}
