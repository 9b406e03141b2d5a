/**
 * Tokens and certificates that the control plane gives out, marks and takes away. Nobody waits for years with nodes: there
 * are none here, and the controllers are the real ones.
 */
import { expect, it } from "vitest";
import { clusterRoleBindings } from "../../engine/api/registry.ts";
import { newCertificateRequest } from "../../engine/base/x509/certificate.ts";
import { newPrivateKey } from "../../engine/base/x509/keys.ts";
import { parseSubject } from "../../engine/base/x509/name.ts";
import { decodeBase64, encodeBase64 } from "../../engine/base/base64.ts";
import { TestControlPlane } from "../../engine/controllers/testing/test-control-plane.ts";
import { ServerLaptop } from "../testing/server-laptop.ts";

const plane = new TestControlPlane({ kubelet: { nodes: [] } });
const laptop = new ServerLaptop(plane);
plane.create(clusterRoleBindings, {
  metadata: { name: "admin" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
  subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "kubernetes-admin" }],
});
const HOUR = 3600;
const DAY = 24 * HOUR;

it("a secret of an account gets a token, which is noted when it is used, and goes with the account", () => {
  laptop.kubectl("create serviceaccount robot");
  laptop.apply(tokenSecret("by-hand", "robot"));
  laptop.wait(1);
  expect(laptop.kubectl("get secret by-hand --no-headers --show-labels")).toMatch(
    /^by-hand +kubernetes.io\/service-account-token +3 +1s +<none>$/,
  );
  expect(whoami("by-hand")).toContain("Username    system:serviceaccount:default:robot\n");
  expect(laptop.field("secret by-hand", ".metadata.labels")).toBe(
    '{"kubernetes.io/legacy-token-last-used":"2026-01-01"}',
  );
  laptop.kubectl("delete serviceaccount robot");
  laptop.wait(1);
  expect(laptop.kubectl("get secret by-hand")).toBe('Error from server (NotFound): secrets "by-hand" not found');
});

it("a token of old that nobody uses for a year is invalid, and goes after another one; one made by hand stays", () => {
  laptop.kubectl("create serviceaccount bot");
  laptop.apply(tokenSecret("bot-token-abcde", "bot"), tokenSecret("by-hand", "bot"));
  laptop.kubectl(`patch serviceaccount bot -p '{"secrets":[{"name":"bot-token-abcde"}]}'`);
  const labels = (): string => laptop.field("secret bot-token-abcde", ".metadata.labels");
  laptop.wait(100 * DAY);
  expect(whoami("bot-token-abcde")).toContain("Username    system:serviceaccount:default:bot\n");
  laptop.wait(365 * DAY);
  expect(labels()).toBe('{"kubernetes.io/legacy-token-last-used":"2026-04-11"}');
  laptop.wait(2 * DAY);
  expect(labels()).toBe(
    '{"kubernetes.io/legacy-token-invalid-since":"2027-04-12","kubernetes.io/legacy-token-last-used":"2026-04-11"}',
  );
  expect(whoami("bot-token-abcde")).toBe("error: You must be logged in to the server (Unauthorized)");
  // Who takes the label off has a year more.
  laptop.kubectl("label secret bot-token-abcde kubernetes.io/legacy-token-invalid-since-");
  expect(whoami("bot-token-abcde")).toContain("Username    system:serviceaccount:default:bot\n");
  laptop.wait(367 * DAY);
  expect(labels()).toContain('"kubernetes.io/legacy-token-invalid-since":"2028-04-1');
  laptop.wait(367 * DAY);
  expect(laptop.kubectl("get secrets -o name")).toBe("secret/by-hand");
});

it("a token is given for as long as is asked, for whom it is asked, and not beyond what it is bound to", () => {
  const refused = "error: You must be logged in to the server (Unauthorized)";
  laptop.kubectl("create serviceaccount reader");
  const ask = (flags: string): string => laptop.kubectl(`create token reader ${flags}`);
  const who = (token: string): string => laptop.kubectl(`auth whoami --token=${token}`);
  const isReader = expect.stringContaining(
    "Username                                            system:serviceaccount:default:reader\n",
  );
  expect(ask("--duration=1m")).toBe(
    'error: failed to create token: TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
  );
  const brief = ask("--duration=10m");
  expect(who(brief)).toEqual(isReader);
  laptop.wait(11 * 60);
  expect(who(brief)).toBe(refused);
  expect(who(ask("--audience=vault"))).toBe(refused);
  laptop.kubectl("create secret generic key");
  const bound = ask("--bound-object-kind=Secret --bound-object-name=key");
  expect(who(bound)).toEqual(isReader);
  laptop.kubectl("delete secret key");
  expect(who(bound)).toBe(refused);
  const plain = ask("");
  expect(who(plain)).toEqual(isReader);
  laptop.kubectl("delete serviceaccount reader");
  expect(who(plain)).toBe(refused);
  expect(ask("")).toBe('error: failed to create token: serviceaccounts "reader" not found');
});

it("a request is approved and signed, or denied, and doesn't lie about for long", () => {
  const CLIENT = "kubernetes.io/kube-apiserver-client";
  laptop.apply(
    request("jane", "/O=devs/CN=jane", { signerName: CLIENT, expirationSeconds: DAY }),
    request("joe", "/CN=joe", { signerName: CLIENT }),
    request("odd", "/CN=odd", { signerName: CLIENT, usages: ["client auth", "server auth"] }),
    request("other", "/CN=other", { signerName: "example.com/own" }),
    request("late", "/CN=late", { signerName: CLIENT }),
  );
  for (const name of ["jane", "odd", "other"]) {
    expect(laptop.kubectl(`certificate approve ${name}`)).toBe(
      `certificatesigningrequest.certificates.k8s.io/${name} approved`,
    );
  }
  laptop.kubectl("certificate deny joe");
  laptop.wait(1);
  const states = (): string[] =>
    laptop
      .kubectl("get csr --no-headers")
      .split("\n")
      .map((line) => `${line.split(/ +/)[0]} ${line.split(/ +/).at(-1)}`);
  expect(states()).toEqual([
    "jane Approved,Issued",
    "joe Denied",
    "late Pending",
    "odd Approved,Failed",
    "other Approved",
  ]);
  expect(laptop.field("csr jane", ".status.conditions[*].message")).toBe(
    "This CSR was approved by kubectl certificate approve.",
  );
  expect(laptop.field("csr odd", ".status.conditions[1].message")).toBe(
    "invalid usage for client certificate: server auth",
  );
  expect(decodeBase64(laptop.field("csr jane", ".status.certificate"))).toMatch(/^-----BEGIN CERTIFICATE-----\n/);
  laptop.wait(2 * HOUR);
  expect(states()).toEqual(["late Pending", "other Approved"]);
  laptop.wait(23 * HOUR);
  // What is approved and waits for a signer that nobody knows is never cleared away.
  expect(states()).toEqual(["other Approved"]);
});

function tokenSecret(name: string, account: string): object {
  return {
    apiVersion: "v1",
    kind: "Secret",
    type: "kubernetes.io/service-account-token",
    metadata: { name, annotations: { "kubernetes.io/service-account.name": account } },
  };
}

function whoami(secret: string): string {
  return laptop.kubectl(`auth whoami --token=${decodeBase64(laptop.field(`secret ${secret}`, ".data.token"))}`);
}

function request(name: string, subject: string, spec: object): object {
  const text = newCertificateRequest(parseSubject(subject) ?? [], newPrivateKey(name));
  return {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name },
    spec: { request: encodeBase64(text), usages: ["client auth"], ...spec },
  };
}
