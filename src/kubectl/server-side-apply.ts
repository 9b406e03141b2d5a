/**
 * `kubectl apply --server-side` for one object. Upstream: kubectl pkg/cmd/apply/apply.go (applyOneObject).
 * Simplified: fields that `kubectl-client-side-apply` manages are not handed over to the new manager.
 */
import type { KubeObject } from "../engine/api/meta/object.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { resourcePath } from "./discovery.ts";
import { CommandError, hasReason, withSource } from "./errors.ts";
import type { Invocation } from "./invocation.ts";
import type { Info } from "./resource-builder.ts";
import { APPLY_PATCH, serverSideQuery } from "./server-side.ts";

const ADVICE = `Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`;

export function* serverSideApply(call: Invocation, info: Info): Call<KubeObject> {
  try {
    return yield* call.rest.json<KubeObject>({
      method: "PATCH",
      path: resourcePath(info.resource, { ...info, subresource: call.flags.string("subresource") }),
      query: serverSideQuery(call),
      body: info.object,
      contentType: APPLY_PATCH,
    });
  } catch (error) {
    if (hasReason(error, "Conflict")) throw new CommandError(`${error.message}\n${ADVICE}`);
    throw withSource("applying patch", "", error);
  }
}
