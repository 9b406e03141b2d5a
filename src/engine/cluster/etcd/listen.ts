/** Where a member of etcd listens: for clients, for its peers, for who asks after its health. Upstream: etcd server/embed. */
import { SystemError } from "../../base/program.ts";
import type { ServerContext } from "../../runtime/containers/image.ts";
import { overTls } from "../../runtime/network-port.ts";
import type { Listener, ServedResponse } from "../../runtime/network-port.ts";
import { NOT_FOUND, OK } from "../component-endpoints.ts";
import { ETCD_VERSION } from "./version.ts";
import type { Member } from "./membership.ts";

export const ETCD_PORT = 2379;
const PEER_PORT = 2380;

/** The first of the URLs whose host is a name other than localhost: etcd binds to addresses alone. */
export function unbindable(urls: readonly string[]): string | undefined {
  return urls.find((url) => !/^\w+:\/\/(localhost|[\d.]+|\[[\da-fA-F:.]*\])?(:\d+)?\/?$/.test(url));
}

/** Listens for what the URLs say, in one go for those of one port. Answers why it can't, in Go's words. */
export function listenAt(
  ctx: ServerContext,
  urls: readonly string[],
  { listener, port: usual = ETCD_PORT }: { listener: Listener; port?: number },
): string | undefined {
  const ports = new Map<number, string[]>();
  for (const url of urls) {
    const [, host = "", port = usual] = /^\w+:\/\/(.*?)(?::(\d+))?\/?$/.exec(url) ?? [];
    ports.set(Number(port), [...(ports.get(Number(port)) ?? []), addressOf(host)]);
  }
  for (const [port, addresses] of ports) {
    try {
      ctx.listen(port, listener, addresses.includes("::") ? undefined : [...new Set(addresses)]);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      const [taken, at] = [error.errno === "EADDRINUSE", error.errno === "EADDRINUSE" ? addresses[0] : error.detail];
      const why = taken ? "address already in use" : "cannot assign requested address";
      return `listen tcp ${at === "::" ? "" : at}:${port}: bind: ${why}`;
    }
  }
  return undefined;
}

/** Of its peers, which show certificates where they have to. */
export function listenForPeers(
  ctx: ServerContext,
  urls: readonly string[],
  { members, checked }: { members: () => readonly Member[]; checked: boolean },
): string | undefined {
  const peers = (path: string): ServedResponse => {
    if (checked) return { status: 0, body: "", resets: true };
    const json = { status: 200, headers: { "content-type": "application/json" } };
    if (path === "/members") return { ...json, body: `${JSON.stringify(members())}\n` };
    const version = { etcdserver: ETCD_VERSION, etcdcluster: "3.6.0", storage: "3.6.0" };
    return path === "/version" ? { ...json, body: JSON.stringify(version) } : NOT_FOUND;
  };
  return listenAt(ctx, urls, { listener: perScheme(urls, ({ path }) => peers(path)), port: PEER_PORT });
}

/**
 * Health, where `--listen-metrics-urls` says. `answers`: whether anything can be read here; a member without others lives
 * and isn't ready. **Simplified:** a port that somebody else has is left to him.
 */
export function listenForHealth(ctx: ServerContext, urls: readonly string[], answers: () => boolean): void {
  const health: Listener = ({ path }) => {
    if (path === "/livez" || (path === "/readyz" && answers())) return { ...OK, body: "ok\n" };
    if (path === "/readyz") return { ...OK, status: 503, body: NOT_READY };
    return path === "/health" ? healthPage(answers()) : NOT_FOUND;
  };
  for (const url of urls) listenAt(ctx, [url], { listener: perScheme([url], health) });
}

const NOT_READY =
  "[-]linearizable_read failed: context deadline exceeded\n[+]data_corruption ok\nreadyz check failed\n";

export function healthPage(answers: boolean): ServedResponse {
  const body = JSON.stringify(answers ? { health: "true", reason: "" } : { health: "false", reason: "RAFT NO LEADER" });
  return { status: answers ? 200 : 503, headers: { "content-type": "application/json" }, body };
}

function perScheme(urls: readonly string[], listener: Listener): Listener {
  return urls.some((url) => url.startsWith("https:")) ? overTls(listener) : listener;
}

/** What Go's net.Listen makes of a URL's host. */
function addressOf(host: string): string {
  if (host === "localhost") return "127.0.0.1";
  const address = host.replace(/^\[|\]$/g, "");
  return address === "" || address === "0.0.0.0" ? "::" : address;
}
