import { expect, test } from "vitest";
import { auditTrail } from "./audit.ts";

const TIME = Date.UTC(2026, 0, 1);
const admin = { name: "admin", groups: ["ops"] };

test("writes and refusals become audit events, with who acted as whom", () => {
  const by = { name: "jane", groups: ["devs"], impersonator: admin };
  const lines = [
    { time: TIME, kind: "write", actor: "admin", subject: "deployments.apps/default/web", detail: "create", by: admin },
    { time: TIME, kind: "reconcile", actor: "deployment-controller", subject: "web", detail: "" },
    { time: TIME, kind: "denied", actor: "jane", subject: "pods/eviction/default/web", detail: "create 403: no", by },
    { time: TIME, kind: "write", actor: "admin", subject: "nodes/n", detail: "delete", by: admin },
  ];
  const head = {
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    level: "Metadata",
    stage: "ResponseComplete",
    stageTimestamp: "2026-01-01T00:00:00.000000Z",
  };
  const user = { username: "admin", groups: ["ops"] };
  expect(auditTrail(lines)).toEqual([
    {
      ...head,
      verb: "create",
      user,
      objectRef: { resource: "deployments", apiGroup: "apps", namespace: "default", name: "web" },
      responseStatus: { code: 201 },
    },
    {
      ...head,
      verb: "create",
      user,
      impersonatedUser: { username: "jane", groups: ["devs"] },
      objectRef: { resource: "pods", subresource: "eviction", namespace: "default", name: "web" },
      responseStatus: { code: 403, message: "no" },
    },
    { ...head, verb: "delete", user, objectRef: { resource: "nodes", name: "n" }, responseStatus: { code: 200 } },
  ]);
});
