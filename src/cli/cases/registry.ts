/** Every topic of data cases that can be run: one line a topic. */
import type { CaseTopic } from "./topic.ts";
import { envExpansion } from "./topics/env-expansion.ts";
import { jsonpath } from "./topics/jsonpath.ts";
import { limitRanger } from "./topics/limit-ranger.ts";
import { names } from "./topics/names.ts";
import { patch } from "./topics/patch.ts";
import { printers } from "./topics/printers.ts";
import { qos } from "./topics/qos.ts";
import { quantity } from "./topics/quantity.ts";
import { rbacBootstrap } from "./topics/rbac-bootstrap.ts";
import { selectors } from "./topics/selectors.ts";
import { validation } from "./topics/validation.ts";

export const caseTopics: readonly CaseTopic[] = [
  envExpansion,
  jsonpath,
  limitRanger,
  names,
  patch,
  printers,
  qos,
  quantity,
  rbacBootstrap,
  selectors,
  validation,
];

/** Files in the folder of the cases that hold nothing to run, and what they hold. */
export const notRunnable: Readonly<Record<string, string>> = {
  conformance: "names of tests only, nothing to run",
};
