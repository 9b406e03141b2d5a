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
import { healthPage } from "./listen.ts";
import { MembershipError } from "./membership.ts";
import type { Membership } from "./membership.ts";
import { snapshotText } from "./snapshot-file.ts";
import { ETCD_VERSION } from "./version.ts";

export interface GatewayOptions {
  keyspace: Keyspace;
  /** Of its cluster. */
  membership: Membership;
  own: { id: string; node: string };
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
        return healthPage(options.membership.answers(options.own.node));
      case "/version":
        return json({ etcdserver: ETCD_VERSION, etcdcluster: "3.6.0", storage: "3.6.0" });
      default:
        return call(options, path, body);
    }
  };
}

/** What a member tells by itself; for anything else a majority has to agree. */
const LOCAL = new Set(["/v3/maintenance/status", "/v3/maintenance/snapshot"]);

function call(options: GatewayOptions, path: string, body: string): ServedResponse {
  const parsed = parseJson(body);
  const request: Body = isObject(parsed) ? parsed : {};
  const { keyspace, membership, own } = options;
  if (!LOCAL.has(path)) {
    if (!membership.answers(own.node)) return { status: 0, body: "", hangs: true };
    const isLearner = membership.members.some((each) => each.id === own.id && each.isLearner === true);
    if (isLearner) return refused("etcdserver: rpc not supported for learner");
  }
  const header = {
    cluster_id: CLUSTER_ID,
    member_id: own.id,
    revision: String(keyspace.revision),
    raft_term: String(membership.term),
  };
  switch (path) {
    case "/v3/kv/range":
      return json({ header, ...range(keyspace, request) });
    case "/v3/kv/put":
      try {
        keyspace.put(decodeBase64(String(request["key"] ?? "")), decodeBase64(String(request["value"] ?? "")));
      } catch (error) {
        return refused((error as Error).message);
      }
      options.changed();
      return json({ header: { ...header, revision: String(keyspace.revision) } });
    case "/v3/kv/deleterange": {
      const found = chosen(keyspace, request);
      for (const { key } of found) keyspace.delete(key);
      options.changed();
      return json({ header: { ...header, revision: String(keyspace.revision) }, deleted: String(found.length) });
    }
    case "/v3/maintenance/status": {
      const { leader = "", members } = membership;
      const isLearner = members.some((each) => each.id === own.id && each.isLearner === true);
      const size = snapshotText(keyspace.contents()).length;
      const errors = membership.answers(own.node) ? [] : ["etcdserver: no leader"];
      const seen = errors.length > 0 ? "" : leader;
      return json({ header, version: ETCD_VERSION, dbSize: size, leader: seen, isLearner, errors });
    }
    case "/v3/maintenance/snapshot":
      return json({ result: { blob: encodeBase64(snapshotText(keyspace.contents())), version: ETCD_VERSION } });
    default:
      return path.startsWith(MEMBERS) ? callMembers(options, header, [path.slice(MEMBERS.length), request]) : UNKNOWN;
  }
}

const MEMBERS = "/v3/cluster/member/";
const CLUSTER_ID = "b9f1e5a4c07d3826";
const UNKNOWN = { status: 404, body: JSON.stringify({ code: 5, message: "Not Found", details: [] }) };

function refused(message: string): ServedResponse {
  return { status: 400, body: JSON.stringify({ message }) };
}

/** Upstream: server/etcdserver/api/v3rpc/member.go. */
function callMembers(
  { membership }: GatewayOptions,
  header: object,
  [verb, request]: readonly [verb: string, request: Body],
): ServedResponse {
  const id = String(request["ID"] ?? "");
  try {
    switch (verb) {
      case "list":
        break;
      case "add": {
        const peers = Array.isArray(request["peerURLs"]) ? request["peerURLs"].map(String) : [];
        const member = membership.add(peers, { learner: request["isLearner"] === true });
        return json({ header, member, members: membership.members });
      }
      case "promote":
        membership.promote(id);
        break;
      case "remove":
        membership.remove(id);
        break;
      default:
        return UNKNOWN;
    }
  } catch (error) {
    if (!(error instanceof MembershipError)) throw error;
    return refused(error.message);
  }
  return json({ header, members: membership.members });
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
