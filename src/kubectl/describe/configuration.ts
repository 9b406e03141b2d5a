/** `kubectl describe configmap | secret | serviceaccount`. Upstream: kubectl pkg/describe/describe.go. */
import type { ConfigMap, Secret, ServiceAccount } from "../../engine/api/generated/types.ts";
import { decodeBase64 } from "../../engine/base/base64.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import type { Invocation } from "../invocation.ts";
import { describeEvents } from "./events.ts";
import { describeHead } from "./head.ts";
import type { DescribeWriter } from "./writer.ts";

export function* describeConfigMap(call: Invocation, out: DescribeWriter, map: ConfigMap): Call<void> {
  describeHead(out, map.metadata);
  out.line(0, "\nData\n====");
  for (const key of Object.keys(map.data ?? {}).sort()) out.line(0, `${key}:\n----\n${map.data?.[key]}\n`);
  out.line(0, "\nBinaryData\n====");
  for (const key of Object.keys(map.binaryData ?? {}).sort())
    out.line(0, `${key}: ${byteCount(map.binaryData?.[key] ?? "")} bytes`);
  out.line(0, "");
  yield* describeEvents(call, out, map);
}

export function* describeSecret(_call: Invocation, out: DescribeWriter, secret: Secret): Call<void> {
  describeHead(out, secret.metadata);
  out.line(0, `\nType:\t${secret.type ?? ""}`);
  out.line(0, "\nData\n====");
  for (const key of Object.keys(secret.data ?? {}).sort()) {
    const value = secret.data?.[key] ?? "";
    const isToken = key === "token" && secret.type === "kubernetes.io/service-account-token";
    out.line(0, `${key}:\t${isToken ? decodeBase64(value) : `${byteCount(value)} bytes`}`);
  }
}

export function* describeServiceAccount(call: Invocation, out: DescribeWriter, account: ServiceAccount): Call<void> {
  describeHead(out, account.metadata);
  const list = (title: string, names: readonly string[]): void => out.multiline(title, names);
  list(
    "Image pull secrets",
    (account.imagePullSecrets ?? []).map((entry) => entry.name ?? ""),
  );
  list(
    "Mountable secrets",
    (account.secrets ?? []).map((entry) => entry.name ?? ""),
  );
  // Simplified: secrets of type service-account-token are not searched for.
  list("Tokens", []);
  yield* describeEvents(call, out, account);
}

/** Length of what base64 text stands for. */
function byteCount(base64: string): number {
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  return (base64.length / 4) * 3 - padding;
}
