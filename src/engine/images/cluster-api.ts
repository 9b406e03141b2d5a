/** The API as a program in a pod reaches it: by the account's token, at the address that its environment names. */
import { SystemError } from "../base/program.ts";
import type { ServerContext } from "./define-image.ts";

const TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

export type ApiAnswer<T> = { readonly value: T } | { readonly failure: string };

export function readApi<T>(ctx: ServerContext, path: string): ApiAnswer<T> {
  return askApi(ctx, path, { method: "GET", body: "" });
}

export function writeApi<T>(
  ctx: ServerContext,
  { method, path, object }: { method: "POST" | "PUT"; path: string; object: object },
): ApiAnswer<T> {
  return askApi(ctx, path, { method, body: JSON.stringify(object) });
}

function askApi<T>(ctx: ServerContext, path: string, asked: { method: string; body: string }): ApiAnswer<T> {
  const host = ctx.env["KUBERNETES_SERVICE_HOST"];
  if (host === undefined) return { failure: "unable to load in-cluster configuration" };
  const address = `${host.includes(":") ? `[${host}]` : host}:${ctx.env["KUBERNETES_SERVICE_PORT"] ?? "443"}`;
  const answer = fetchNow(ctx, `https://${address}${path}`, {
    ...asked,
    headers: { ...tokenOf(ctx, TOKEN), ...(asked.body !== "" && { "content-type": "application/json" }) },
  });
  if ("failure" in answer) return answer;
  const value = jsonOf(answer.body) as (T & { message?: string }) | undefined;
  if (value === undefined) return { failure: answer.body.trim() };
  return answer.status === 200 || answer.status === 201
    ? { value }
    : { failure: value.message ?? `status ${answer.status}` };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A request that is decided now, a GET unless it is told otherwise. **Simplified:** who takes time to answer counts as one who doesn't. */
export function fetchNow(
  ctx: ServerContext,
  url: string,
  asked: { headers?: Record<string, string>; method?: string; body?: string } = {},
): { status: number; body: string } | { failure: string } {
  const address = /^\w+:\/\/([^/]*)/.exec(url)?.[1] ?? url;
  const outcome = ctx.network.exchange?.({ method: "GET", headers: {}, body: "", ...asked, url });
  if (outcome === undefined) return { failure: "connect: network is unreachable" };
  if (!outcome.ok) {
    if (outcome.errno === "ENOTFOUND")
      return { failure: `dial tcp: lookup ${address.replace(/:\d+$/, "")}: no such host` };
    const refused = outcome.errno === "ECONNREFUSED";
    return { failure: refused ? `dial tcp ${address}: connect: connection refused` : "context deadline exceeded" };
  }
  const { status, body, later, hangs } = outcome.response;
  return later !== undefined || hangs === true ? { failure: "context deadline exceeded" } : { status, body };
}

/** The header that shows a token; none where the file is missing. */
export function tokenOf({ fs }: ServerContext, file: string): Record<string, string> {
  try {
    return { authorization: `Bearer ${fs.readFile(file).trim()}` };
  } catch (error) {
    if (error instanceof SystemError) return {};
    throw error;
  }
}
