/** `kubectl kustomize`. Upstream: kubectl pkg/cmd/kustomize, kustomize kustomize/commands/build. */
import { defineCommand } from "../command.ts";
import { CommandError } from "../errors.ts";
import { absolutePath } from "../kubeconfig.ts";
import { kustomized } from "../manifests.ts";
import { toYaml } from "../printers/yaml.ts";

export const kustomize = defineCommand({
  name: "kustomize",
  group: "Advanced Commands",
  short: "Build a kustomization target from a directory or URL",
  usage: "DIR",
  examples: ["kubectl kustomize overlays/dev"],
  flags: [
    { name: "output", short: "o", type: "string", usage: "File to write to." },
    ...["enable-helm", "enable-alpha-plugins", "network", "as-current-user", "enable-managedby-label"].map(
      (name) => ({ name, type: "bool", unsupported: true }) as const,
    ),
    ...["helm-command", "load-restrictor", "mount", "network-name"].map(
      (name) => ({ name, type: "string", unsupported: true }) as const,
    ),
  ],
  completes: "files",
  *run(call) {
    const [directory = "."] = call.args;
    if (call.args.length > 1) throw new CommandError("specify one path to kustomization.yaml");
    const objects = yield* kustomized(call, directory);
    const text = objects.map((object) => toYaml(object)).join("---\n");
    const output = call.flags.string("output");
    if (output === "") yield* call.out(text);
    else call.ctx.fs.writeFile(absolutePath(call.ctx, output), text);
  },
});
