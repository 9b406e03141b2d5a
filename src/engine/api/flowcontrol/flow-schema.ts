/** FlowSchema. Upstream: pkg/apis/flowcontrol, pkg/registry/flowcontrol/flowschema/strategy.go. */
import type {
  FlowcontrolSubject,
  FlowSchema,
  FlowSchemaSpec,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
} from "../generated/types.ts";
import { ageColumn, nameColumn, NONE } from "../meta/columns.ts";
import { forbiddenField, invalidValue, notSupported, required, type FieldError } from "../meta/field-error.ts";
import { isDNS1123Label, isDNS1123Subdomain } from "../meta/names.ts";
import { defineResource, specChanged } from "../meta/resource.ts";
import { fillZero, withFields } from "../meta/share.ts";
import { validateFlowConditions } from "./conditions.ts";

const MAX_PRECEDENCE = 10_000;
const DEFAULT_PRECEDENCE = 1000;
const METHODS = ["ByNamespace", "ByUser"];
const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];
const KINDS = ["Group", "ServiceAccount", "User"];

/** A body without spec: validation then says what is missing. */
const NO_SPEC: FlowSchemaSpec = Object.freeze({ priorityLevelConfiguration: Object.freeze({ name: "" }) });

export const flowSchemas = defineResource<FlowSchema>({
  group: "flowcontrol.apiserver.k8s.io",
  version: "v1",
  kind: "FlowSchema",
  plural: "flowschemas",
  scope: "Cluster",
  subresources: ["status"],
  example: {
    apiVersion: "flowcontrol.apiserver.k8s.io/v1",
    kind: "FlowSchema",
    metadata: { name: "reports" },
    spec: {
      priorityLevelConfiguration: { name: "workload-low" },
      matchingPrecedence: 500,
      rules: [
        {
          subjects: [{ kind: "User", user: { name: "reporter" } }],
          resourceRules: [{ verbs: ["list"], apiGroups: [""], resources: ["pods"], namespaces: ["*"] }],
        },
      ],
    },
  },
  bumpsGeneration: specChanged,
  defaults: (object) =>
    withFields(object, {
      spec: fillZero(object.spec ?? NO_SPEC, { matchingPrecedence: DEFAULT_PRECEDENCE }),
      status: object.status ?? {},
    }),
  prepareForCreate: (object) => ({ ...object, status: {} }),
  validate,
  validateStatusUpdate: ({ status }) => validateFlowConditions(status?.conditions),
  // In the order in which they are tried.
  rowOrder: (a, b) =>
    (a.spec?.matchingPrecedence ?? 0) - (b.spec?.matchingPrecedence ?? 0) ||
    (a.metadata.name < b.metadata.name ? -1 : 1),
  columns: [
    nameColumn,
    { name: "PriorityLevel", type: "string", cell: ({ spec }) => spec?.priorityLevelConfiguration?.name ?? "" },
    { name: "MatchingPrecedence", type: "string", cell: ({ spec }) => spec?.matchingPrecedence ?? 0 },
    { name: "DistinguisherMethod", type: "string", cell: ({ spec }) => spec?.distinguisherMethod?.type ?? NONE },
    ageColumn,
    {
      name: "MissingPL",
      type: "string",
      cell: ({ status }) => status?.conditions?.find(({ type }) => type === "Dangling")?.status ?? "?",
    },
  ],
});

function validate({ metadata, spec = NO_SPEC, status }: FlowSchema): FieldError[] {
  const errors: FieldError[] = [];
  const { matchingPrecedence: precedence = 0, distinguisherMethod, priorityLevelConfiguration, rules = [] } = spec;
  const complain = (text: string): void => void errors.push(invalidValue("spec.matchingPrecedence", precedence, text));
  if (precedence <= 0) complain("must be a positive value");
  if (precedence > MAX_PRECEDENCE) complain(`must not be greater than ${MAX_PRECEDENCE}`);
  if (precedence === 1 && metadata.name !== "exempt") {
    complain("only the schema named 'exempt' may have matchingPrecedence 1");
  }
  if (distinguisherMethod !== undefined && !METHODS.includes(distinguisherMethod.type ?? "")) {
    const shown = { Type: distinguisherMethod.type ?? "" };
    errors.push(notSupported("spec.distinguisherMethod.type", shown, METHODS));
  }
  const level = priorityLevelConfiguration?.name ?? "";
  const field = "spec.priorityLevelConfiguration.name";
  if (level === "") errors.push(required(field, "must reference a priority level"));
  else for (const text of isDNS1123Subdomain(level)) errors.push(invalidValue(field, level, text));
  for (const [index, rule] of rules.entries()) validateRule(rule, `spec.rules[${index}]`, errors);
  return [...errors, ...validateFlowConditions(status?.conditions)];
}

function validateRule(rule: PolicyRulesWithSubjects, path: string, errors: FieldError[]): void {
  const { subjects = [], resourceRules = [], nonResourceRules = [] } = rule;
  if (subjects.length === 0) {
    errors.push(required(`${path}.subjects`, "subjects must contain at least one value"));
  }
  for (const [at, subject] of subjects.entries()) validateSubject(subject, `${path}.subjects[${at}]`, errors);
  if (resourceRules.length === 0 && nonResourceRules.length === 0) {
    errors.push(required(path, "at least one of resourceRules and nonResourceRules has to be non-empty"));
  }
  for (const [at, item] of resourceRules.entries()) validateResources(item, `${path}.resourceRules[${at}]`, errors);
  for (const [at, item] of nonResourceRules.entries()) validateUrls(item, `${path}.nonResourceRules[${at}]`, errors);
}

function validateSubject(subject: FlowcontrolSubject, path: string, errors: FieldError[]): void {
  const { kind = "" } = subject;
  if (!KINDS.includes(kind)) {
    errors.push(notSupported(`${path}.kind`, kind, KINDS));
    return;
  }
  const own = kind === "ServiceAccount" ? "serviceAccount" : kind === "User" ? "user" : "group";
  const value = subject[own];
  if (value === undefined) {
    errors.push(required(`${path}.${own}`, `${own} is required when subject kind is '${kind}'`));
  } else {
    const { name = "" } = value;
    if (name === "") errors.push(required(`${path}.${own}.name`));
    if (subject.serviceAccount !== undefined && own === "serviceAccount") {
      validateAccount(subject.serviceAccount, `${path}.serviceAccount`, errors);
    }
  }
  for (const [other, otherKind] of [
    ["serviceAccount", "ServiceAccount"],
    ["user", "User"],
    ["group", "Group"],
  ] as const) {
    if (other === own || subject[other] === undefined) continue;
    errors.push(forbiddenField(`${path}.${other}`, `${other} is forbidden when subject kind is not '${otherKind}'`));
  }
}

function validateAccount(
  { name = "", namespace = "" }: { name: string; namespace: string },
  path: string,
  errors: FieldError[],
): void {
  if (name !== "" && name !== "*") {
    for (const text of isDNS1123Subdomain(name)) errors.push(invalidValue(`${path}.name`, name, text));
  }
  if (namespace === "") {
    errors.push(required(`${path}.namespace`, "must specify namespace for service account"));
  } else for (const text of isDNS1123Label(namespace)) errors.push(invalidValue(`${path}.namespace`, namespace, text));
}

function validateVerbs(verbs: readonly string[], path: string, errors: FieldError[]): void {
  const field = `${path}.verbs`;
  if (verbs.length === 0) errors.push(required(field, "verbs must contain at least one value"));
  else if (verbs.includes("*")) aloneWildcard(verbs, field, { what: "verbs", errors });
  else if (verbs.some((verb) => !VERBS.includes(verb))) errors.push(notSupported(field, verbs, VERBS));
}

function aloneWildcard(
  list: readonly string[],
  field: string,
  { what, errors }: { what: string; errors: FieldError[] },
): void {
  if (list.length > 1 && list.includes("*")) {
    errors.push(invalidValue(field, list, `if '*' is present, must not specify other ${what}`));
  }
}

function validateResources(rule: ResourcePolicyRule, path: string, errors: FieldError[]): void {
  const { verbs = [], apiGroups = [], resources = [], namespaces = [], clusterScope = false } = rule;
  validateVerbs(verbs, path, errors);
  if (apiGroups.length === 0) {
    errors.push(required(`${path}.apiGroups`, "resource rules must supply at least one api group"));
  }
  aloneWildcard(apiGroups, `${path}.apiGroups`, { what: "api groups", errors });
  if (resources.length === 0) {
    errors.push(required(`${path}.resources`, "resource rules must supply at least one resource"));
  }
  aloneWildcard(resources, `${path}.resources`, { what: "resources", errors });
  if (namespaces.length === 0 && !clusterScope) {
    const detail = "resource rules that are not cluster scoped must supply at least one namespace";
    errors.push(required(`${path}.namespaces`, detail));
  } else if (namespaces.includes("*")) {
    aloneWildcard(namespaces, `${path}.namespaces`, { what: "namespaces", errors });
  } else {
    for (const [at, namespace] of namespaces.entries()) {
      for (const text of isDNS1123Label(namespace)) {
        const detail = `each member of this list must be '*' or a DNS-1123 label; ${text}`;
        errors.push(invalidValue(`${path}.namespaces[${at}]`, namespace, detail));
      }
    }
  }
}

function validateUrls(rule: NonResourcePolicyRule, path: string, errors: FieldError[]): void {
  const { verbs = [], nonResourceURLs = [] } = rule;
  const field = `${path}.nonResourceURLs`;
  validateVerbs(verbs, path, errors);
  if (nonResourceURLs.length === 0) {
    errors.push(required(field, "nonResourceURLs must contain at least one value"));
  } else if (nonResourceURLs.includes("*")) {
    aloneWildcard(nonResourceURLs, field, { what: "non-resource URLs", errors });
  } else {
    for (const [at, url] of nonResourceURLs.entries()) {
      const problem = urlProblem(url);
      if (problem !== undefined) errors.push(invalidValue(`${field}[${at}]`, url, problem));
    }
  }
}

/** Upstream: ValidateNonResourceURLPath. */
function urlProblem(url: string): string | undefined {
  if (url === "") return "must not be empty";
  if (url === "/") return undefined;
  if (!url.startsWith("/")) return "must start with slash";
  if (url.includes(" ")) return "must not contain white-space";
  if (url.includes("//")) return "must not contain double slash";
  const stars = url.split("*").length - 1;
  return stars > 1 || (stars === 1 && !url.endsWith("/*")) ? "wildcard can only do suffix matching" : undefined;
}
