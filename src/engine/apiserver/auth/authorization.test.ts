import { describe, expect, it } from "vitest";
import type { UserInfo } from "../../api/meta/user-info.ts";
import { adminUser, loopbackUser, nodeUser, serviceAccountUser, userInfo } from "../../api/meta/user-info.ts";
import {
  clusterRoleBindings,
  clusterRoles,
  configMaps,
  deployments,
  namespaces,
  nodes,
  persistentVolumeClaims,
  pods,
  roleBindings,
  roles,
  secrets,
} from "../../api/registry.ts";
import type { Resource } from "../../api/meta/resource.ts";
import type { ApiRequest } from "../../api/meta/request.ts";
import { boundPod, TestServer } from "../testing/test-server.ts";
import { uncovered } from "./rule-cover.ts";

const jane = userInfo("jane", "devs");
const GROUP = "rbac.authorization.k8s.io";

function withRbac(): TestServer {
  return new TestServer(1, undefined, "Node,RBAC");
}

/** "allowed", or the message of the refusal. */
function ask(test: TestServer, user: UserInfo, resource: Resource<never>, rest: Partial<ApiRequest>): string {
  try {
    test.send(resource, { user, ...rest });
    return "allowed";
  } catch (error) {
    const { reason, message } = error as { reason: string; message: string };
    // Whoever gets as far as a missing object was let through.
    return reason === "NotFound" || reason === "Invalid" || reason === "BadRequest" ? "allowed" : message;
  }
}

function bindTo(test: TestServer, role: string, subject: object, namespace = ""): void {
  const roleRef = { apiGroup: GROUP, kind: "ClusterRole", name: role };
  const body = { metadata: { name: `${role}-binding` }, roleRef, subjects: [subject] };
  if (namespace === "") test.create(clusterRoleBindings, body);
  else test.create(roleBindings, body, {}, namespace);
}

const JANE = { apiGroup: GROUP, kind: "User", name: "jane" };

describe("who is refused", () => {
  it("API70 hears in upstream's words which verb, resource, group and namespace", () => {
    const test = withRbac();
    expect([
      ask(test, jane, pods as never, { verb: "list" }),
      ask(test, jane, deployments as never, { verb: "delete", name: "web" }),
      ask(test, jane, nodes as never, { verb: "get", name: "worker-1" }),
      ask(test, jane, pods as never, { verb: "update", name: "web", subresource: "status" }),
      ask(test, jane, namespaces as never, { verb: "get", name: "shop" }),
      ask(test, jane, pods as never, { verb: "list", namespace: "" }),
    ]).toEqual([
      'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"',
      'deployments.apps "web" is forbidden: User "jane" cannot delete resource "deployments" in API group "apps" in the namespace "default"',
      'nodes "worker-1" is forbidden: User "jane" cannot get resource "nodes" in API group "" at the cluster scope',
      'pods "web" is forbidden: User "jane" cannot update resource "pods/status" in API group "" in the namespace "default"',
      'namespaces "shop" is forbidden: User "jane" cannot get resource "namespaces" in API group "" in the namespace "shop"',
      'pods is forbidden: User "jane" cannot list resource "pods" in API group "" at the cluster scope',
    ]);
  });
  it("API70 gets a Status 403 with what it is about", () => {
    const test = withRbac();
    let status: unknown;
    try {
      test.send(deployments as never, { verb: "get", name: "web", user: jane });
    } catch (error) {
      status = (error as { toStatus(): object }).toStatus();
    }
    expect(status).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message:
        'deployments.apps "web" is forbidden: User "jane" cannot get resource "deployments" in API group "apps" in the namespace "default"',
      reason: "Forbidden",
      details: { name: "web", group: "apps", kind: "deployments" },
      code: 403,
    });
  });
  it("API71 hears of roles that its bindings name and that don't exist", () => {
    const test = withRbac();
    bindTo(test, "ghost", JANE);
    expect(ask(test, jane, nodes as never, { verb: "list" })).toBe(
      'nodes is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope: RBAC: clusterrole.rbac.authorization.k8s.io "ghost" not found',
    );
  });
});

describe("RBAC", () => {
  it("API72 lets users, groups and accounts do what the roles bound to them say, from the write of the binding on", () => {
    const test = withRbac();
    const list = { verb: "list" } as const;
    expect(ask(test, jane, pods as never, list)).not.toBe("allowed");
    bindTo(test, "view", { kind: "Group", name: "devs" }, "default");
    // `view` is a union that nobody makes here: bind the part that is one.
    test.delete(roleBindings as never, "view-binding");
    bindTo(test, "system:aggregate-to-view", { kind: "Group", name: "devs" }, "default");
    expect(ask(test, jane, pods as never, list)).toBe("allowed");
    expect(ask(test, jane, pods as never, { verb: "list", namespace: "kube-system" })).not.toBe("allowed");
    test.delete(roleBindings as never, "system:aggregate-to-view-binding");
    expect(ask(test, jane, pods as never, list)).not.toBe("allowed");
    bindTo(test, "system:aggregate-to-view", { kind: "ServiceAccount", name: "till", namespace: "default" });
    expect(ask(test, serviceAccountUser("default", "till"), pods as never, list)).toBe("allowed");
  });
  it("API72 reads names, subresources and stars in rules", () => {
    const test = withRbac();
    const rules = [
      { apiGroups: [""], resources: ["secrets"], resourceNames: ["tls"], verbs: ["get", "list"] },
      { apiGroups: ["*"], resources: ["*/scale"], verbs: ["*"] },
    ];
    test.create(roles, { metadata: { name: "odd" }, rules });
    const roleRef = { apiGroup: GROUP, kind: "Role", name: "odd" };
    test.create(roleBindings, { metadata: { name: "odd" }, roleRef, subjects: [JANE] });
    const asked = (rest: Partial<ApiRequest>, resource: Resource<never> = secrets as never): boolean =>
      ask(test, jane, resource, rest) === "allowed";
    expect(asked({ verb: "get", name: "tls" })).toBe(true);
    expect(asked({ verb: "get", name: "other" })).toBe(false);
    expect(asked({ verb: "list" })).toBe(false);
    expect(asked({ verb: "list", options: { fieldSelector: "metadata.name=tls" } })).toBe(true);
    expect(asked({ verb: "get", name: "web", subresource: "scale" }, deployments as never)).toBe(true);
    expect(asked({ verb: "get", name: "web" }, deployments as never)).toBe(false);
  });
  it("API73 has every role and binding of upstream's bootstrap policy, and makes those that are missing when the server starts", () => {
    const test = withRbac();
    const count = (resource: Resource<never>, namespace = ""): number => test.names(resource, {}, namespace).length;
    expect([count(clusterRoles as never), count(clusterRoleBindings as never)]).toEqual([68, 49]);
    expect([count(roles as never, "kube-system"), count(roles as never, "kube-public")]).toEqual([6, 1]);
    expect([count(roleBindings as never, "kube-system"), count(roleBindings as never, "kube-public")]).toEqual([6, 1]);
    test.delete(clusterRoles as never, "system:node");
    test.server.stop();
    test.server.start();
    expect(count(clusterRoles as never)).toBe(68);
  });
  it("API402 what was taken from the bootstrap policy comes back when the server starts, and what was added stays", () => {
    const test = withRbac();
    const before = test.get(clusterRoles, "system:node");
    const extra = { apiGroups: [""], resources: ["gizmos"], verbs: ["get"] };
    test.update(clusterRoles, { ...before, metadata: { ...before.metadata, labels: { mine: "yes" } }, rules: [extra] });
    const viewer = test.get(clusterRoles, "system:volume-scheduler");
    const off = { "rbac.authorization.kubernetes.io/autoupdate": "false" };
    test.update(clusterRoles, { ...viewer, metadata: { ...viewer.metadata, annotations: off }, rules: [] });
    const binding = test.get(clusterRoleBindings, "system:discovery");
    test.update(clusterRoleBindings, { ...binding, subjects: [JANE] });
    const wrong = test.get(clusterRoleBindings, "system:node-proxier");
    test.delete(clusterRoleBindings as never, "system:node-proxier");
    const roleRef = { ...wrong.roleRef, name: "view" };
    test.create(clusterRoleBindings, { metadata: { name: "system:node-proxier" }, roleRef, subjects: [JANE] });
    test.server.stop();
    test.server.start();
    const after = test.get(clusterRoles, "system:node");
    expect(after.metadata.labels).toEqual({ mine: "yes", "kubernetes.io/bootstrapping": "rbac-defaults" });
    expect(after.rules?.[0]).toEqual(extra);
    expect(uncovered(after.rules ?? [], before.rules ?? [])).toEqual([]);
    expect(test.get(clusterRoles, "system:volume-scheduler").rules).toEqual([]);
    expect(test.get(clusterRoleBindings, "system:discovery").subjects).toEqual([JANE, ...(binding.subjects ?? [])]);
    const { roleRef: restored, subjects } = test.get(clusterRoleBindings, "system:node-proxier");
    expect([restored, subjects]).toEqual([wrong.roleRef, wrong.subjects]);
    const { revision } = test.store;
    test.server.stop();
    test.server.start();
    expect(test.store.revision).toBe(revision);
  });
  it("API74 is never asked of members of system:masters", () => {
    const test = withRbac();
    test.delete(clusterRoleBindings as never, "cluster-admin");
    expect(ask(test, loopbackUser, nodes as never, { verb: "list" })).toBe("allowed");
    expect(ask(test, adminUser, nodes as never, { verb: "list" })).not.toBe("allowed");
  });
});

describe("a kubelet", () => {
  it("API75 may read the secrets and config maps that pods of its own node name, and no others", () => {
    const test = withRbac();
    test.create(configMaps, { metadata: { name: "app" } });
    test.create(configMaps, { metadata: { name: "other" } });
    const env = [{ name: "A", valueFrom: { configMapKeyRef: { name: "app", key: "a" } } }];
    test.create(pods, { metadata: { name: "web" }, spec: { containers: [{ name: "app", image: "nginx", env }] } });
    const get = (node: string, name: string) => ask(test, nodeUser(node), configMaps as never, { verb: "get", name });
    expect(get("worker-1", "app")).toBe(
      `configmaps "app" is forbidden: User "system:node:worker-1" cannot get resource "configmaps" in API group "" in the namespace "default": no relationship found between node 'worker-1' and this object`,
    );
    const target = { kind: "Node", name: "worker-1" };
    test.send(pods as never, { verb: "create", name: "web", subresource: "binding", body: { metadata: {}, target } });
    expect([
      get("worker-1", "app"),
      get("worker-1", "other") === "allowed",
      get("worker-2", "app") === "allowed",
    ]).toEqual(["allowed", false, false]);
    test.delete(pods as never, "web", { gracePeriodSeconds: 0 });
    expect(get("worker-1", "app")).not.toBe("allowed");
  });
  it("API75 may read the claims of its pods' volumes, those of generic ephemeral ones too", () => {
    const test = withRbac();
    const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
    const volumes = [
      { name: "data", persistentVolumeClaim: { claimName: "kept" } },
      { name: "scratch", ephemeral: { volumeClaimTemplate: { spec } } },
    ];
    test.create(pods, {
      metadata: { name: "web" },
      spec: { nodeName: "worker-1", volumes, containers: [{ name: "app", image: "nginx" }] },
    } as never);
    const get = (name: string): boolean =>
      ask(test, nodeUser("worker-1"), persistentVolumeClaims as never, { verb: "get", name }) === "allowed";
    expect([get("kept"), get("web-scratch"), get("scratch"), get("other-scratch")]).toEqual([true, true, false, false]);
  });
  it("API75 may do what system:node says without any binding", () => {
    const test = withRbac();
    boundPod(test, "web");
    expect(ask(test, nodeUser("worker-1"), pods as never, { verb: "get", name: "web" })).toBe("allowed");
    expect(ask(test, nodeUser("worker-1"), deployments as never, { verb: "list" })).not.toBe("allowed");
  });
});
