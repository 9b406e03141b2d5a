import { expect, it } from "vitest";
import { configMaps, secrets } from "../../api/registry.ts";
import { encodeBase64 } from "../../base/base64.ts";
import { readEncryption } from "../settings/encryption-configuration.ts";
import { DEFAULT_SERVER_SETTINGS } from "../settings/server-settings.ts";
import { TestServer } from "../testing/test-server.ts";

function read(resources: string): ReturnType<typeof readEncryption> {
  const text = `apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources: ${resources}\n`;
  return readEncryption("/e", () => text);
}

const key = (name: string): string => `{name: ${name}, secret: ${encodeBase64(name.padEnd(16))}}`;

function configure(test: TestServer, resources: string): void {
  const encryption = read(resources);
  if ("problem" in encryption) throw new Error(encryption.problem);
  test.server.configure({ ...DEFAULT_SERVER_SETTINGS, authorizationModes: ["AlwaysAllow"], encryption });
}

it("API523 The first provider of the first entry that names a kind writes; a write of what is encrypted otherwise is one", () => {
  const test = new TestServer();
  const secret = test.create(secrets, { metadata: { name: "a" } });
  const shown = (): string => {
    const stored = test.get(secrets, "a");
    return /^k8s:enc:\w+:v1:\w+:/.exec(test.server.atRest.shown(stored, "text"))?.[0] ?? "";
  };
  const again = (): void => void test.update(secrets, { ...test.get(secrets, "a") });
  configure(
    test,
    `[{resources: [configmaps, "*.apps"], providers: [{identity: {}}]}, {resources: ["*.*"], providers: [{aesgcm: {keys: [${key("k1")}]}}]}]`,
  );
  again();
  expect(shown()).toBe("k8s:enc:aesgcm:v1:k1:");
  const { resourceVersion } = test.get(secrets, "a").metadata;
  expect(Number(resourceVersion)).toBeGreaterThan(Number(secret.metadata.resourceVersion));
  again();
  expect(test.get(secrets, "a").metadata.resourceVersion).toBe(resourceVersion);
  configure(
    test,
    `[{resources: [secrets], providers: [{secretbox: {keys: [{name: s, secret: ${encodeBase64("x".repeat(32))}}]}}, {aesgcm: {keys: [${key("k1")}]}}]}]`,
  );
  again();
  expect(shown()).toBe("k8s:enc:secretbox:v1:s:");
  const map = test.create(configMaps, { metadata: { name: "a" } });
  expect(test.server.atRest.shown(map, "text")).toBe("text");
});

it("API524 What no provider of the server can read fails over HTTP, by name and in lists", () => {
  const test = new TestServer();
  test.create(secrets, { metadata: { name: "plain" } });
  const get = (path: string): unknown => {
    const { status, json } = test.http("GET", `/api/v1/namespaces/default/secrets${path}`, {
      headers: { "User-Agent": "kubectl" },
    });
    return status === 200 ? status : json.message.replace(/^.*"\/registry\/secrets\/default\//, '"');
  };
  const aes = (name: string, ...rest: string[]): string =>
    `[{resources: [secrets], providers: [${[`{aescbc: {keys: [${key(name)}]}}`, ...rest].join(", ")}]}]`;
  configure(test, aes("k1"));
  expect([get("/plain"), get("")]).toEqual(Array(2).fill('"plain": no matching prefix found'));
  configure(test, aes("k1", "{identity: {}}"));
  test.create(secrets, { metadata: { name: "sealed" } });
  expect([get("/plain"), get("/sealed"), get("")]).toEqual([200, 200, 200]);
  configure(test, aes("k2", "{identity: {}}"));
  expect(get("/sealed")).toBe('"sealed": no matching key was found for the provided AES transformer');
  test.server.configure({ ...DEFAULT_SERVER_SETTINGS, authorizationModes: ["AlwaysAllow"] });
  expect(get("/sealed")).toBe('"sealed": identity transformer tried to read encrypted data');
});

it("API516 A configuration of encryption must name kinds, providers and keys", () => {
  expect(read("[]")).toEqual({
    problem:
      "error while parsing file: resources: Required value: EncryptionConfiguration must have at least one resource",
  });
  expect(
    read("[{resources: [secrets], providers: [{aescbc: {keys: [{name: a, secret: '*'}, {secret: c2hvcnQ=}]}}]}]"),
  ).toEqual({
    problem:
      'error while parsing file: [resources[0].providers[0].aescbc.keys[0].secret: Invalid value: "REDACTED": secrets must be base64 encoded, resources[0].providers[0].aescbc.keys[1].name: Required value: key name is required, resources[0].providers[0].aescbc.keys[1].secret: Invalid value: "REDACTED": secret is not of the expected length, got 5, expected one of [16 24 32]]',
  });
});
