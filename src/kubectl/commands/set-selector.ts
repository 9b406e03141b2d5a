/** `kubectl set selector`. Upstream: kubectl pkg/cmd/set/set_selector.go. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { parseLabelSelector, SelectorError } from "../../engine/api/meta/selectors.ts";
import { changeObjects, RECORDED_SET_FLAGS } from "../change-objects.ts";
import { defineCommand } from "../command.ts";
import { CommandError } from "../errors.ts";
import { parseLabels } from "../key-values.ts";

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
    if (expression !== undefined) checkExpression(expression);
    const version = call.flags.string("resource-version");
    yield* changeObjects(call, {
      resources: call.args.slice(0, -1),
      operation: "selector updated",
      failure: "",
      evenUnchanged: true,
      *change(object) {
        if (object.kind !== "Service") throw new CommandError("setting a selector is only supported for Services");
        const { spec } = object as { spec?: object };
        const selector = expression === undefined ? {} : equalities(expression);
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
    const why = error.message.replace(/^unable to parse requirement: /, "");
    throw new CommandError(`couldn't parse the selector string ${JSON.stringify(expression)}: ${why}`);
  }
}

/** Services choose by equality alone. */
function equalities(expression: string): Record<string, string> {
  if (!expression.split(",").every((part) => /^[^=!]+==?[^=]*$/.test(part.trim()))) {
    throw new CommandError(`match expression ${expression} not supported on this object`, { verbatim: true });
  }
  return parseLabels(expression.replaceAll("==", "=").replaceAll(" ", ""));
}
