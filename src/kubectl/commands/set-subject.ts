/** `kubectl set subject`. Upstream: kubectl pkg/cmd/set/set_subject.go. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { deepEqual } from "../../engine/base/json.ts";
import { changeObjects, objectName, SET_FLAGS } from "../change-objects.ts";
import { defineCommand } from "../command.ts";
import { CommandError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";

interface Subject {
  kind: string;
  apiGroup?: string;
  namespace?: string;
  name: string;
}

const RBAC_GROUP = "rbac.authorization.k8s.io";

export const setSubject = defineCommand({
  name: "subject",
  short: "Update the user, group, or service account in a role binding or cluster role binding",
  usage:
    "(-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]",
  examples: ["kubectl set subject rolebinding admins --user=jane --group=team"],
  flags: [
    ...SET_FLAGS,
    { name: "user", type: "array", usage: "Users to bind." },
    { name: "group", type: "array", usage: "Groups to bind." },
    { name: "serviceaccount", type: "array", usage: "Service accounts to bind, <namespace>:<name>." },
  ],
  completes: "resources",
  *run(call) {
    if (call.flags.bool("all") && call.flags.string("selector") !== "") {
      throw new CommandError("cannot set --all and --selector at the same time");
    }
    yield* changeObjects(call, {
      resources: call.args,
      operation: "subjects updated",
      failure: "failed to patch subjects to rolebinding: ",
      *change(object, info) {
        const wanted = subjectsOf(call);
        if (object.kind !== "RoleBinding" && object.kind !== "ClusterRoleBinding") {
          throw new CommandError(
            `${objectName(info)} setting subjects is only supported for RoleBinding/ClusterRoleBinding`,
          );
        }
        const { subjects } = object as { subjects?: Subject[] | null };
        const present = subjects ?? [];
        const added = wanted.filter((subject) => !present.some((other) => deepEqual(other, subject)));
        return added.length === 0 ? object : ({ ...object, subjects: [...present, ...added] } as KubeObject);
      },
    });
  },
});

function subjectsOf(call: Invocation): Subject[] {
  const each = (flag: string): string[] => [...new Set(call.flags.list(flag))].sort();
  const [users, groups, accounts] = [each("user"), each("group"), each("serviceaccount")];
  if (users.length + groups.length + accounts.length === 0) {
    throw new CommandError("you must specify at least one value of user, group or serviceaccount");
  }
  return [
    ...users.map((name) => ({ kind: "User", apiGroup: RBAC_GROUP, name })),
    ...groups.map((name) => ({ kind: "Group", apiGroup: RBAC_GROUP, name })),
    ...accounts.map((spec) => {
      const [namespace = "", name = "", ...rest] = spec.split(":");
      if (name === "" || rest.length > 0) throw new CommandError("serviceaccount must be <namespace>:<name>");
      return { kind: "ServiceAccount", namespace: namespace || call.namespace, name };
    }),
  ];
}
