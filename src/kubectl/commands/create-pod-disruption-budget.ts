/** `kubectl create poddisruptionbudget`. Upstream: kubectl pkg/cmd/create/create_pdb.go. */
import { parseLabelSelector, SelectorError } from "../../engine/api/meta/selectors.ts";
import { CREATE_FLAGS, defineCommand } from "../command.ts";
import { createObject, requiredName } from "../create-object.ts";
import { CommandError } from "../errors.ts";
import { POD_DISRUPTION_BUDGETS } from "../generators/resources.ts";
import { intOrString } from "../key-values.ts";

export const createPodDisruptionBudget = defineCommand({
  name: "poddisruptionbudget",
  aliases: ["pdb"],
  short: "Create a pod disruption budget with the specified name",
  usage: "NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none]",
  examples: ["kubectl create pdb web --selector=app=web --min-available=1"],
  flags: [
    ...CREATE_FLAGS,
    { name: "min-available", type: "string", usage: "How many pods, or what share, must stay." },
    { name: "max-unavailable", type: "string", usage: "How many pods, or what share, may be away." },
    { name: "selector", type: "string", usage: "Labels of the pods." },
  ],
  completes: "none",
  *run(call) {
    const name = requiredName(call);
    const selector = call.flags.string("selector");
    const min = call.flags.string("min-available");
    const max = call.flags.string("max-unavailable");
    if (selector === "") throw new CommandError("a selector must be specified");
    if (min === "" && max === "") throw new CommandError("one of min-available or max-unavailable must be specified");
    if (min !== "" && max !== "") throw new CommandError("min-available and max-unavailable cannot be both specified");
    for (const [flag, text] of [
      ["min-available", min],
      ["max-unavailable", max],
    ]) {
      if (text !== "" && !/^\d+%?$/.test(text ?? "")) throw new CommandError(`invalid format specified for ${flag}`);
    }
    yield* createObject(
      call,
      POD_DISRUPTION_BUDGETS,
      {
        metadata: { name },
        spec: {
          ...(min !== "" && { minAvailable: intOrString(min) }),
          selector: labelSelector(selector),
          ...(max !== "" && { maxUnavailable: intOrString(max) }),
        },
        status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
      },
      { failure: "failed to create poddisruptionbudgets: " },
    );
  },
});

const OPERATORS: Readonly<Record<string, string>> = {
  in: "In",
  notin: "NotIn",
  exists: "Exists",
  "!": "DoesNotExist",
};

/** The object that a selector's text stands for. Upstream: apimachinery metav1.ParseToLabelSelector. */
function labelSelector(text: string): object {
  let requirements;
  try {
    ({ requirements } = parseLabelSelector(text));
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    throw new CommandError(`couldn't parse the selector string ${JSON.stringify(text)}: ${error.message}`);
  }
  if (requirements.some(({ operator }) => operator === "!=")) {
    throw new CommandError('"!=" is not a valid label selector operator');
  }
  const equal = requirements.filter(({ operator }) => operator === "=" || operator === "==");
  const others = requirements.filter((requirement) => !equal.includes(requirement));
  return {
    ...(equal.length > 0 && {
      matchLabels: Object.fromEntries(equal.map(({ key, values }) => [key, values[0] ?? ""])),
    }),
    ...(others.length > 0 && {
      matchExpressions: others.map(({ key, operator, values }) => ({
        key,
        operator: OPERATORS[operator] ?? operator,
        ...(values.length > 0 && { values: [...values] }),
      })),
    }),
  };
}
