/** All commands, in the order of help and suggestions. */
import type { Command } from "./command.ts";
import { apiResources, apiVersions } from "./commands/api-resources.ts";
import { apply } from "./commands/apply.ts";
import { autoscale } from "./commands/autoscale.ts";
import { config } from "./commands/config.ts";
import { create } from "./commands/create.ts";
import { deleteCommand } from "./commands/delete.ts";
import { describe } from "./commands/describe.ts";
import { diff } from "./commands/diff.ts";
import { edit } from "./commands/edit.ts";
import { attach, exec } from "./commands/exec.ts";
import { events } from "./commands/events.ts";
import { explain } from "./commands/explain.ts";
import { expose } from "./commands/expose.ts";
import { get } from "./commands/get.ts";
import { annotate, label } from "./commands/label.ts";
import { logs } from "./commands/logs.ts";
import { cordon, drain, uncordon } from "./commands/nodes.ts";
import { notHere, top } from "./commands/not-here.ts";
import { patch } from "./commands/patch.ts";
import { replace } from "./commands/replace.ts";
import { rollout } from "./commands/rollout.ts";
import { run } from "./commands/run.ts";
import { scale } from "./commands/scale.ts";
import { set } from "./commands/set.ts";
import { taint } from "./commands/taint.ts";
import { clusterInfo, version } from "./commands/version.ts";
import { wait } from "./commands/wait.ts";

export const COMMANDS: readonly Command[] = [
  create,
  expose,
  run,
  set,
  explain,
  get,
  edit,
  deleteCommand,
  rollout,
  scale,
  autoscale,
  clusterInfo,
  top,
  cordon,
  uncordon,
  drain,
  taint,
  describe,
  logs,
  attach,
  exec,
  events,
  diff,
  apply,
  patch,
  replace,
  wait,
  label,
  annotate,
  apiResources,
  apiVersions,
  config,
  version,
  ...notHere,
];
