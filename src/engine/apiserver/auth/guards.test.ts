/** What even an allowed request may not do: admission of certificates, roles and nodes' own objects. */
import { describe, expect, it } from "vitest";
import type { Resource } from "../../api/meta/resource.ts";
import type { ApiRequest } from "../../api/meta/request.ts";
import type { UserInfo } from "../../api/meta/user-info.ts";
import { nodeUser, userInfo } from "../../api/meta/user-info.ts";
import {
  certificateSigningRequests as csrs,
  clusterRoleBindings,
  clusterRoles,
  leases,
  nodes,
  pods,
  roleBindings,
  roles,
  serviceAccounts,
} from "../../api/registry.ts";
import { encodeBase64 } from "../../base/base64.ts";
import { newCertificateRequest } from "../../base/x509/certificate.ts";
import { newPrivateKey } from "../../base/x509/keys.ts";
import { parseSubject } from "../../base/x509/name.ts";
import { boundPod, podDraft, TestServer } from "../testing/test-server.ts";

const GROUP = "rbac.authorization.k8s.io";
const jane = userInfo("jane");
const JANE = { apiGroup: GROUP, kind: "User", name: "jane" };

/** A server on which jane holds these rules everywhere. */
function withRules(...rules: object[]): TestServer {
  const test = new TestServer(1, undefined, "Node,RBAC");
  test.create(clusterRoles, { metadata: { name: "janes" }, rules });
  const roleRef = { apiGroup: GROUP, kind: "ClusterRole", name: "janes" };
  test.create(clusterRoleBindings, { metadata: { name: "janes" }, roleRef, subjects: [JANE] });
  return test;
}

function ask(test: TestServer, user: UserInfo, resource: Resource<never>, rest: Partial<ApiRequest>): string {
  try {
    test.send(resource, { user, ...rest });
    return "done";
  } catch (error) {
    return (error as Error).message;
  }
}

const WRITE_RBAC = { apiGroups: [GROUP], resources: ["roles", "rolebindings"], verbs: ["create", "update"] };
const READ_PODS = { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] };

describe("roles and bindings", () => {
  const role = (rules: object[], name = "r") => ({ verb: "create", body: { metadata: { name }, rules } }) as const;

  it("API83 give away only what their writer holds", () => {
    const test = withRules(WRITE_RBAC, READ_PODS);
    expect(ask(test, jane, roles as never, role([READ_PODS]))).toBe("done");
    const more = { apiGroups: ["", "apps"], resources: ["pods"], verbs: ["get", "delete"] };
    expect(ask(test, jane, roles as never, role([more], "more"))).toBe(
      [
        `roles.${GROUP} "more" is forbidden: user "jane" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:`,
        '{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}',
        '{APIGroups:["apps"], Resources:["pods"], Verbs:["get" "delete"]}',
      ].join("\n"),
    );
  });
  it("API83 are written by who may escalate or bind all the same", () => {
    const escalate = { apiGroups: [GROUP], resources: ["roles"], verbs: ["escalate"] };
    const bind = { apiGroups: [GROUP], resources: ["clusterroles"], resourceNames: ["cluster-admin"], verbs: ["bind"] };
    const binding = (name: string) =>
      ({
        verb: "create",
        body: { metadata: { name }, roleRef: { apiGroup: GROUP, kind: "ClusterRole", name }, subjects: [JANE] },
      }) as const;
    const test = withRules(WRITE_RBAC, escalate, bind);
    expect(ask(test, jane, roles as never, role([READ_PODS]))).toBe("done");
    expect(ask(test, jane, roleBindings as never, binding("system:kube-dns"))).toMatch(
      /^rolebindings\.\S+ "system:kube-dns" is forbidden: user "jane"/,
    );
    expect(ask(test, jane, roleBindings as never, binding("ghost"))).toBe(`clusterroles.${GROUP} "ghost" not found`);
    expect(ask(test, jane, roleBindings as never, binding("cluster-admin"))).toBe("done");
  });
});

describe("certificate requests", () => {
  const draft = (subject: string) => ({
    metadata: { name: "csr" },
    spec: {
      request: encodeBase64(newCertificateRequest(parseSubject(subject) ?? [], newPrivateKey("k"))),
      signerName: "kubernetes.io/kube-apiserver-client",
      usages: ["client auth"],
    },
  });
  const ALL_CSRS = {
    apiGroups: ["certificates.k8s.io"],
    resources: [
      "certificatesigningrequests/*",
      "certificatesigningrequests/approval",
      "certificatesigningrequests/status",
    ],
    verbs: ["update"],
  };

  it("API84 are approved and signed by who may do so for their signer", () => {
    const test = withRules(ALL_CSRS);
    const stored = test.create(csrs, draft("/CN=jane"));
    const update = (subresource: string, status: object) =>
      ask(test, jane, csrs as never, { verb: "update", name: "csr", subresource, body: { ...stored, status } });
    const conditions = [{ type: "Approved", status: "True" }];
    const certificate = encodeBase64("-----BEGIN CERTIFICATE-----\nTUE9PQ==\n-----END CERTIFICATE-----\n");
    const head = 'certificatesigningrequests.certificates.k8s.io "csr" is forbidden: user not permitted to';
    expect(update("approval", { conditions })).toBe(
      `${head} approve requests with signerName "kubernetes.io/kube-apiserver-client"`,
    );
    expect(update("status", { certificate })).toBe(
      `${head} sign requests with signerName "kubernetes.io/kube-apiserver-client"`,
    );
    const roleRef = {
      apiGroup: GROUP,
      kind: "ClusterRole",
      name: "system:certificates.k8s.io:kube-apiserver-client-approver",
    };
    test.create(clusterRoleBindings, { metadata: { name: "approver" }, roleRef, subjects: [JANE] });
    expect(update("approval", { conditions })).toBe("done");
  });
  it("API84 make nobody a member of system:masters", () => {
    const test = withRules();
    expect(() => test.create(csrs, draft("/O=system:masters/CN=eve"))).toThrow(
      "use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed",
    );
  });
});

describe("a kubelet", () => {
  const kubelet = nodeUser("worker-1");

  it("API85 writes its own node, lease, mirror pods and the status of its own pods", () => {
    const test = withRules();
    test.create(serviceAccounts, { metadata: { name: "default" } });
    boundPod(test, "mine");
    const other = boundPod(test, "other", "worker-2");
    const node = (name: string) => ({ verb: "create", body: { metadata: { name }, spec: {} } }) as const;
    expect(ask(test, kubelet, nodes as never, node("worker-1"))).toBe("done");
    expect(ask(test, kubelet, nodes as never, node("worker-2"))).toBe(
      'nodes "worker-2" is forbidden: node "worker-1" is not allowed to modify node "worker-2"',
    );
    const create = (body: object) => ask(test, kubelet, pods as never, { verb: "create", body });
    expect(create(podDraft("bare"))).toBe(
      'pods "bare" is forbidden: pod does not have "kubernetes.io/config.mirror" annotation, node "worker-1" can only create mirror pods',
    );
    expect(
      ask(test, kubelet, pods as never, { verb: "update", name: "other", subresource: "status", body: other }),
    ).toBe(
      'pods "other" is forbidden: node "worker-1" can only update pod status for pods with spec.nodeName set to itself',
    );
    expect(ask(test, kubelet, pods as never, { verb: "delete", name: "other" })).toBe(
      'pods "other" is forbidden: node "worker-1" can only delete pods with spec.nodeName set to itself',
    );
    expect(ask(test, kubelet, pods as never, { verb: "delete", name: "mine" })).toBe("done");
    const lease = { verb: "create", body: { metadata: { name: "worker-1" } } } as const;
    expect(ask(test, kubelet, leases as never, lease)).toBe(
      'leases.coordination.k8s.io "worker-1" is forbidden: can only access leases in the "kube-node-lease" system namespace',
    );
  });
  it("API85 gets tokens bound to its own pods alone", () => {
    const test = withRules();
    test.create(serviceAccounts, { metadata: { name: "default" } });
    const { uid } = boundPod(test, "mine").metadata;
    const elsewhere = boundPod(test, "other", "worker-2").metadata;
    const token = (boundObjectRef: object | undefined) =>
      ask(test, kubelet, serviceAccounts as never, {
        verb: "create",
        name: "default",
        subresource: "token",
        body: { metadata: {}, spec: { ...(boundObjectRef && { boundObjectRef }) } },
      });
    const pod = (name: string, podUid: string) => ({ apiVersion: "v1", kind: "Pod", name, uid: podUid });
    expect(token(pod("mine", uid))).toBe("done");
    expect([token(undefined), token(pod("other", elsewhere.uid))]).toEqual([
      'serviceaccounts "default" is forbidden: node requested token not bound to a pod',
      'serviceaccounts "default" is forbidden: node requested token bound to a pod scheduled on a different node',
    ]);
  });
});
