import { expect, test } from "vitest";
import type { CertificateSigningRequest } from "../../api/generated/types.ts";
import { certificateSigningRequests as csrs, clusterRoleBindings } from "../../api/registry.ts";
import { nodeUser } from "../../api/meta/user-info.ts";
import { decodeBase64, encodeBase64 } from "../../base/base64.ts";
import { newCertificateRequest } from "../../base/x509/certificate.ts";
import { newPrivateKey } from "../../base/x509/keys.ts";
import { parseSubject } from "../../base/x509/name.ts";
import { Client } from "../../client/client.ts";
import { clusterKeys } from "../../sim/cluster-keys.ts";
import { TestControlPlane } from "../testing/test-control-plane.ts";

const HOUR = 3_600_000;
const CLIENT = "kubernetes.io/kube-apiserver-client";

function draft(name: string, subject: string, spec: Partial<CertificateSigningRequest["spec"]> = {}) {
  const request = newCertificateRequest(parseSubject(subject) ?? [], newPrivateKey(name));
  return {
    metadata: { name },
    spec: { request: encodeBase64(request), signerName: CLIENT, usages: ["client auth"], ...spec },
  };
}

function decide(plane: TestControlPlane, name: string, type: "Approved" | "Denied"): void {
  const csr = plane.client.resource(csrs).get("", name);
  const conditions = [{ type, status: "True", reason: "Test" }];
  plane.client.put(csrs, { namespace: "", name, subresource: "approval" }, { ...csr, status: { conditions } });
  plane.settle();
}

test("an approved request gets a certificate for its subject and lifetime, a denied one none", () => {
  const plane = new TestControlPlane();
  const client = plane.client.resource(csrs);
  client.create(draft("jane", "/O=devs/CN=jane", { expirationSeconds: 86_400 }));
  client.create(draft("joe", "/CN=joe"));
  plane.settle();
  expect(client.get("", "jane").status.certificate).toBeUndefined();
  decide(plane, "jane", "Approved");
  decide(plane, "joe", "Denied");
  const { authority } = clusterKeys(plane.sim);
  const certificate = authority.verify(decodeBase64(client.get("", "jane").status.certificate ?? ""));
  expect(certificate?.subject).toEqual([
    ["O", "devs"],
    ["CN", "jane"],
  ]);
  expect((certificate?.notAfter ?? 0) - (certificate?.notBefore ?? 0)).toBe(24 * HOUR);
  expect(client.get("", "joe").status.certificate).toBeUndefined();
});

test("a request that its signer can't serve fails with the reason", () => {
  const plane = new TestControlPlane();
  plane.client.resource(csrs).create(draft("odd", "/CN=odd", { usages: ["client auth", "server auth"] }));
  decide(plane, "odd", "Approved");
  const { status } = plane.client.resource(csrs).get("", "odd");
  expect(status.certificate).toBeUndefined();
  expect(status.conditions?.at(-1)).toMatchObject({
    type: "Failed",
    status: "True",
    reason: "SignerValidationFailed",
    message: "invalid usage for client certificate: server auth",
  });
});

test("what a kubelet asks for itself is approved when its role lets it, and only then", () => {
  const plane = new TestControlPlane();
  const kubelet = new Client(plane.server, nodeUser("worker-1")).resource(csrs);
  const spec = { signerName: "kubernetes.io/kube-apiserver-client-kubelet" };
  kubelet.create(draft("before", "/O=system:nodes/CN=system:node:worker-1", spec));
  plane.settle();
  expect(kubelet.get("", "before").status).toEqual({});
  plane.client.resource(clusterRoleBindings).create({
    metadata: { name: "renewal" },
    roleRef: {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "ClusterRole",
      name: "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
    },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "system:nodes" }],
  });
  kubelet.create(draft("after", "/O=system:nodes/CN=system:node:worker-1", spec));
  plane.settle();
  const { conditions, certificate } = kubelet.get("", "after").status;
  expect(conditions?.[0]).toMatchObject({
    type: "Approved",
    reason: "AutoApproved",
    message: "Auto approving self kubelet client certificate after SubjectAccessReview.",
  });
  expect(certificate).toBeDefined();
});

test("requests go an hour after the decision, a day when there is none", () => {
  const plane = new TestControlPlane();
  const client = plane.client.resource(csrs);
  for (const name of ["approved", "denied", "pending"]) client.create(draft(name, `/CN=${name}`));
  decide(plane, "approved", "Approved");
  decide(plane, "denied", "Denied");
  const names = () => client.list("").items.map(({ metadata }) => metadata.name);
  plane.pass(HOUR / 2);
  expect(names()).toEqual(["approved", "denied", "pending"]);
  plane.pass(2 * HOUR);
  expect(names()).toEqual(["pending"]);
  plane.pass(24 * HOUR);
  expect(names()).toEqual([]);
});
