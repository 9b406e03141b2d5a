/** `kubectl auth reconcile`. Upstream: kubectl pkg/cmd/auth/reconcile.go, component-helpers auth/rbac/reconciliation. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { deepEqual } from "../../engine/base/json.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { defineCommand, DRY_RUN_FLAG, FILE_FLAGS, PRINT_FLAGS } from "../command.ts";
import { resourcePath } from "../discovery.ts";
import { CommandError, hasReason, throwGathered } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { type PolicyRule, ruleText, uncoveredRules } from "../policy-rules.ts";
import { printerFor } from "../printers/object-printer.ts";
import { asObject } from "../as-object.ts";
import { type Info, infosOfFiles, usesFiles } from "../resource-builder.ts";

const PROTECTED = "rbac.authorization.kubernetes.io/autoupdate";

interface Role extends KubeObject {
  rules?: PolicyRule[] | null;
  aggregationRule?: { clusterRoleSelectors?: object[] | null } | null;
}

interface Subject {
  kind: string;
  apiGroup?: string;
  name: string;
  namespace?: string;
}

interface Binding extends KubeObject {
  roleRef: object;
  subjects?: Subject[] | null;
}

/** What has to be done, the object as it should be, and what is said about it. */
interface Outcome {
  operation: "" | "create" | "update" | "recreate";
  object: KubeObject;
  notes: string[];
}

export const reconcile = defineCommand({
  name: "reconcile",
  short: "Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects",
  usage: "-f FILENAME",
  flags: [
    ...FILE_FLAGS,
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    { name: "remove-extra-permissions", type: "bool", usage: "Rules that the file lacks go." },
    { name: "remove-extra-subjects", type: "bool", usage: "Subjects that the file lacks go." },
  ],
  completes: "files",
  *run(call) {
    if (call.args.length > 0) throw new CommandError("no arguments are allowed");
    if (!usesFiles(call)) throw new CommandError("must specify one of -f and -k");
    const { infos, errors } = yield* infosOfFiles(call);
    const printer = printerFor(call, { operation: "reconciled" });
    for (const info of infos) {
      const plan = plannerOf(info);
      if (plan === undefined) continue;
      const outcome = plan(call, info.object as KubeObject, yield* liveObject(call, info));
      const isProtected = outcome.object.metadata.annotations?.[PROTECTED] === "false";
      if (call.dryRun === "none" && !isProtected) yield* send(call, info, outcome);
      yield* call.out(printer(outcome.object));
      if (outcome.operation === "") continue;
      const caveat = isProtected ? `, but object opted out (${PROTECTED}: false)` : "";
      yield* call.err(`\treconciliation required ${outcome.operation}${caveat}\n${outcome.notes.join("")}`);
    }
    throwGathered(errors);
  },
});

type Planner = (call: Invocation, wanted: KubeObject, live: KubeObject | undefined) => Outcome;

function plannerOf({ resource: { group, kind } }: Info): Planner | undefined {
  if (group !== "rbac.authorization.k8s.io") return undefined;
  if (kind === "Role" || kind === "ClusterRole") return planRole;
  return kind === "RoleBinding" || kind === "ClusterRoleBinding" ? planBinding : undefined;
}

function* liveObject(call: Invocation, info: Info): Call<KubeObject | undefined> {
  try {
    return yield* call.rest.json<KubeObject>({ path: resourcePath(info.resource, info) });
  } catch (error) {
    if (hasReason(error, "NotFound")) return undefined;
    throw error;
  }
}

function* send(call: Invocation, info: Info, { operation, object }: Outcome): Call<void> {
  if (operation === "") return;
  const path = resourcePath(info.resource, info);
  if (operation === "recreate") yield* call.rest.json({ method: "DELETE", path });
  if (operation === "update") yield* call.rest.json({ method: "PUT", path, body: object });
  else
    yield* call.rest.json({
      method: "POST",
      path: resourcePath(info.resource, { namespace: info.namespace }),
      body: object,
    });
}

function noted(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`\t${title}:\n${lines.map((line) => `\t\t{${line}}\n`).join("")}`];
}

/** Labels and annotations that the file asks for are added; what else is there stays. */
function withMetadata(live: KubeObject, wanted: KubeObject): KubeObject {
  const merged = (part: "labels" | "annotations"): object => {
    const all = { ...live.metadata[part], ...wanted.metadata[part] };
    return Object.keys(all).length === 0 ? {} : { [part]: all };
  };
  return { ...live, metadata: { ...live.metadata, ...merged("labels"), ...merged("annotations") } };
}

function planRole(call: Invocation, wanted: Role, live: Role | undefined): Outcome {
  const rules = wanted.rules ?? [];
  if (live === undefined) {
    return {
      operation: "create",
      object: wanted,
      notes: noted(
        "missing rules added",
        rules.map((rule) => ruleText(rule)),
      ),
    };
  }
  const present = live.rules ?? [];
  const aggregates = wanted.aggregationRule != null;
  const missing = aggregates ? [] : uncoveredRules(present, rules);
  const extra = aggregates ? [] : uncoveredRules(rules, present);
  const remove = call.flags.bool("remove-extra-permissions");
  const next = remove && extra.length > 0 ? rules : [...present, ...missing];
  const object: Role = {
    ...withMetadata(live, wanted),
    ...(!aggregates && { rules: next }),
    ...(aggregates && { aggregationRule: wanted.aggregationRule ?? null }),
  };
  return {
    operation: deepEqual(object, live) ? "" : "update",
    object,
    notes: [
      ...noted(
        "missing rules added",
        missing.map((rule) => ruleText(rule)),
      ),
      ...(remove
        ? noted(
            "extra rules removed",
            extra.map((rule) => ruleText(rule)),
          )
        : []),
    ],
  };
}

function subjectText({ kind, apiGroup = "", name, namespace = "" }: Subject): string {
  return `Kind:${kind} APIGroup:${apiGroup} Name:${name} Namespace:${namespace}`;
}

function planBinding(call: Invocation, wantedObject: KubeObject, liveObjectNow: KubeObject | undefined): Outcome {
  const wanted = wantedObject as Binding;
  const live = liveObjectNow as Binding | undefined;
  const subjects = wanted.subjects ?? [];
  if (live === undefined) {
    return { operation: "create", object: wanted, notes: noted("missing subjects added", subjects.map(subjectText)) };
  }
  if (!deepEqual(wanted.roleRef, live.roleRef)) {
    const { resourceVersion: _, uid: __, ...metadata } = withMetadata(live, wanted).metadata;
    return { operation: "recreate", object: asObject({ ...wanted, metadata }), notes: [] };
  }
  const present = live.subjects ?? [];
  const without = (from: readonly Subject[], other: readonly Subject[]): Subject[] =>
    from.filter((subject) => !other.some((entry) => deepEqual(entry, subject)));
  const missing = without(subjects, present);
  const extra = without(present, subjects);
  const remove = call.flags.bool("remove-extra-subjects");
  const next = remove && extra.length > 0 ? subjects : [...present, ...missing];
  const object = { ...withMetadata(live, wanted), ...(next.length > 0 && { subjects: next }) } as KubeObject;
  return {
    operation: deepEqual(object, live) ? "" : "update",
    object,
    notes: [
      ...noted("missing subjects added", missing.map(subjectText)),
      ...(remove ? noted("extra subjects removed", extra.map(subjectText)) : []),
    ],
  };
}
