/** `kubectl set selector`. Upstream: kubectl pkg/cmd/set/set_selector.go. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { parseLabelSelector, SelectorError } from "../../engine/api/meta/selectors.ts";
import { changeObjects, RECORDED_SET_FLAGS } from "../change-objects.ts";
import { defineCommand } from "../command.ts";
import { CommandError } from "../errors.ts";

export const setSelector = defineCommand({
  name: "selector",
  short: "Set the selector on a resource",
  usage: "(-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]",
  examples: ["kubectl set selector service web app=web,tier=front"],
  flags: [
    ...RECORDED_SET_FLAGS.filter((flag) => flag.name !== "selector"),
    { name: "resource-version", type: "string", usage: "Change only when this is the present version." },
  ],
  completes: "resources",
  *run(call) {
    const expression = call.args.at(-1);
    if (expression === undefined) throw new CommandError("one selector is required");
    checkExpression(expression);
    const version = call.flags.string("resource-version");
    yield* changeObjects(call, {
      resources: call.args.slice(0, -1),
      operation: "selector updated",
      failure: "",
      evenUnchanged: true,
      *change(object) {
        if (object.kind !== "Service") throw new CommandError("setting a selector is only supported for Services");
        const { spec } = object as { spec?: object };
        const selector = equalities(expression);
        const metadata = version === "" ? object.metadata : { ...object.metadata, resourceVersion: version };
        return { ...object, metadata, spec: { ...spec, selector } } as KubeObject;
      },
    });
  },
});

function checkExpression(expression: string): void {
  try {
    parseLabelSelector(expression);
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    throw new CommandError(`couldn't parse the selector string ${JSON.stringify(expression)}: ${error.message}`);
  }
}

const OPERATORS: Readonly<Record<string, string>> = { in: "In", notin: "NotIn", exists: "Exists", "!": "DoesNotExist" };

/** Services choose by equality alone. */
function equalities(expression: string): Record<string, string> {
  const { requirements } = parseLabelSelector(expression);
  if (requirements.some(({ operator }) => operator === "!=")) {
    throw new CommandError('"!=" is not a valid label selector operator');
  }
  const others = requirements.filter(({ operator }) => operator !== "=" && operator !== "==");
  if (others.length > 0) {
    const shown = others.map(
      ({ key, operator, values }) => `{${key} ${OPERATORS[operator]} [${[...values].join(" ")}]}`,
    );
    throw new CommandError(`match expression [${shown.join(" ")}] not supported on this object`);
  }
  return Object.fromEntries(requirements.map(({ key, values }) => [key, values[0] ?? ""]));
}
