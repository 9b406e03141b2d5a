/** Certificates and keys that kubeconfig entries name or carry. Upstream: kubectl pkg/cmd/config (set_cluster.go, set_credentials.go). */
import { encodeBase64 } from "../engine/base/base64.ts";
import { CommandError } from "./errors.ts";
import type { Invocation } from "./invocation.ts";
import { absolutePath } from "./kubeconfig.ts";

export function filePath(call: Invocation, path: string): string {
  return path === "" ? "" : absolutePath(call.ctx, path);
}

/** The file's text in base64. `flag` is named when the file is not there. */
export function embeddedFile(call: Invocation, flag: string, path: string): string {
  const full = absolutePath(call.ctx, path);
  if (!call.ctx.fs.exists(full)) {
    throw new CommandError(`could not stat ${flag} file ${path}: stat ${full}: no such file or directory`);
  }
  return encodeBase64(call.ctx.fs.readFile(full));
}
