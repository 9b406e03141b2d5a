import { expect, test } from "vitest";
import { configMaps, namespaces, pods, secrets, serviceAccounts } from "../api/registry.ts";
import { decodeBase64 } from "../base/base64.ts";
import { legacyTokenCleaner } from "./legacy-token-cleaner.ts";
import { TestControlPlane } from "./testing/test-control-plane.ts";

const TYPE = "kubernetes.io/service-account-token";

function tokenSecret(account: string) {
  return {
    metadata: { name: "build", namespace: "default", annotations: { "kubernetes.io/service-account.name": account } },
    type: TYPE,
  };
}

test("a token secret gets token, authority and namespace of its account, and goes with it", () => {
  const plane = new TestControlPlane();
  const client = plane.client.resource(secrets);
  plane.client.resource(serviceAccounts).create({ metadata: { name: "bot", namespace: "default" } });
  client.create(tokenSecret("bot"));
  plane.settle();
  const { metadata, data = {} } = client.get("default", "build");
  const { uid } = plane.client.resource(serviceAccounts).get("default", "bot").metadata;
  expect(metadata.annotations).toEqual({
    "kubernetes.io/service-account.name": "bot",
    "kubernetes.io/service-account.uid": uid,
  });
  expect(decodeBase64(data["namespace"] ?? "")).toBe("default");
  expect(decodeBase64(data["ca.crt"] ?? "")).toMatch(/^-----BEGIN CERTIFICATE-----\n/);
  const [, claims = ""] = decodeBase64(data["token"] ?? "").split(".");
  expect(JSON.parse(decodeBase64(claims))).toEqual({
    iss: "kubernetes/serviceaccount",
    "kubernetes.io/serviceaccount/namespace": "default",
    "kubernetes.io/serviceaccount/secret.name": "build",
    "kubernetes.io/serviceaccount/service-account.name": "bot",
    "kubernetes.io/serviceaccount/service-account.uid": uid,
    sub: "system:serviceaccount:default:bot",
  });
  plane.client.resource(serviceAccounts).delete("default", "bot");
  plane.settle();
  expect(client.list("default").items).toEqual([]);
});

test("a token secret of an account that isn't there is deleted", () => {
  const plane = new TestControlPlane();
  plane.client.resource(secrets).create(tokenSecret("nobody"));
  plane.settle();
  expect(plane.client.resource(secrets).list("default").items).toEqual([]);
});

test("every namespace has the cluster's authority, also when somebody changes or deletes it", () => {
  const plane = new TestControlPlane();
  plane.client.resource(namespaces).create({ metadata: { name: "shop" }, spec: {} });
  plane.settle();
  const client = plane.client.resource(configMaps);
  const made = client.get("shop", "kube-root-ca.crt");
  expect(made.data?.["ca.crt"]).toMatch(/^-----BEGIN CERTIFICATE-----\n/);
  client.update({ ...made, data: {} });
  plane.settle();
  expect(client.get("shop", "kube-root-ca.crt").data).toEqual(made.data);
  client.delete("shop", "kube-root-ca.crt");
  plane.settle();
  expect(client.get("shop", "kube-root-ca.crt").data).toEqual(made.data);
});

test("pods of a template get one token volume, which its account can turn off; without an account there are none", () => {
  const plane = new TestControlPlane();
  const accounts = plane.client.resource(serviceAccounts);
  accounts.create({ metadata: { name: "quiet", namespace: "default" }, automountServiceAccountToken: false });
  accounts.create({ metadata: { name: "puller", namespace: "default" }, imagePullSecrets: [{ name: "regcred" }] });
  const create = (name: string, serviceAccountName: string) =>
    plane.client.resource(pods).create({
      metadata: { name, namespace: "default" },
      spec: { serviceAccountName, containers: [{ name: "app", image: "nginx" }] },
    } as never).spec;
  expect(create("quiet", "quiet").volumes).toBeUndefined();
  const { volumes, containers, imagePullSecrets } = create("puller", "puller");
  const name = volumes?.[0]?.name ?? "";
  expect(name).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
  expect(containers[0]?.volumeMounts).toEqual([
    { mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", name, readOnly: true },
  ]);
  expect(volumes?.[0]?.projected?.sources?.map((source) => Object.keys(source)[0])).toEqual([
    "serviceAccountToken",
    "configMap",
    "downwardAPI",
  ]);
  expect(imagePullSecrets).toEqual([{ name: "regcred" }]);
  expect(() => create("ghost", "ghost")).toThrow(
    'pods "ghost" is forbidden: error looking up service account default/ghost: serviceaccount "ghost" not found',
  );
});

test("a token of old that an account names is marked as invalid after a year, and goes after another", () => {
  const DAY = 24 * 3_600_000;
  const plane = new TestControlPlane({ kubelet: { nodes: [] }, controllers: [legacyTokenCleaner as never] });
  plane.create(serviceAccounts, { metadata: { name: "bot" }, secrets: [{ name: "bot-token-abcde" }] });
  for (const name of ["bot-token-abcde", "by-hand"]) {
    plane.create(secrets, {
      metadata: { name, annotations: { "kubernetes.io/service-account.name": "bot" } },
      type: "kubernetes.io/service-account-token",
    });
  }
  plane.pass(365 * DAY);
  const label = () =>
    plane.get(secrets, "bot-token-abcde").metadata.labels?.["kubernetes.io/legacy-token-invalid-since"];
  // A year after the day on which the API server began to note who uses them.
  expect(label()).toBeUndefined();
  plane.pass(2 * DAY);
  expect(label()).toBe("2027-01-02");
  plane.pass(366 * DAY);
  expect(plane.list(secrets).map(({ metadata }) => metadata.name)).toEqual(["by-hand"]);
});
