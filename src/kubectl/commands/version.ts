/** `kubectl version`. Upstream: kubectl pkg/cmd/version. */
import { CLIENT_VERSION } from "../client-version.ts";
import { defineCommand, OUTPUT_FLAG } from "../command.ts";
import { CommandError } from "../errors.ts";
import { toJson } from "../printers/json.ts";
import { toYaml } from "../printers/yaml.ts";

const KUSTOMIZE = "v5.7.1";

export const version = defineCommand({
  name: "version",
  group: "Other Commands",
  short: "Print the client and server version information",
  usage: "[flags]",
  flags: [
    { ...OUTPUT_FLAG, usage: "yaml or json." },
    { name: "client", type: "bool", usage: "Only this client's version; no server is asked." },
  ],
  completes: "none",
  *run(call) {
    const output = call.flags.string("output");
    if (output !== "" && output !== "yaml" && output !== "json") {
      throw new CommandError("--output must be 'yaml' or 'json'");
    }
    const client = { ...CLIENT_VERSION, gitVersion: call.release };
    if (output === "") yield* call.out(`Client Version: ${client.gitVersion}\nKustomize Version: ${KUSTOMIZE}\n`);
    const server = call.flags.bool("client")
      ? undefined
      : yield* call.rest.json<{ gitVersion: string }>({ path: "/version" });
    if (output === "") {
      if (server !== undefined) yield* call.out(`Server Version: ${server.gitVersion}\n`);
      return;
    }
    const all = {
      clientVersion: client,
      kustomizeVersion: KUSTOMIZE,
      ...(server !== undefined && { serverVersion: server }),
    };
    yield* call.out(output === "yaml" ? `${toYaml(all)}\n` : toJson(all, { sorted: false }));
  },
});
