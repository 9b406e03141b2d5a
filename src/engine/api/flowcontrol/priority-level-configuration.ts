/**
 * PriorityLevelConfiguration. Upstream: pkg/apis/flowcontrol,
 * pkg/registry/flowcontrol/prioritylevelconfiguration/strategy.go.
 * Simplified: that the level `exempt` keeps its spec but for two numbers is not checked.
 */
import type {
  ExemptPriorityLevelConfiguration,
  LimitedPriorityLevelConfiguration,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from "../generated/types.ts";
import { ageColumn, nameColumn, NONE } from "../meta/columns.ts";
import { forbiddenField, invalidValue, notSupported, required, type FieldError } from "../meta/field-error.ts";
import { isInRange } from "../meta/names.ts";
import { defineResource, specChanged } from "../meta/resource.ts";
import { fill, fillZero, mapField, withFields } from "../meta/share.ts";
import { validateNonnegative } from "../meta/validate-meta.ts";
import { validateFlowConditions } from "./conditions.ts";

const TYPES = ["Exempt", "Limited"];
const RESPONSES = ["Queue", "Reject"];
const MAX_QUEUES = 10_000_000;
const MAX_HASH_BITS = 60;
const DEFAULT_SHARES = 30;

/** A body without spec: validation then says what is missing. */
const NO_SPEC: PriorityLevelConfigurationSpec = Object.freeze({ type: "" });

type Queues = "queues" | "handSize" | "queueLengthLimit";

export const priorityLevelConfigurations = defineResource<PriorityLevelConfiguration>({
  group: "flowcontrol.apiserver.k8s.io",
  version: "v1",
  kind: "PriorityLevelConfiguration",
  plural: "prioritylevelconfigurations",
  scope: "Cluster",
  subresources: ["status"],
  example: {
    apiVersion: "flowcontrol.apiserver.k8s.io/v1",
    kind: "PriorityLevelConfiguration",
    metadata: { name: "reports" },
    spec: { type: "Limited", limited: { nominalConcurrencyShares: 10, limitResponse: { type: "Reject" } } },
  },
  bumpsGeneration: specChanged,
  defaults: (object) => withFields(object, { spec: defaultSpec(object.spec ?? NO_SPEC), status: object.status ?? {} }),
  prepareForCreate: (object) => ({ ...object, status: {} }),
  validate,
  validateStatusUpdate: ({ status }) => validateFlowConditions(status?.conditions),
  columns: [
    nameColumn,
    { name: "Type", type: "string", cell: ({ spec }) => spec?.type ?? "" },
    {
      name: "NominalConcurrencyShares",
      type: "string",
      cell: ({ spec }) => (spec?.limited === undefined ? NONE : (spec.limited.nominalConcurrencyShares ?? 0)),
    },
    { name: "Queues", type: "string", cell: (object) => queuing(object, "queues") },
    { name: "HandSize", type: "string", cell: (object) => queuing(object, "handSize") },
    { name: "QueueLengthLimit", type: "string", cell: (object) => queuing(object, "queueLengthLimit") },
    ageColumn,
  ],
});

function queuing({ spec }: PriorityLevelConfiguration, field: Queues): string | number {
  const configuration = spec?.limited?.limitResponse?.queuing;
  return configuration === undefined ? NONE : (configuration[field] ?? 0);
}

/** Upstream: pkg/apis/flowcontrol/v1/defaults.go. */
function defaultSpec(spec: PriorityLevelConfigurationSpec): PriorityLevelConfigurationSpec {
  const exempt =
    spec.type === "Exempt" ? fill(spec, { exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }) : spec;
  const filled = mapField(exempt, "exempt", (value) =>
    fill(value, { nominalConcurrencyShares: 0, lendablePercent: 0 }),
  );
  return mapField(filled, "limited", (limited) =>
    mapField(
      fill(limited, { nominalConcurrencyShares: DEFAULT_SHARES, lendablePercent: 0 }),
      "limitResponse",
      (response) =>
        mapField(response, "queuing", (value) => fillZero(value, { queues: 64, handSize: 8, queueLengthLimit: 50 })),
    ),
  );
}

function validate({ metadata, spec = NO_SPEC, status }: PriorityLevelConfiguration): FieldError[] {
  const errors: FieldError[] = [];
  const { type = "", limited, exempt } = spec;
  if ((metadata.name === "exempt") !== (type === "Exempt")) {
    errors.push(invalidValue("spec.type", type, "type must be 'Exempt' if and only if name is 'exempt'"));
  }
  if (type === "Exempt") {
    if (limited !== undefined) {
      errors.push(forbiddenField("spec.limited", "must be nil if the type is Exempt"));
    }
    if (exempt === undefined) errors.push(required("spec.exempt", "must not be empty"));
    else validateExempt(exempt, errors);
  } else if (type === "Limited") {
    if (exempt !== undefined) errors.push(forbiddenField("spec.exempt", "must be nil if the type is Limited"));
    if (limited === undefined) errors.push(required("spec.limited", "must not be empty when type is Limited"));
    else validateLimited(limited, errors);
  } else errors.push(notSupported("spec.type", type, TYPES));
  return [...errors, ...validateFlowConditions(status?.conditions)];
}

function validateExempt(exempt: ExemptPriorityLevelConfiguration, errors: FieldError[]): void {
  validateNonnegative(exempt.nominalConcurrencyShares, "spec.exempt.nominalConcurrencyShares", errors);
  validatePercent(exempt.lendablePercent, "spec.exempt.lendablePercent", errors);
}

function validatePercent(value: number | undefined, field: string, errors: FieldError[]): void {
  if (value === undefined) return;
  if (isInRange(value, 0, 100).length > 0)
    errors.push(invalidValue(field, value, "must be between 0 and 100, inclusive"));
}

function validateLimited(limited: LimitedPriorityLevelConfiguration, errors: FieldError[]): void {
  const { nominalConcurrencyShares: shares, lendablePercent, borrowingLimitPercent, limitResponse } = limited;
  const path = "spec.limited";
  if (shares !== undefined && shares < 0) {
    errors.push(invalidValue(`${path}.nominalConcurrencyShares`, shares, "must be a non-negative integer"));
  }
  const { type = "", queuing: configuration } = limitResponse ?? {};
  if (type === "Reject") {
    if (configuration !== undefined) {
      const detail = "must be nil if limited.limitResponse.type is not Limited";
      errors.push(forbiddenField(`${path}.limitResponse.queuing`, detail));
    }
  } else if (type === "Queue") {
    const field = `${path}.limitResponse.queuing`;
    if (configuration === undefined) {
      errors.push(required(field, "must not be empty if limited.limitResponse.type is Limited"));
    } else validateQueuing(configuration, field, errors);
  } else errors.push(notSupported(`${path}.limitResponse.type`, type, RESPONSES));
  validatePercent(lendablePercent, `${path}.lendablePercent`, errors);
  if (borrowingLimitPercent !== undefined && borrowingLimitPercent < 0) {
    const detail = "if specified, must be a non-negative integer";
    errors.push(invalidValue(`${path}.borrowingLimitPercent`, borrowingLimitPercent, detail));
  }
}

function validateQueuing(configuration: QueuingConfiguration, path: string, errors: FieldError[]): void {
  const { queues = 0, handSize = 0, queueLengthLimit = 0 } = configuration;
  const complain = (name: Queues, value: number, text: string): void =>
    void errors.push(invalidValue(`${path}.${name}`, value, text));
  if (queueLengthLimit <= 0) complain("queueLengthLimit", queueLengthLimit, "must be positive");
  if (queues <= 0) complain("queues", queues, "must be positive");
  else if (queues > MAX_QUEUES) complain("queues", queues, `must not be greater than ${MAX_QUEUES}`);
  if (handSize <= 0) complain("handSize", handSize, "must be positive");
  else if (handSize > queues) complain("handSize", handSize, `should not be greater than queues (${queues})`);
  else if (entropyBits(queues, handSize) > MAX_HASH_BITS) {
    const detail = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${MAX_HASH_BITS}`;
    complain("handSize", handSize, detail);
  }
}

/** Upstream: RequiredEntropyBits in apiserver pkg/util/shufflesharding. */
function entropyBits(deck: number, hand: number): number {
  let bits = 0;
  for (let dealt = 0; dealt < hand; dealt++) bits += Math.log2(deck - dealt);
  return Math.ceil(bits);
}
