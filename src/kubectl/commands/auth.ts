/** `kubectl auth`. Upstream: kubectl pkg/cmd/auth. */
import { defineCommand } from "../command.ts";
import { canI } from "./auth-can-i.ts";
import { reconcile } from "./auth-reconcile.ts";
import { whoami } from "./auth-whoami.ts";

export const auth = defineCommand({
  name: "auth",
  group: "Troubleshooting and Debugging Commands",
  short: "Inspect authorization",
  usage: "[flags]",
  helpToStderr: true,
  subcommands: [canI, reconcile, whoami],
});
