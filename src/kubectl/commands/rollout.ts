/** `kubectl rollout`. Upstream: kubectl pkg/cmd/rollout. */
import { defineCommand } from "../command.ts";
import { rolloutHistory } from "./rollout-history.ts";
import { rolloutPause, rolloutRestart, rolloutResume } from "./rollout-pause.ts";
import { rolloutStatus } from "./rollout-status.ts";
import { rolloutUndo } from "./rollout-undo.ts";

export const rollout = defineCommand({
  name: "rollout",
  group: "Deploy Commands",
  short: "Manage the rollout of one or many resources",
  usage: "SUBCOMMAND",
  examples: ["kubectl rollout status deployment/web", "kubectl rollout undo deployment/web"],
  subcommands: [rolloutHistory, rolloutPause, rolloutRestart, rolloutResume, rolloutStatus, rolloutUndo],
});
