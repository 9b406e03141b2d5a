/**
 * The files that a control-plane component's flags name: it ends when one isn't there, in the words of whoever reads it.
 * Upstream: apiserver pkg/server/dynamiccertificates, apiserver storage/storagebackend/factory/etcd3.go, etcd
 * server/embed, cmd/kube-controller-manager/app.
 *
 * **Simplified:** that a file is there is enough, whatever is in it.
 */
import { sayFailure, sayKlog } from "../base/klog.ts";
import type { FileSystem } from "../base/program.ts";
import type { ServerContext } from "../runtime/containers/image.ts";

const MISSING = "no such file or directory";
/** Flags whose value is a file, beyond those that `wording` knows. */
const NAMED_FILE = /-(file|certfile|keyfile|cafile)$|^(kubelet-client-(certificate|key)|kubeconfig)$/;
/** Files that are made, or whose absence ends nothing. */
const OPTIONAL = /^(admission-|audit-|authentication-|authorization-)/;

/** Whether a component doesn't begin without the file that the flag names. */
function isNamedFile(flag: string): boolean {
  return NAMED_FILE.test(flag) && !OPTIONAL.test(flag);
}

/** Files that hold settings, or whom to trust where nobody is asked: that they are there is not all that they are for. */
const UNREAD = /-config-file$|^(config-file|oidc-ca-file|cluster-signing-(kube|legacy).*)$/;

/** Whether a component needs no more of the file than that it is there, as of its own keys and certificates. */
export function isCredentialFile(flag: string): boolean {
  return isNamedFile(flag) && !UNREAD.test(flag);
}

/** The first file that isn't there, and what Go says of it. */
export function missingFile(
  flags: ReadonlyMap<string, string>,
  fs: () => FileSystem,
): { flag: string; path: string; error: string } | undefined {
  for (const [flag, path] of flags) {
    if (!isNamedFile(flag) || path === "") continue;
    if (!fs().exists(path)) return { flag, path, error: `open ${path}: ${MISSING}` };
  }
  return undefined;
}

/** What the API server or the controller manager says before it ends for want of a file. */
export function sayMissingFile(
  ctx: Pick<ServerContext, "log">,
  { flag, path, error: open }: { flag: string; path: string; error: string },
): void {
  if (flag.startsWith("etcd-"))
    sayKlog(ctx, "F", "instance.go:232", `Error creating leases: error creating storage factory: ${open}`);
  else if (flag === "kubeconfig") sayFailure(ctx, `stat ${path}: ${MISSING}`);
  else if (flag === "client-ca-file") sayFailure(ctx, `unable to load client CA provider: ${open}`);
  else if (flag === "root-ca-file") sayFailure(ctx, `error reading root-ca-file at ${path}: ${open}`);
  else sayFailure(ctx, open);
}
