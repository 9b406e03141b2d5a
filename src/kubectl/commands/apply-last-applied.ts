/** `kubectl apply view-last-applied`. Upstream: kubectl pkg/cmd/apply/apply_view_last_applied.go. */
import { defineCommand, FILE_FLAGS, OUTPUT_FLAG, SELECTOR_FLAG } from "../command.ts";
import { LAST_APPLIED } from "../create-object.ts";
import { printedKind } from "../discovery.ts";
import { CommandError } from "../errors.ts";
import { toJson } from "../printers/json.ts";
import { toYaml } from "../printers/yaml.ts";
import { fetchAll } from "../resource-builder.ts";

export const viewLastApplied = defineCommand({
  name: "view-last-applied",
  short: "View the configuration that was last applied to an object",
  usage: "(TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)",
  flags: [...FILE_FLAGS, SELECTOR_FLAG, { ...OUTPUT_FLAG, default: "yaml" }],
  completes: "resources",
  *run(call) {
    const infos = yield* fetchAll(call, { selector: call.flags.string("selector") });
    for (const info of infos) {
      const text = info.object?.metadata.annotations?.[LAST_APPLIED];
      if (text === undefined) {
        throw new CommandError(
          `no last-applied-configuration annotation found on resource: ${printedKind(info.resource)}/${info.name}`,
        );
      }
      const value = JSON.parse(text) as unknown;
      const output = call.flags.string("output");
      if (output === "json") yield* call.out(toJson(value));
      else if (output === "yaml") yield* call.out(toYaml(value));
      else throw new CommandError(`Unexpected -o output mode: ${output}, the flag 'output' must be one of yaml|json`);
    }
  },
});
