import { expand } from "../../../engine/kubelet/expansion.ts";
import { defineTopic, expectEqual, type DataCase } from "../topic.ts";

interface ExpansionCase extends DataCase {
  env: Record<string, string>;
  input: string;
  output: string;
}

export const envExpansion = defineTopic<ExpansionCase>({
  topic: "env_expansion",
  run: ({ env, input, output }) =>
    expectEqual(
      output,
      expand(input, (name) => env[name]),
    ),
});
