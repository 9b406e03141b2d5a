/** Where a list goes on. Upstream: apiserver pkg/storage/continue.go (JSON in unpadded base64url, `{"v":"meta.k8s.io/v1",…}`). */
import { badRequest } from "../../api/meta/status-error.ts";
import { isObject } from "../../base/json.ts";
import { decodeBase64, encodeBase64 } from "../../base/base64.ts";

export interface ContinueToken {
  /** The list's revision: all its pages show the same state. -1: whatever is there by then. */
  revision: number;
  /** Key of the last object given, below the resource's prefix. */
  after: string;
}

export function encodeContinue(token: ContinueToken): string {
  const text = JSON.stringify({ v: "meta.k8s.io/v1", rv: token.revision, start: `${token.after}\0` });
  return encodeBase64(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Throws BadRequest for a text that `encodeContinue` didn't make. */
export function decodeContinue(text: string): ContinueToken {
  let token: unknown;
  try {
    token = JSON.parse(decodeBase64(text.replaceAll("-", "+").replaceAll("_", "/")));
  } catch (error) {
    throw badRequest(
      `invalid continue token: continue key is not valid: ${error instanceof Error ? error.message : ""}`,
    );
  }
  if (!isObject(token) || token["v"] !== "meta.k8s.io/v1") {
    throw badRequest(
      "invalid continue token: continue key is not valid: server does not recognize this encoded version",
    );
  }
  const { rv, start } = token;
  if (typeof rv !== "number" || typeof start !== "string" || start === "") {
    throw badRequest(
      "invalid continue token: continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)",
    );
  }
  if (start.includes("..")) throw badRequest(`invalid continue token: continue key is not valid: ${start}`);
  return { revision: rv, after: start.replace(/\0$/, "") };
}
