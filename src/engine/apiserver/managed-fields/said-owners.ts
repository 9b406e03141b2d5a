/**
 * What a client says of ownership in an update's body. Clients that know nothing of it send back what they got, or nothing:
 * then the writer owns what it changes. Upstream: decodeLiveOrNew of apimachinery
 * pkg/util/managedfields/internal/fieldmanager.go.
 */
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest } from "../../api/meta/request.ts";
import type { ServerContext } from "../server-context.ts";
import { decodeManaged, isReset, NOBODY, sameManaged, type Managed } from "./managed.ts";
import { managedOf, ownersAfter } from "./ownership.ts";
import { writerOf } from "./writer.ts";

/** The owners after the update when the client's words change them; undefined when they don't. */
export function managedBySaid(
  context: ServerContext,
  request: ApiRequest,
  { said, before, wanted }: { said: KubeObject; before: KubeObject; wanted: KubeObject },
): Managed | undefined {
  const entries: unknown = said.metadata.managedFields;
  if (entries === undefined || request.writtenThrough !== undefined) return undefined;
  if (isReset(entries)) return NOBODY;
  const decoded = decodeManaged(entries);
  if (decoded === undefined || decoded.length === 0 || sameManaged(decoded, managedOf(before))) return undefined;
  return ownersAfter(decoded, { before, wanted }, writerOf(context, request));
}
