import type { Client } from "../../../client/client.ts";
import { KubeadmError } from "./subcommand.ts";
import type { KubeadmCall } from "./subcommand.ts";

export const ADMIN_CONF = "/etc/kubernetes/admin.conf";

/** The API as admin.conf opens it; without the file there is no way. */
export function adminClient({ host }: Pick<KubeadmCall, "host">): Client {
  if (host.kubelet.disk.exists(ADMIN_CONF)) return host.admin;
  throw new KubeadmError(`failed to load admin kubeconfig: open ${ADMIN_CONF}: no such file or directory`);
}
