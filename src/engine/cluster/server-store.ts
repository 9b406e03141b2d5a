/**
 * The etcd that an instance of kube-apiserver is told to keep its objects in: whether anything answers there, and how it
 * ends when nothing does. Upstream: apiserver pkg/storage/storagebackend/factory/etcd3.go.
 *
 * **Simplified:** of an address that is a member's, that the member runs and is one of a majority is enough; while it isn't,
 * it is told of as one that doesn't listen.
 */
import { sayFailure, sayKlog } from "../base/klog.ts";
import type { ServerContext } from "../runtime/containers/image.ts";
import type { NodePreset } from "./presets.ts";

/** How long kube-apiserver tries to reach its etcd. */
const TIMEOUT_MS = 20_000;
const LOG_MS = 5000;
const POLL_MS = 500;
const ETCD_PORT = "2379";

/** Whether an instance on `node` finds one of `--etcd-servers`. `runs`: whether a node's member does. */
export function storeAnswers(
  servers: string,
  node: string,
  { nodes, runs }: { nodes: readonly NodePreset[]; runs: (node: string) => boolean },
): boolean {
  return addressesOf(servers).some((address) => {
    const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(address) ?? [];
    if (port !== ETCD_PORT) return false;
    const member = /^(localhost|127\..*)$/.test(host) ? node : nodes.find((each) => isAt(each, host))?.name;
    return member !== undefined && runs(member);
  });
}

function isAt({ name, address }: NodePreset, host: string): boolean {
  return address === host || name === host;
}

function addressesOf(servers: string): string[] {
  return servers.split(",").map((url) => url.replace(/^[a-z]+:\/\//, "").replace(/\/.*$/, ""));
}

/** Calls `begin` once etcd answers; after a while without, the process ends. Answers how to give up. */
export function awaitStore(
  ctx: ServerContext,
  { servers, answers }: { servers: string; answers: () => boolean },
  begin: () => void,
): void {
  if (answers()) {
    begin();
    return;
  }
  const [address = ""] = addressesOf(servers);
  let waited = 0;
  const again = (): void => {
    if (answers()) begin();
    else if (waited >= TIMEOUT_MS) {
      const why = "error creating storage factory: context deadline exceeded";
      sayKlog(ctx, "F", "instance.go:232", `Error creating leases: ${why}`);
      ctx.exit(1);
    } else {
      if (waited % LOG_MS === 0) sayKlog(ctx, "W", "logging.go:55", refused(address));
      waited += POLL_MS;
      ctx.after(POLL_MS, again);
    }
  };
  again();
}

function refused(address: string): string {
  const problem = `dial tcp ${address}: connect: connection refused`;
  const detail = `Addr: ${JSON.stringify(address)}, ServerName: ${JSON.stringify(address)}, `;
  const what = `addrConn.createTransport failed to connect to {${detail}}`;
  const why = `connection error: desc = "transport: Error while dialing: ${problem}"`;
  return `[core] [Channel #1 SubChannel #2]grpc: ${what}. Err: ${why}`;
}

/** False: it is told of none, and has said so. */
export function namesStore(ctx: ServerContext, servers: string): boolean {
  if (servers !== "") return true;
  sayFailure(ctx, "--etcd-servers must be specified");
  ctx.exit(1);
  return false;
}
