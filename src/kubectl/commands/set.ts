/** `kubectl set`. Upstream: kubectl pkg/cmd/set. */
import { defineCommand } from "../command.ts";
import { setEnv } from "./set-env.ts";
import { setImage } from "./set-image.ts";
import { setResources } from "./set-resources.ts";
import { setSelector } from "./set-selector.ts";
import { setServiceAccount } from "./set-service-account.ts";
import { setSubject } from "./set-subject.ts";

export const set = defineCommand({
  name: "set",
  group: "Basic Commands (Beginner)",
  short: "Set specific features on objects",
  usage: "SUBCOMMAND",
  subcommands: [setEnv, setImage, setResources, setSelector, setServiceAccount, setSubject],
});
