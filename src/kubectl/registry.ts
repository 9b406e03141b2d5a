/** All commands, in the order of help and suggestions. */
import type { Command } from "./command.ts";
import { apiResources, apiVersions } from "./commands/api-resources.ts";
import { apply } from "./commands/apply.ts";
import { auth } from "./commands/auth.ts";
import { autoscale } from "./commands/autoscale.ts";
import { certificate } from "./commands/certificate.ts";
import { completion } from "./commands/completion.ts";
import { config } from "./commands/config.ts";
import { cp } from "./commands/cp.ts";
import { create } from "./commands/create.ts";
import { deleteCommand } from "./commands/delete.ts";
import { describe } from "./commands/describe.ts";
import { debug } from "./commands/debug.ts";
import { diff } from "./commands/diff.ts";
import { edit } from "./commands/edit.ts";
import { attach, exec } from "./commands/exec.ts";
import { events } from "./commands/events.ts";
import { explain } from "./commands/explain.ts";
import { expose } from "./commands/expose.ts";
import { get } from "./commands/get.ts";
import { kustomize } from "./commands/kustomize.ts";
import { annotate, label } from "./commands/label.ts";
import { logs } from "./commands/logs.ts";
import { cordon, drain, uncordon } from "./commands/nodes.ts";
import { patch } from "./commands/patch.ts";
import { alpha, plugin } from "./commands/plugin.ts";
import { portForward } from "./commands/port-forward.ts";
import { proxy } from "./commands/proxy.ts";
import { replace } from "./commands/replace.ts";
import { rollout } from "./commands/rollout.ts";
import { run } from "./commands/run.ts";
import { scale } from "./commands/scale.ts";
import { set } from "./commands/set.ts";
import { taint } from "./commands/taint.ts";
import { top } from "./commands/top.ts";
import { clusterInfo } from "./commands/cluster-info.ts";
import { version } from "./commands/version.ts";
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
  certificate,
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
  portForward,
  proxy,
  auth,
  debug,
  events,
  diff,
  apply,
  patch,
  replace,
  wait,
  kustomize,
  label,
  annotate,
  apiResources,
  apiVersions,
  completion,
  alpha,
  config,
  plugin(() => COMMANDS),
  version,
  cp,
];
