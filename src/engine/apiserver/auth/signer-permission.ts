/** Whether somebody may approve or sign for a signer, or for all of its domain. Upstream: pkg/apis/certificates authorization helpers. */
import type { UserInfo } from "../../api/meta/user-info.ts";
import type { Authorizer } from "./authorizer.ts";

export function mayUseSigner(
  authorizer: Authorizer,
  user: UserInfo,
  { verb, signerName }: { verb: "approve" | "sign" | "attest"; signerName: string },
): boolean {
  const domain = signerName.slice(0, signerName.indexOf("/"));
  const base = { verb, group: "certificates.k8s.io", resource: "signers", subresource: "", namespace: "" };
  return [signerName, `${domain}/*`].some((name) => authorizer.authorize(user, { ...base, name }).allowed);
}
