/** `kubectl auth whoami`. Upstream: kubectl pkg/cmd/auth/whoami.go. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { defineCommand, PRINT_FLAGS } from "../command.ts";
import { CommandError, hasReason } from "../errors.ts";
import { printerFor } from "../printers/object-printer.ts";
import { aligned, TABLE_TABS } from "../printers/tab-writer.ts";

interface UserInfo {
  username?: string;
  uid?: string;
  groups?: string[];
  extra?: Record<string, string[]>;
}

interface SelfSubjectReview extends KubeObject {
  status?: { userInfo?: UserInfo };
}

export const whoami = defineCommand({
  name: "whoami",
  short: "Experimental: Check self subject attributes",
  flags: PRINT_FLAGS,
  completes: "none",
  *run(call) {
    const printer = call.flags.string("output") === "" ? undefined : printerFor(call, { built: true });
    let review: SelfSubjectReview;
    try {
      review = yield* call.rest.json<SelfSubjectReview>({
        method: "POST",
        path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        body: { kind: "SelfSubjectReview", apiVersion: "authentication.k8s.io/v1", metadata: {}, status: {} },
      });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
      throw new CommandError(
        "the selfsubjectreviews API is not enabled in the cluster\nenable APISelfSubjectReview feature gate and authentication.k8s.io/v1alpha1 or authentication.k8s.io/v1beta1 or authentication.k8s.io/v1 API",
      );
    }
    const { kind, apiVersion, metadata, status } = review;
    if (printer !== undefined) yield* call.out(printer({ kind, apiVersion, metadata, status } as KubeObject));
    else yield* call.out(aligned([["ATTRIBUTE", "VALUE"], ...rowsOf(status?.userInfo ?? {})], TABLE_TABS));
  },
});

function rowsOf({ username = "", uid = "", groups = [], extra = {} }: UserInfo): string[][] {
  return [
    ...(username === "" ? [] : [["Username", username]]),
    ...(uid === "" ? [] : [["UID", uid]]),
    ...(groups.length === 0 ? [] : [["Groups", `[${groups.join(" ")}]`]]),
    ...Object.keys(extra)
      .sort()
      .map((key) => [`Extra: ${key}`, `[${(extra[key] ?? []).join(" ")}]`]),
  ];
}
