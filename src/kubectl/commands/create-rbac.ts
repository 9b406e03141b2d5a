/** `kubectl create role | clusterrole | rolebinding | clusterrolebinding`. Upstream: kubectl pkg/cmd/create. */
import type { Call } from "../../engine/base/syscalls.ts";
import { type Command, CREATE_FLAGS, defineCommand } from "../command.ts";
import { createObject, requiredName } from "../create-object.ts";
import { CommandError } from "../errors.ts";
import type { Flag } from "../flags.ts";
import { CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, ROLE_BINDINGS, ROLES } from "../generators/resources.ts";
import type { Invocation } from "../invocation.ts";
import { parseLabels } from "../key-values.ts";

const RBAC_GROUP = "rbac.authorization.k8s.io";

const RULE_FLAGS: readonly Flag[] = [
  { name: "verb", type: "strings", usage: "What the rule allows." },
  { name: "resource", type: "strings", usage: "Resources of the rule, resource.group/subresource." },
  { name: "resource-name", type: "array", usage: "Names of single objects." },
];

function* policyRules(call: Invocation): Call<object[]> {
  const verbs = verbsOf(call);
  const names = [...new Set(call.flags.list("resource-name"))];
  const groups = new Map<string, string[]>();
  const specs = call.flags.list("resource");
  for (const spec of specs.includes("*") ? ["*"] : new Set(specs)) {
    const { group, resource } = yield* resolveResource(call, spec, verbs);
    groups.set(group, [...(groups.get(group) ?? []), resource]);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, resources]) => ({
      verbs,
      apiGroups: [group],
      resources,
      ...(names.length > 0 && { resourceNames: names }),
    }));
}

const STANDARD_VERBS =
  "* get delete list create update patch watch proxy deletecollection use bind escalate impersonate".split(" ");

/** Verbs that exist for some resources alone, which the server need not list. */
const SPECIAL_VERBS: Readonly<Record<string, readonly string[]>> = {
  use: ["podsecuritypolicies.policy", "podsecuritypolicies.extensions"],
  bind: [`roles.${RBAC_GROUP}`, `clusterroles.${RBAC_GROUP}`],
  escalate: [`roles.${RBAC_GROUP}`, `clusterroles.${RBAC_GROUP}`],
  impersonate: ["users", "serviceaccounts", "groups", "userextras.authentication.k8s.io"],
};

function verbsOf(call: Invocation): string[] {
  const all = call.flags.list("verb");
  return all.includes("*") ? ["*"] : [...new Set(all)];
}

function* warnOfVerbs(call: Invocation): Call<void> {
  for (const verb of verbsOf(call)) {
    if (!STANDARD_VERBS.includes(verb)) yield* call.err(`Warning: '${verb}' is not a standard resource verb\n`);
  }
}

/** `deploy.apps/scale`: a type with its group, and a subresource. */
function* resolveResource(
  call: Invocation,
  spec: string,
  verbs: readonly string[],
): Call<{ group: string; resource: string }> {
  const [type = "", subresource] = spec.split("/");
  const [name = "", ...groupParts] = type.split(".");
  if (name === "") throw new CommandError("resource must be specified if apiGroup/subresource specified");
  const shown = (plural: string): string => ((subresource ?? "") === "" ? plural : `${plural}/${subresource}`);
  if (type === "*") return { group: "", resource: shown("*") };
  const found = yield* call.discovery.lookUp(type);
  const [group, plural] = found === undefined ? [groupParts.join("."), name] : [found.group, found.name];
  const qualified = group === "" ? plural : `${plural}.${group}`;
  const special = verbs.filter((verb) => SPECIAL_VERBS[verb] !== undefined);
  const refused = special.find((verb) => SPECIAL_VERBS[verb]?.includes(qualified) !== true);
  if (refused !== undefined) {
    throw new CommandError(`can not perform '${refused}' on '${plural}' in group '${group}'`);
  }
  if (found === undefined && special.length === 0) {
    const where = group === "" ? "" : ` in group ${JSON.stringify(group)}`;
    throw new CommandError(`the server doesn't have a resource type ${JSON.stringify(name)}${where}`, {
      verbatim: true,
    });
  }
  return { group, resource: shown(plural) };
}

export const createRole = defineCommand({
  name: "role",
  short: "Create a role with single rule",
  usage:
    "NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] [--dry-run=server|client|none]",
  flags: [...CREATE_FLAGS, ...RULE_FLAGS],
  completes: "none",
  *run(call) {
    const name = requiredName(call);
    if (call.flags.list("verb").length === 0) throw new CommandError("at least one verb must be specified");
    if (call.flags.list("resource").length === 0) throw new CommandError("at least one resource must be specified");
    yield* warnOfVerbs(call);
    const rules = yield* policyRules(call);
    yield* createObject(call, ROLES, { metadata: { name }, rules });
  },
});

export const createClusterRole = defineCommand({
  name: "clusterrole",
  short: "Create a cluster role",
  usage: "NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--dry-run=server|client|none]",
  flags: [
    ...CREATE_FLAGS,
    ...RULE_FLAGS,
    { name: "non-resource-url", type: "strings", usage: "URLs of the rule." },
    { name: "aggregation-rule", type: "string", usage: "Labels of the cluster roles to combine." },
  ],
  completes: "none",
  *run(call) {
    const name = requiredName(call);
    const urls = call.flags.list("non-resource-url");
    const aggregation = call.flags.string("aggregation-rule");
    const anyRule = ["verb", "resource", "resource-name", "non-resource-url"].some(
      (flag) => call.flags.list(flag).length > 0,
    );
    if (aggregation !== "") {
      if (anyRule) {
        throw new CommandError(
          "aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames",
        );
      }
      if (aggregation.split(",").some((pair) => !pair.includes("="))) {
        throw new CommandError(
          `invalid argument ${JSON.stringify(aggregation)} for "--aggregation-rule" flag: malformed pair, expect string=string\nSee 'kubectl create clusterrole --help' for usage.`,
        );
      }
      const aggregationRule = { clusterRoleSelectors: [{ matchLabels: parseLabels(aggregation) }] };
      yield* createObject(call, CLUSTER_ROLES, { metadata: { name }, rules: null, aggregationRule });
      return;
    }
    const verbs = [...new Set(call.flags.list("verb"))];
    if (verbs.length === 0) throw new CommandError("at least one verb must be specified");
    if (call.flags.list("resource").length === 0 && urls.length === 0) {
      throw new CommandError("one of resource or nonResourceURL must be specified");
    }
    if (call.flags.list("resource").length > 0) yield* warnOfVerbs(call);
    const wrong = urls.length === 0 ? undefined : verbs.find((verb) => !URL_VERBS.includes(verb));
    if (wrong !== undefined) throw new CommandError(`invalid verb: '${wrong}' for nonResourceURL`);
    for (const url of urls) checkUrl(url);
    const rules = [...(yield* policyRules(call)), ...(urls.length > 0 ? [{ verbs, nonResourceURLs: urls }] : [])];
    yield* createObject(call, CLUSTER_ROLES, { metadata: { name }, rules });
  },
});

function checkUrl(url: string): void {
  if (url === "*") return;
  if (!url.startsWith("/")) throw new CommandError("nonResourceURL should start with /");
  if (url.slice(0, -1).includes("*")) {
    throw new CommandError("nonResourceURL only supports wildcard matches when '*' is at the end");
  }
}

const URL_VERBS = ["*", "get", "post", "put", "delete", "patch", "head", "options"];

const SUBJECT_FLAGS: readonly Flag[] = [
  { name: "user", type: "array", usage: "Users to bind." },
  { name: "group", type: "array", usage: "Groups to bind." },
  { name: "serviceaccount", type: "array", usage: "Service accounts to bind, <namespace>:<name>." },
];

function subjects(call: Invocation): object[] {
  const named = (kind: string, flag: string): object[] =>
    [...new Set(call.flags.list(flag))].map((name) => ({ kind, apiGroup: RBAC_GROUP, name }));
  const accounts = [...new Set(call.flags.list("serviceaccount"))].map((spec) => {
    const [namespace = "", name = "", ...rest] = spec.split(":");
    if (namespace === "" || name === "" || rest.length > 0) {
      throw new CommandError("serviceaccount must be <namespace>:<name>");
    }
    return { kind: "ServiceAccount", name, namespace };
  });
  return [...named("User", "user"), ...named("Group", "group"), ...accounts];
}

function bindingCommand(cluster: boolean): Command {
  const name = cluster ? "clusterrolebinding" : "rolebinding";
  return defineCommand({
    name,
    short: cluster
      ? "Create a cluster role binding for a particular cluster role"
      : "Create a role binding for a particular role or cluster role",
    usage: `NAME --clusterrole=NAME${cluster ? "" : "|--role=NAME"} [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]`,
    flags: [
      ...CREATE_FLAGS,
      ...SUBJECT_FLAGS,
      { name: "clusterrole", type: "string", required: cluster, usage: "Cluster role to bind." },
      ...(cluster ? [] : [{ name: "role", type: "string", usage: "Role to bind." } as const]),
    ],
    completes: "none",
    *run(call) {
      const bindingName = requiredName(call);
      const clusterRole = call.flags.string("clusterrole");
      const role = cluster ? "" : call.flags.string("role");
      if ((clusterRole === "") === (role === "")) {
        throw new CommandError(
          cluster ? "clusterrole must be specified" : "exactly one of clusterrole or role must be specified",
        );
      }
      const bound = subjects(call);
      yield* createObject(
        call,
        cluster ? CLUSTER_ROLE_BINDINGS : ROLE_BINDINGS,
        {
          metadata: { name: bindingName },
          ...(bound.length > 0 && { subjects: bound }),
          roleRef: {
            apiGroup: RBAC_GROUP,
            kind: clusterRole === "" ? "Role" : "ClusterRole",
            name: clusterRole || role,
          },
        },
        { failure: `failed to create ${name}: ` },
      );
    },
  });
}

export const createRoleBinding = bindingCommand(false);
export const createClusterRoleBinding = bindingCommand(true);
