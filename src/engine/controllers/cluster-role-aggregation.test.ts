import { expect, test } from "vitest";
import type { ClusterRole } from "../api/generated/types.ts";
import { clusterRoles } from "../api/registry.ts";
import { clusterRoleAggregationController } from "./cluster-role-aggregation.ts";
import { TestControlPlane } from "./testing/test-control-plane.ts";

const RULE = { apiGroups: [""], resources: ["pods"], verbs: ["get"] };
const OTHER = { apiGroups: ["batch"], resources: ["jobs"], verbs: ["list"] };

function role(name: string, rules: ClusterRole["rules"], rest: object = {}) {
  return { metadata: { name, labels: { team: "blue" } }, rules, ...rest };
}

test("a role that aggregates has every rule of those that it picks once, and follows them", () => {
  const plane = new TestControlPlane({ controllers: [clusterRoleAggregationController as never] });
  const client = plane.client.resource(clusterRoles);
  client.create(role("a", [RULE]));
  client.create(role("b", [OTHER, RULE]));
  client.create({
    metadata: { name: "all" },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { team: "blue" } }] },
  });
  plane.settle();
  expect(client.get("", "all").rules).toEqual([RULE, OTHER]);
  client.delete("", "b");
  plane.settle();
  expect(client.get("", "all").rules).toEqual([RULE]);
});
test("view, edit and admin of the bootstrap policy are unions: each contains the one before", () => {
  const plane = new TestControlPlane({ controllers: [clusterRoleAggregationController as never] });
  const client = plane.client.resource(clusterRoles);
  const sizes = ["view", "edit", "admin"].map((name) => client.get("", name).rules?.length);
  expect(sizes).toEqual([10, 23, 25]);
});
