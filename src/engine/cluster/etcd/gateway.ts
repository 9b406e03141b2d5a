/**
 * What a member answers on its client port: health, version, and its JSON gateway, which etcdctl here speaks too.
 * Upstream: etcd server/etcdserver/api/etcdhttp, api/etcdserverpb/gw.
 *
 * **Simplified:** of gRPC's services the one for health alone; no watches, leases, transactions, roles; who may come is
 * decided by the certificate that the client shows in a header.
 */
import { decodeBase64, encodeBase64 } from "../../base/base64.ts";
import { isObject, parseJson } from "../../base/json.ts";
import { answerHealth } from "../../images/web-app.ts";
import type { Listener, ServedResponse } from "../../runtime/network-port.ts";
import type { Keyspace, TextKey } from "./keyspace.ts";
import { snapshotText } from "./snapshot-file.ts";

export const ETCD_VERSION = "3.6.8";

export interface Member {
  /** Hexadecimal. */
  id: string;
  name: string;
  peerURLs: readonly string[];
  clientURLs: readonly string[];
}

export interface GatewayOptions {
  keyspace: Keyspace;
  /** All of its cluster, itself first. */
  members: () => readonly Member[];
  /** Whether a client with these headers may speak to it. */
  admits: (headers: Readonly<Record<string, string>>) => boolean;
  changed: () => void;
}

type Body = Readonly<Record<string, unknown>>;

export function gatewayListener(options: GatewayOptions): Listener {
  return (request) => {
    const { path, headers, body } = request;
    if (!options.admits(headers)) return { status: 0, body: "", resets: true };
    if (headers["content-type"] === "application/grpc") return answerHealth(request);
    switch (path) {
      case "/health":
        return json({ health: "true", reason: "" });
      case "/version":
        return json({ etcdserver: ETCD_VERSION, etcdcluster: "3.6.0", storage: "3.6.0" });
      default:
        return call(options, path, body);
    }
  };
}

function call(options: GatewayOptions, path: string, body: string): ServedResponse {
  const parsed = parseJson(body);
  const request: Body = isObject(parsed) ? parsed : {};
  const { keyspace } = options;
  const header = { revision: String(keyspace.revision), member_id: options.members()[0]?.id, raft_term: "2" };
  switch (path) {
    case "/v3/kv/range":
      return json({ header, ...range(keyspace, request) });
    case "/v3/kv/put":
      try {
        keyspace.put(decodeBase64(String(request["key"] ?? "")), decodeBase64(String(request["value"] ?? "")));
      } catch (error) {
        return { status: 400, body: JSON.stringify({ message: (error as Error).message }) };
      }
      options.changed();
      return json({ header: { ...header, revision: String(keyspace.revision) } });
    case "/v3/kv/deleterange": {
      const found = chosen(keyspace, request);
      for (const { key } of found) keyspace.delete(key);
      options.changed();
      return json({ header: { ...header, revision: String(keyspace.revision) }, deleted: String(found.length) });
    }
    case "/v3/maintenance/status":
      return json({ header, version: ETCD_VERSION, dbSize: snapshotText(keyspace.contents()).length });
    case "/v3/maintenance/snapshot":
      return json({ result: { blob: encodeBase64(snapshotText(keyspace.contents())), version: ETCD_VERSION } });
    case "/v3/cluster/member/list":
      return json({ header, members: options.members() });
    default:
      return { status: 404, body: JSON.stringify({ code: 5, message: "Not Found", details: [] }) };
  }
}

function chosen(keyspace: Keyspace, request: Body): TextKey[] {
  const key = decodeBase64(String(request["key"] ?? ""));
  const end = request["range_end"] === undefined ? undefined : decodeBase64(String(request["range_end"]));
  if (end === undefined) {
    const found = keyspace.get(key);
    return found === undefined ? [] : [found];
  }
  const all = keyspace.under("");
  return all.filter((item) => item.key >= key && (end === "\0" || item.key < end));
}

function range(keyspace: Keyspace, request: Body): object {
  const found = chosen(keyspace, request);
  const count = String(found.length);
  if (request["count_only"] === true) return { count };
  const limit = Number(request["limit"] ?? 0);
  const shown = limit > 0 ? found.slice(0, limit) : found;
  const kvs = shown.map(({ key, value, createRevision, modRevision, version }) => ({
    key: encodeBase64(key),
    create_revision: String(createRevision),
    mod_revision: String(modRevision),
    version: String(version),
    ...(request["keys_only"] !== true && { value: encodeBase64(value) }),
  }));
  return { kvs, count, ...(shown.length < found.length && { more: true }) };
}

function json(value: object): ServedResponse {
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}
