/**
 * The file behind `--encryption-provider-config`. Upstream: apiserver pkg/server/options/encryptionconfig,
 * pkg/apis/apiserver/validation/validation_encryption.go.
 *
 * **Simplified:** there are no KMS plugins.
 */
import type { Resource } from "../../api/meta/resource.ts";
import { decodeBase64Bytes } from "../../base/base64.ts";
import { isObject } from "../../base/json.ts";
import { readYaml } from "../../base/yaml-text.ts";
import { aggregate } from "../../base/go-errors.ts";
import type { EncryptionProvider, EncryptionRule } from "../storage/encryption.ts";

/** Lengths that a key may have, in bytes. */
const KEYS: Readonly<Record<string, readonly number[]>> = {
  aescbc: [16, 24, 32],
  aesgcm: [16, 24, 32],
  secretbox: [32],
};

type Fields = Readonly<Record<string, unknown>>;

/** The rules, or why the file has none. */
export function readEncryption(
  path: string,
  read: (path: string) => string | undefined,
): readonly EncryptionRule[] | { problem: string } {
  const failed = (why: string): { problem: string } => ({ problem: `error while parsing file: ${why}` });
  const file = `encryption provider configuration file ${JSON.stringify(path)}`;
  const text = read(path);
  if (text === undefined) return failed(`error opening ${file}: open ${path}: no such file or directory`);
  const document = readYaml(text);
  if ("problem" in document) return failed(`error decoding ${file}: ${document.problem}`);
  const fields: Fields = isObject(document.value) ? document.value : {};
  const { kind, apiVersion } = fields;
  if (kind !== "EncryptionConfiguration" || apiVersion !== "apiserver.config.k8s.io/v1") {
    const what = `no kind ${JSON.stringify(kind ?? "")} is registered for version ${JSON.stringify(apiVersion ?? "")}`;
    return failed(`error decoding ${file}: ${what} in scheme "pkg/server/options/encryptionconfig/config.go"`);
  }
  const problems: string[] = [];
  const entries = listOf(fields, "resources");
  if (entries.length === 0)
    problems.push("resources: Required value: EncryptionConfiguration must have at least one resource");
  const rules = entries.map((entry, index) => ruleOf(entry, `resources[${index}]`, problems));
  if (problems.length > 0) return failed(aggregate(problems));
  return rules;
}

function listOf(fields: Fields, name: string): Fields[] {
  const list = fields[name];
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function ruleOf(entry: Fields, path: string, problems: string[]): EncryptionRule {
  const names = Array.isArray(entry["resources"]) ? entry["resources"].map(String) : [];
  if (names.length === 0) problems.push(`${path}.resources: Required value: resources must be specified`);
  const providers = listOf(entry, "providers").map((each, at) =>
    providerOf(each, `${path}.providers[${at}]`, problems),
  );
  if (providers.length === 0)
    problems.push(`${path}.providers: Required value: at least one provider must be specified`);
  return { providers, covers: (resource) => names.some((name) => covers(name, resource)) };
}

/** `secrets`, `deployments.apps`, `*.apps`, `*.` for the core group, `*.*`. */
function covers(name: string, { id, group }: Resource): boolean {
  if (name === "*.*") return true;
  return name.startsWith("*.") ? name.slice(2) === group : name === id;
}

function providerOf(provider: Fields, path: string, problems: string[]): EncryptionProvider {
  const [type = ""] = Object.keys(provider);
  if (type === "identity") return { prefix: "", keys: [] };
  const lengths = KEYS[type];
  if (lengths === undefined) {
    problems.push(
      type === "kms"
        ? `${path}.kms: Drydock has no KMS plugins`
        : `${path}: Invalid value: ${JSON.stringify(provider)}: provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity`,
    );
  }
  const config = provider[type];
  const keys = listOf(isObject(config) ? config : {}, "keys");
  const own = `${path}.${type}.keys`;
  if (lengths !== undefined && keys.length === 0) problems.push(`${own}: Required value: ${type} keys are required`);
  keys.forEach((key, at) => {
    const field = `${own}[${at}]`;
    if ((key["name"] ?? "") === "") problems.push(`${field}.name: Required value: key name is required`);
    const why = secretProblem(String(key["secret"] ?? ""), lengths ?? []);
    if (why !== undefined) problems.push(`${field}.secret: ${why}`);
  });
  return { prefix: `k8s:enc:${type}:v1:`, keys: keys.map(({ name }) => String(name)) };
}

function secretProblem(secret: string, lengths: readonly number[]): string | undefined {
  if (secret === "") return "Required value: secret must be specified";
  let length: number;
  try {
    length = decodeBase64Bytes(secret.trim()).length;
  } catch {
    return 'Invalid value: "REDACTED": secrets must be base64 encoded';
  }
  if (lengths.includes(length)) return undefined;
  return `Invalid value: "REDACTED": secret is not of the expected length, got ${length}, expected one of [${lengths.join(" ")}]`;
}
