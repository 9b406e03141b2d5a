/** `kubectl auth can-i`. Upstream: kubectl pkg/cmd/auth/cani.go. */
import type { Call } from "../../engine/base/syscalls.ts";
import { ALL_NAMESPACES_FLAG, defineCommand } from "../command.ts";
import { CommandError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { breakdownRule, compactRules, type PolicyRule, ruleText } from "../policy-rules.ts";
import { aligned, TABLE_TABS } from "../printers/tab-writer.ts";

const RESOURCE_VERBS =
  "get list watch create update patch delete deletecollection use bind impersonate * approve sign escalate attest".split(
    " ",
  );
const URL_VERBS = "get put post head options delete patch *".split(" ");
const API = "/apis/authorization.k8s.io/v1";

export const canI = defineCommand({
  name: "can-i",
  short: "Check whether an action is allowed",
  usage: "VERB [TYPE | TYPE/NAME | NONRESOURCEURL]",
  examples: [
    "kubectl auth can-i create deployments",
    "kubectl auth can-i list pods --as=system:serviceaccount:default:default",
    "kubectl auth can-i --list",
  ],
  flags: [
    ALL_NAMESPACES_FLAG,
    { name: "quiet", short: "q", type: "bool", usage: "Only the exit code answers." },
    { name: "subresource", type: "string", usage: "Subresource, such as log or scale." },
    { name: "list", type: "bool", usage: "All that is allowed." },
    { name: "no-headers", type: "bool", usage: "Leave column headers out of --list." },
  ],
  completes: "none",
  *run(call) {
    if (!call.flags.bool("list")) {
      if (call.flags.bool("no-headers")) {
        throw new CommandError("--no-headers cannot be set without --list specified");
      }
      return yield* ask(call);
    }
    if (call.args.length > 0) throw new CommandError("list option must be specified with no arguments");
    yield* list(call);
    return 0;
  },
});

function* ask(call: Invocation): Call<number> {
  const { flags, args } = call;
  const [verb = "", what = ""] = args;
  const namespace = flags.bool("all-namespaces") ? "" : call.namespace;
  if (args.length !== 2) {
    throw new CommandError(
      `you must specify two arguments: verb resource or verb resource/resourceName.\nSee '${call.path} -h' for help and examples.`,
    );
  }
  let spec: object;
  if (what.startsWith("/") && args.length === 2) {
    if (flags.string("subresource") !== "") throw new CommandError("--subresource can not be used with NonResourceURL");
    if (!URL_VERBS.includes(verb)) yield* call.err(`Warning: verb '${verb}' is not a known verb\n\n`);
    spec = { nonResourceAttributes: { path: what, verb } };
  } else {
    const [type = "", name = ""] = what.split("/");
    const { group, resource } = yield* resourceOf(call, type);
    if (!RESOURCE_VERBS.includes(verb)) yield* call.err(`Warning: verb '${verb}' is not a known verb\n\n`);
    spec = { resourceAttributes: { namespace, verb, group, resource, subresource: flags.string("subresource"), name } };
  }
  const { status } = yield* call.rest.json<{
    status: { allowed: boolean; reason?: string; evaluationError?: string };
  }>({
    method: "POST",
    path: `${API}/selfsubjectaccessreviews`,
    body: { kind: "SelfSubjectAccessReview", apiVersion: "authorization.k8s.io/v1", metadata: {}, spec },
  });
  const why = [status.reason, status.evaluationError].filter((text) => text !== undefined && text !== "");
  const answer = status.allowed ? "yes" : ["no", ...why].join(" - ");
  if (!flags.bool("quiet")) yield* call.out(`${answer}\n`);
  return status.allowed ? 0 : 1;
}

/** What the server doesn't know is asked about all the same, with a warning. */
function* resourceOf(call: Invocation, type: string): Call<{ group: string; resource: string }> {
  if (type === "*") return { group: "", resource: "*" };
  const found = yield* call.discovery.lookUp(type);
  const [name = "", ...rest] = type.toLowerCase().split(".");
  const group = found?.group ?? rest.join(".");
  const where = group === "" ? "" : ` in group '${group}'`;
  if (found === undefined) {
    yield* call.err(`Warning: the server doesn't have a resource type '${name}'${where}\n\n`);
    return { group, resource: name };
  }
  if (!found.namespaced && !call.flags.bool("all-namespaces")) {
    yield* call.err(`Warning: resource '${found.name}' is not namespace scoped${where}\n\n`);
  }
  return { group, resource: found.name };
}

function* list(call: Invocation): Call<void> {
  const { status } = yield* call.rest.json<{
    status: {
      resourceRules?: PolicyRule[] | null;
      nonResourceRules?: PolicyRule[] | null;
      incomplete?: boolean;
      evaluationError?: string;
    };
  }>({
    method: "POST",
    path: `${API}/selfsubjectrulesreviews`,
    body: {
      kind: "SelfSubjectRulesReview",
      apiVersion: "authorization.k8s.io/v1",
      metadata: {},
      spec: { namespace: call.namespace },
    },
  });
  if (status.incomplete === true) {
    yield* call.err(`warning: the list may be incomplete: ${status.evaluationError ?? ""}\n`);
  }
  const rules = [...(status.resourceRules ?? []), ...(status.nonResourceRules ?? [])].flatMap(breakdownRule);
  const sorted = compactRules(rules)
    .map((rule) => ({ rule, key: ruleText(rule, ",") }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const shown = (values: readonly string[] | null | undefined): string => `[${(values ?? []).join(" ")}]`;
  const rows = sorted.map(({ rule }) => [
    qualified(rule),
    shown(rule.nonResourceURLs),
    shown(rule.resourceNames),
    shown(rule.verbs),
  ]);
  const header = ["Resources", "Non-Resource URLs", "Resource Names", "Verbs"];
  yield* call.out(aligned(call.flags.bool("no-headers") ? rows : [header, ...rows], TABLE_TABS));
}

/** `deployments.apps/scale` */
function qualified(rule: PolicyRule): string {
  const [resource] = rule.resources ?? [];
  if (resource === undefined) return "";
  const [name = "", subresource] = resource.split("/");
  const [group = ""] = rule.apiGroups ?? [];
  return `${name}${group === "" ? "" : `.${group}`}${subresource === undefined ? "" : `/${subresource}`}`;
}
