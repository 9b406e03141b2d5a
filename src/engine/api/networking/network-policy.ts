/** NetworkPolicy. Upstream: pkg/apis/networking, pkg/registry/networking/networkpolicy/strategy.go. */
import type {
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicySpec,
} from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { forbiddenField, invalidValue, notSupportedInOrder, required, type FieldError } from "../meta/field-error.ts";
import { isStrictSubset, parseNetwork, validateCIDR } from "../meta/ip-parsing.ts";
import { isValidPortName, isValidPortNum } from "../meta/names.ts";
import { defineResource, specChanged } from "../meta/resource.ts";
import { formatLabelSelector } from "../meta/selectors.ts";
import { fill, mapField, mapShared, withFields } from "../meta/share.ts";
import { validateLabelSelector } from "../meta/validate-meta.ts";

const PROTOCOLS = ["TCP", "UDP", "SCTP"];
const POLICY_TYPES = ["Ingress", "Egress"];

/** A body without spec: validation then says what is missing. */
const NO_SPEC: NetworkPolicySpec = Object.freeze({});
const EVERY_POD = Object.freeze({});

export const networkPolicies = defineResource<NetworkPolicy>({
  group: "networking.k8s.io",
  version: "v1",
  kind: "NetworkPolicy",
  plural: "networkpolicies",
  shortNames: ["netpol"],
  scope: "Namespaced",
  example: {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "web-only" },
    spec: {
      podSelector: { matchLabels: { app: "db" } },
      ingress: [{ from: [{ podSelector: { matchLabels: { app: "web" } } }], ports: [{ port: 5432 }] }],
    },
  },
  bumpsGeneration: specChanged,
  defaults: (policy) => withFields(policy, { spec: defaultSpec(policy.spec ?? NO_SPEC) }),
  validate: (policy) => validate(policy, new Set()),
  validateUpdate: (policy, old) => validate(policy, blocksOf(old)),
  columns: [
    nameColumn,
    { name: "Pod-Selector", type: "string", cell: ({ spec }) => formatLabelSelector(spec?.podSelector ?? EVERY_POD) },
    ageColumn,
  ],
});

/** Upstream: SetDefaults_NetworkPolicy, SetDefaults_NetworkPolicyPort in pkg/apis/networking/v1/defaults.go. */
function defaultSpec(spec: NetworkPolicySpec): NetworkPolicySpec {
  let result = fill(spec, { podSelector: EVERY_POD });
  if ((spec.policyTypes ?? []).length === 0) {
    const egress = (spec.egress ?? []).length > 0;
    result = { ...result, policyTypes: egress ? ["Ingress", "Egress"] : ["Ingress"] };
  }
  result = mapField(result, "ingress", (rules) => mapShared(rules, defaultPorts));
  return mapField(result, "egress", (rules) => mapShared(rules, defaultPorts));
}

function defaultPorts<R extends { ports?: NetworkPolicyPort[] | undefined }>(rule: R): R {
  const { ports } = rule;
  const filled = ports && mapShared(ports, (port) => fill(port, { protocol: "TCP" }));
  return filled === ports ? rule : { ...rule, ports: filled };
}

function validate({ spec = NO_SPEC }: NetworkPolicy, known: ReadonlySet<string>): FieldError[] {
  const errors: FieldError[] = [];
  const { podSelector, ingress = [], egress = [], policyTypes = [] } = spec;
  if (podSelector !== undefined) validateLabelSelector(podSelector, "spec.podSelector", errors);
  for (const [index, { ports, from }] of ingress.entries()) {
    validatePorts(ports, `spec.ingress[${index}]`, errors);
    validatePeers(from, `spec.ingress[${index}].from`, { errors, known });
  }
  for (const [index, { ports, to }] of egress.entries()) {
    validatePorts(ports, `spec.egress[${index}]`, errors);
    validatePeers(to, `spec.egress[${index}].to`, { errors, known });
  }
  if (policyTypes.length > POLICY_TYPES.length) {
    errors.push(invalidValue("spec.policyTypes", policyTypes, "may not specify more than two policyTypes"));
    return errors;
  }
  for (const [index, type] of policyTypes.entries()) {
    if (POLICY_TYPES.includes(type)) continue;
    errors.push(notSupportedInOrder(`spec.policyTypes[${index}]`, type, POLICY_TYPES));
  }
  return errors;
}

function validatePorts(ports: readonly NetworkPolicyPort[] | undefined, field: string, errors: FieldError[]): void {
  for (const [index, { protocol, port, endPort }] of (ports ?? []).entries()) {
    const path = `${field}.ports[${index}]`;
    const complain = (name: string, value: unknown, text: string): void =>
      void errors.push(invalidValue(`${path}.${name}`, value, text));
    if (protocol !== undefined && !PROTOCOLS.includes(protocol)) {
      errors.push(notSupportedInOrder(`${path}.protocol`, protocol, PROTOCOLS));
    }
    if (port === undefined) {
      if (endPort !== undefined) complain("endPort", endPort, "may not be specified when `port` is not specified");
    } else if (typeof port === "number") {
      for (const text of isValidPortNum(port)) complain("port", port, text);
      if (endPort === undefined) continue;
      if (endPort < port) complain("endPort", endPort, "must be greater than or equal to `port`");
      for (const text of isValidPortNum(endPort)) complain("endPort", endPort, text);
    } else {
      if (endPort !== undefined) complain("endPort", endPort, "may not be specified when `port` is non-numeric");
      for (const text of isValidPortName(port)) complain("port", port, text);
    }
  }
}

interface Peers {
  errors: FieldError[];
  /** Blocks of the policy that is updated: they aren't looked at again. */
  known: ReadonlySet<string>;
}

function validatePeers(peers: readonly NetworkPolicyPeer[] | undefined, field: string, options: Peers): void {
  const { errors } = options;
  for (const [index, { podSelector, namespaceSelector, ipBlock }] of (peers ?? []).entries()) {
    const path = `${field}[${index}]`;
    if (podSelector !== undefined) validateLabelSelector(podSelector, `${path}.podSelector`, errors);
    if (namespaceSelector !== undefined) {
      validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`, errors);
    }
    if (ipBlock !== undefined) validateBlock(ipBlock, `${path}.ipBlock`, options);
    const selectors = podSelector !== undefined || namespaceSelector !== undefined;
    if (ipBlock === undefined && !selectors) errors.push(required(path, "must specify a peer"));
    else if (ipBlock !== undefined && selectors) {
      errors.push(forbiddenField(path, "may not specify both ipBlock and another peer"));
    }
  }
}

function validateBlock({ cidr = "", except = [] }: IPBlock, field: string, { errors, known }: Peers): void {
  if (cidr === "") {
    errors.push(required(`${field}.cidr`));
    return;
  }
  const check = (text: string, path: string) =>
    known.has(text) ? parseNetwork(text) : validateCIDR(text, path, { errors, legacy: true });
  const outer = check(cidr, `${field}.cidr`);
  if (outer === undefined) return;
  for (const [index, text] of except.entries()) {
    const path = `${field}.except[${index}]`;
    const inner = check(text, path);
    if (inner === undefined || isStrictSubset(inner, outer)) continue;
    errors.push(invalidValue(path, text, "must be a strict subset of `cidr`"));
  }
}

function blocksOf({ spec = NO_SPEC }: NetworkPolicy): ReadonlySet<string> {
  const peers = [
    ...(spec.ingress ?? []).flatMap(({ from }) => from ?? []),
    ...(spec.egress ?? []).flatMap(({ to }) => to ?? []),
  ];
  return new Set(peers.flatMap(({ ipBlock }) => (ipBlock ? [ipBlock.cidr, ...(ipBlock.except ?? [])] : [])));
}
