import { describe, expect, it } from "vitest";
import { clusterRoleBindings, pods, secrets, serviceAccounts } from "../../../api/registry.ts";
import { signLegacyToken } from "../../../base/json-web-token.ts";
import { encodeBase64 } from "../../../base/base64.ts";
import { newCertificateRequest, parseCertificateRequest } from "../../../base/x509/certificate.ts";
import type { Purpose } from "../../../base/x509/certificate.ts";
import { CLIENT_CERTIFICATE_HEADER, presentCertificate } from "../../../base/x509/client-certificate.ts";
import { newPrivateKey } from "../../../base/x509/keys.ts";
import { clusterKeys } from "../../../sim/cluster-keys.ts";
import { DEFAULT_SERVER_SETTINGS } from "../../settings/server-settings.ts";
import { boundPod, TestServer } from "../../testing/test-server.ts";
import type { HttpAnswer } from "../../testing/test-server.ts";

const HOUR = 3_600_000;
const TRACKING = "kube-apiserver-legacy-service-account-token-tracking";
const LEGACY_TOKEN = "kubernetes.io/legacy-token-";
const UNAUTHORIZED = {
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Failure",
  message: "Unauthorized",
  reason: "Unauthorized",
  code: 401,
};

function withRbac(): TestServer {
  const test = new TestServer(1, undefined, "Node,RBAC");
  grantAdmin(test);
  return test;
}

function whoAmI(test: TestServer, headers: Record<string, string>): HttpAnswer {
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
  return test.http("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", { headers, body });
}

function userOf(answer: HttpAnswer): unknown {
  return answer.status === 201 ? answer.json.status.userInfo : answer.json.message;
}

function account(test: TestServer, name = "till"): void {
  test.create(serviceAccounts, { metadata: { name } });
}

function tokenFor(test: TestServer, spec: object = {}, name = "till"): string {
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec };
  return test.http("POST", `/api/v1/namespaces/default/serviceaccounts/${name}/token`, { body }).json.status?.token;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe("client certificates", () => {
  const certificate = (test: TestServer, purposes: readonly Purpose[] = ["clientAuth"]): string => {
    const key = newPrivateKey("jane");
    const subject = [
      ["O", "devs"],
      ["CN", "jane"],
    ] as const;
    const request = parseCertificateRequest(newCertificateRequest(subject, key));
    const { now } = test.sim;
    const terms = { notBefore: now, notAfter: now + HOUR, purposes };
    return presentCertificate(clusterKeys(test.sim).authority.issue(request as never, terms), key);
  };

  it("API76 name user and groups while they last", () => {
    const test = withRbac();
    const headers = { [CLIENT_CERTIFICATE_HEADER]: certificate(test) };
    expect(userOf(whoAmI(test, headers))).toEqual({
      username: "jane",
      groups: ["devs", "system:authenticated"],
      extra: { "authentication.kubernetes.io/credential-id": [expect.stringMatching(/^X509SHA256=/)] },
    });
    test.settle(2 * HOUR);
    expect(whoAmI(test, headers).json).toEqual(UNAUTHORIZED);
  });
  it("API76 of another authority, for another purpose or damaged are refused with 401", () => {
    const test = withRbac();
    const foreign = certificate(new TestServer(2));
    for (const value of [foreign, certificate(test, ["serverAuth"]), "!!", encodeBase64("no certificate")]) {
      const answer = whoAmI(test, { [CLIENT_CERTIFICATE_HEADER]: value });
      expect([answer.status, answer.json]).toEqual([401, UNAUTHORIZED]);
    }
  });
  it("API76 are shown only with the key that belongs to them", () => {
    const test = withRbac();
    const pem = clusterKeys(test.sim).authority.certificate;
    expect(() => presentCertificate(pem, newPrivateKey("other"))).toThrow("tls: private key does not match public key");
    expect(() => presentCertificate("", "")).toThrow("tls: failed to find any PEM data in certificate input");
  });
});

describe("tokens", () => {
  it("API77 tell account, uid and groups; what isn't one is refused with 401", () => {
    const test = withRbac();
    account(test);
    const { uid } = test.get(serviceAccounts, "till").metadata;
    expect(userOf(whoAmI(test, bearer(tokenFor(test))))).toEqual({
      username: "system:serviceaccount:default:till",
      uid,
      groups: ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"],
      extra: { "authentication.kubernetes.io/credential-id": [expect.stringMatching(/^JTI=/)] },
    });
    const [header, claims] = tokenFor(test).split(".");
    for (const token of ["x", "a.b.c", `${header}.${claims}.AAAA`]) {
      const answer = whoAmI(test, bearer(token));
      expect([answer.status, answer.json]).toEqual([401, UNAUTHORIZED]);
    }
  });
  it("API77 end with their time, with the account, and with what they are bound to", () => {
    const test = withRbac();
    account(test);
    const timed = tokenFor(test, { expirationSeconds: 600 });
    const lasting = tokenFor(test, { expirationSeconds: 7200 });
    test.create(secrets, { metadata: { name: "s" } });
    const boundObjectRef = { apiVersion: "v1", kind: "Secret", name: "s" };
    const bound = tokenFor(test, { expirationSeconds: 7200, boundObjectRef });
    const status = (token: string): number => whoAmI(test, bearer(token)).status;
    expect([status(timed), status(lasting), status(bound)]).toEqual([201, 201, 201]);
    test.settle(601_000);
    test.delete(secrets as never, "s");
    expect([status(timed), status(lasting), status(bound)]).toEqual([401, 201, 401]);
    test.delete(serviceAccounts as never, "till");
    expect(status(lasting)).toBe(401);
    account(test);
    expect(status(lasting)).toBe(401);
  });
  it("API440 of old leave the day of their use on the secret, and let nobody in once that is marked invalid", () => {
    const test = withRbac();
    expect(test.http("GET", `/api/v1/namespaces/kube-system/configmaps/${TRACKING}`).json.data).toEqual({
      since: "2026-01-01",
    });
    account(test);
    const { uid } = test.get(serviceAccounts as never, "till").metadata;
    const terms = { namespace: "default", account: "till", uid, secretName: "old" };
    const token = signLegacyToken(terms, clusterKeys(test.sim).tokenSecret);
    test.create(secrets, { metadata: { name: "old" }, data: { token: encodeBase64(token) } });
    const labels = () => test.get(secrets as never, "old").metadata.labels;
    test.settle(26 * HOUR);
    expect(labels()).toBeUndefined();
    expect(userOf(whoAmI(test, bearer(token)))).toMatchObject({ username: "system:serviceaccount:default:till" });
    expect(labels()).toEqual({ [`${LEGACY_TOKEN}last-used`]: "2026-01-02" });
    const { resourceVersion } = test.get(secrets as never, "old").metadata;
    whoAmI(test, bearer(token));
    expect(test.get(secrets as never, "old").metadata.resourceVersion).toBe(resourceVersion);
    test.http("PATCH", "/api/v1/namespaces/default/secrets/old", {
      headers: { "content-type": "application/merge-patch+json" },
      body: { metadata: { labels: { [`${LEGACY_TOKEN}invalid-since`]: "2026-01-02" } } },
    });
    expect(whoAmI(test, bearer(token)).json).toEqual(UNAUTHORIZED);
  });

  it("API495 of bootstrap secrets say which one, until their time is over", () => {
    const test = withRbac();
    const token = "abcdef.0123456789abcdef";
    const secret = (change: Record<string, string> = {}, type = "bootstrap.kubernetes.io/token"): void => {
      const values = {
        "token-id": "abcdef",
        "token-secret": "0123456789abcdef",
        "usage-bootstrap-authentication": "true",
        "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token",
        expiration: "2026-01-01T01:00:00Z",
        ...change,
      };
      const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, encodeBase64(value)]));
      const metadata = { name: "bootstrap-token-abcdef", namespace: "kube-system" };
      test.http("DELETE", "/api/v1/namespaces/kube-system/secrets/bootstrap-token-abcdef");
      test.http("POST", "/api/v1/namespaces/kube-system/secrets", { body: { metadata, type, data } });
    };
    const user = (): unknown => userOf(whoAmI(test, bearer(token)));
    secret();
    expect(user()).toBe("Unauthorized");
    test.server.configure({ ...DEFAULT_SERVER_SETTINGS, authorizationModes: ["AlwaysAllow"], bootstrapTokens: true });
    expect(user()).toEqual({
      username: "system:bootstrap:abcdef",
      groups: ["system:bootstrappers", "system:bootstrappers:kubeadm:default-node-token", "system:authenticated"],
    });
    expect(userOf(whoAmI(test, bearer("abcdef.fedcba9876543210")))).toBe("Unauthorized");
    expect(userOf(whoAmI(test, bearer("fedcba.0123456789abcdef")))).toBe("Unauthorized");
    for (const change of [
      { "usage-bootstrap-authentication": "false" },
      { "auth-extra-groups": "system:masters" },
      { expiration: "2025-12-31T23:59:59Z" },
      { expiration: "tomorrow" },
      { "token-id": "uvwxyz" },
    ]) {
      secret(change as Record<string, string>);
      expect([change, user()]).toEqual([change, "Unauthorized"]);
    }
    secret({}, "Opaque");
    expect(user()).toBe("Unauthorized");
    secret({ "auth-extra-groups": "" });
    expect(user()).toMatchObject({ groups: ["system:bootstrappers", "system:authenticated"] });
    test.settle(HOUR);
    expect(user()).toBe("Unauthorized");
  });

  it("API77 of a pod name it and its node", () => {
    const test = withRbac();
    account(test, "default");
    const { uid } = boundPod(test, "web").metadata;
    const boundObjectRef = { apiVersion: "v1", kind: "Pod", name: "web", uid };
    const { extra } = userOf(whoAmI(test, bearer(tokenFor(test, { boundObjectRef }, "default")))) as {
      extra: Record<string, string[]>;
    };
    expect(extra).toMatchObject({
      "authentication.kubernetes.io/pod-name": ["web"],
      "authentication.kubernetes.io/pod-uid": [uid],
      "authentication.kubernetes.io/node-name": ["worker-1"],
    });
  });
  it("API78 are asked for by TokenRequest: lifetime of ten minutes at least, bound to what is there", () => {
    const test = withRbac();
    account(test);
    const ask = (spec: object) =>
      test.http("POST", "/api/v1/namespaces/default/serviceaccounts/till/token", {
        body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec },
      }).json;
    expect(ask({})).toEqual({
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      metadata: { name: "till", namespace: "default", creationTimestamp: "2026-01-01T00:00:00Z" },
      spec: { audiences: ["https://kubernetes.default.svc.cluster.local"], expirationSeconds: 3600 },
      status: { token: expect.any(String), expirationTimestamp: "2026-01-01T01:00:00Z" },
    });
    expect(ask({ expirationSeconds: 10 }).message).toBe(
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 10: may not specify a duration less than 10 minutes',
    );
    const bind = (kind: string, name: string, uid = "") =>
      ask({ boundObjectRef: { apiVersion: "v1", kind, name, ...(uid && { uid }) } }).message;
    test.create(secrets, { metadata: { name: "s" } });
    account(test, "default");
    boundPod(test, "web");
    expect([bind("Pod", "nobody"), bind("ConfigMap", "a"), bind("Pod", "web")]).toEqual([
      'pods "nobody" not found',
      "cannot bind token to object of type v1, Kind=ConfigMap",
      'cannot bind token for serviceaccount "till" to pod running with different serviceaccount name.',
    ]);
    expect(bind("Secret", "s", "other")).toMatch(/^Operation cannot be fulfilled on secrets "s": the UID in the bound/);
  });
});

describe("who sends no credential", () => {
  it("API79 is the administrator on the loopback port and system:anonymous elsewhere, who may read health and version alone", () => {
    const test = withRbac();
    expect(userOf(whoAmI(test, {}))).toEqual({
      username: "kubernetes-admin",
      groups: ["kubeadm:cluster-admins", "system:authenticated"],
    });
    const statusOf = (path: string) => test.http("GET", path, { public: true }).status;
    expect(["/version", "/healthz", "/livez", "/readyz"].map(statusOf)).toEqual([200, 200, 200, 200]);
    const answer = test.http("GET", "/api", { public: true });
    expect([answer.status, answer.json.message]).toEqual([
      403,
      'forbidden: User "system:anonymous" cannot get path "/api"',
    ]);
    expect(test.http("GET", "/api/v1/namespaces/default/pods", { public: true }).json.message).toBe(
      'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "default"',
    );
  });
});

describe("impersonation", () => {
  const as = (rest: Record<string, string>) => ({ "impersonate-user": "jane", ...rest });

  it("API80 makes the request another user's, with groups, uid and extra", () => {
    const test = withRbac();
    expect(
      userOf(
        whoAmI(test, as({ "impersonate-group": "devs, qa", "impersonate-uid": "7", "impersonate-extra-scopes": "a" })),
      ),
    ).toEqual({
      username: "jane",
      uid: "7",
      groups: ["devs", "qa", "system:authenticated"],
      extra: { scopes: ["a"] },
    });
    expect(userOf(whoAmI(test, { "impersonate-user": "system:serviceaccount:default:till" }))).toEqual({
      username: "system:serviceaccount:default:till",
      groups: ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"],
    });
  });
  it("API80 needs the verb impersonate for each part", () => {
    const test = withRbac();
    account(test);
    const token = tokenFor(test);
    expect(userOf(whoAmI(test, { ...bearer(token), "impersonate-user": "jane" }))).toBe(
      'users "jane" is forbidden: User "system:serviceaccount:default:till" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
    expect(whoAmI(test, { "impersonate-group": "devs" }).status).toBe(500);
  });
});

function grantAdmin(test: TestServer): void {
  test.create(clusterRoleBindings, {
    metadata: { name: "kubeadm:cluster-admins" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "kubeadm:cluster-admins" }],
  });
}

describe("reviews", () => {
  const ask = (test: TestServer, kind: string, spec: object, group = "authorization.k8s.io") => {
    const apiVersion = `${group}/v1`;
    const plural = `${kind.toLowerCase()}s`;
    const home = kind.startsWith("Local") ? "/namespaces/default" : "";
    return test.http("POST", `/apis/${apiVersion}${home}/${plural}`, { body: { apiVersion, kind, spec } }).json;
  };

  it("API81 say who may do what, with the binding that allows it", () => {
    const test = withRbac();
    const resourceAttributes = { verb: "list", resource: "pods", namespace: "default" };
    expect(ask(test, "SelfSubjectAccessReview", { resourceAttributes }).status).toEqual({
      allowed: true,
      reason:
        'RBAC: allowed by ClusterRoleBinding "kubeadm:cluster-admins" of ClusterRole "cluster-admin" to Group "kubeadm:cluster-admins"',
    });
    expect(ask(test, "SubjectAccessReview", { user: "jane", resourceAttributes }).status).toEqual({ allowed: false });
    expect(ask(test, "LocalSubjectAccessReview", { user: "jane", resourceAttributes }).status).toEqual({
      allowed: false,
    });
    const path = { nonResourceAttributes: { verb: "get", path: "/healthz" } };
    expect(ask(test, "SubjectAccessReview", { groups: ["system:authenticated"], ...path }).status.allowed).toBe(true);
    expect(ask(test, "SubjectAccessReview", { resourceAttributes }).message).toBe(
      'SubjectAccessReview.authorization.k8s.io "" is invalid: spec.user: Invalid value: "": at least one of user or group must be specified',
    );
  });
  it("API81 list the rules that hold in a namespace", () => {
    const test = withRbac();
    const { status } = ask(test, "SelfSubjectRulesReview", { namespace: "default" });
    expect(status.incomplete).toBe(false);
    expect(status.resourceRules).toContainEqual({ verbs: ["*"], apiGroups: ["*"], resources: ["*"] });
    expect(status.nonResourceRules).toContainEqual({ verbs: ["*"], nonResourceURLs: ["*"] });
    expect(ask(test, "SelfSubjectRulesReview", {}).message).toBe("no namespace on request");
  });
  it("API82 tell whose token it is, or why nobody's", () => {
    const test = withRbac();
    account(test);
    const token = tokenFor(test);
    const review = (spec: object) => ask(test, "TokenReview", spec, "authentication.k8s.io").status;
    expect(review({ token })).toMatchObject({
      authenticated: true,
      user: { username: "system:serviceaccount:default:till" },
      audiences: ["https://kubernetes.default.svc.cluster.local"],
    });
    expect(review({ token: "x" })).toEqual({ user: {}, error: "invalid bearer token" });
    test.delete(serviceAccounts as never, "till");
    expect(review({ token })).toEqual({
      user: {},
      error: "[invalid bearer token, service account token has been invalidated]",
    });
    expect(test.names(pods as never)).toEqual([]);
  });
});
