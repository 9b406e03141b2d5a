/** The ten letters that tell one content of a config map or secret from another. Upstream: kubectl pkg/util/hash, kustomize api/hasher. */
import { utf8Encode } from "../engine/base/base64.ts";
import { sha256 } from "../engine/base/digests.ts";
import { stableStringify } from "../engine/base/json.ts";

const LENGTH = 10;
/** Digits that could form words give way to letters. */
const LETTERS: Readonly<Record<string, string>> = { "0": "g", "1": "h", "3": "k", a: "m", e: "t" };

/** `value` is hashed as Go's JSON writes it: keys sorted, `<`, `>` and `&` escaped. */
export function contentHash(value: object): string {
  const text = stableStringify(value)
    .replaceAll("<", "\\u003c")
    .replaceAll(">", "\\u003e")
    .replaceAll("&", "\\u0026")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
  const hex = sha256(utf8Encode(text)).slice(0, LENGTH);
  return [...hex].map((digit) => LETTERS[digit] ?? digit).join("");
}

export interface Hashable {
  kind: string;
  name: string;
  type?: unknown;
  data?: unknown;
  binaryData?: unknown;
}

/** `--append-hash` of kubectl create. Other kinds have none. */
export function objectHash({ kind, name, type, data, binaryData }: Hashable): string {
  if (kind === "ConfigMap")
    return contentHash({ kind, name, data: data ?? {}, ...(binaryData !== undefined && { binaryData }) });
  return contentHash({ kind, name, type: type ?? "", data: data ?? {} });
}
