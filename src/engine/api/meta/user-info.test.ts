import { expect, test } from "vitest";
import { nodeUser, serviceAccountUser, splitServiceAccountUser } from "./user-info.ts";

test("a node and a service account are users of upstream's names and groups", () => {
  expect(nodeUser("worker-1")).toEqual({
    name: "system:node:worker-1",
    uid: "",
    groups: ["system:nodes", "system:authenticated"],
    extra: {},
  });
  expect(serviceAccountUser("shop", "till", { uid: "1" })).toEqual({
    name: "system:serviceaccount:shop:till",
    uid: "1",
    groups: ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"],
    extra: {},
  });
});

test("a user name means a service account iff it has exactly its four parts", () => {
  expect(splitServiceAccountUser("system:serviceaccount:shop:till")).toEqual({ namespace: "shop", name: "till" });
  for (const name of [
    "jane",
    "system:serviceaccount:shop",
    "system:serviceaccount::till",
    "system:serviceaccount:a:b:c",
  ])
    expect(splitServiceAccountUser(name)).toBeUndefined();
});
