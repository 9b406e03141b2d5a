/** Every topic of data cases that can be run: one line a topic. */
import type { CaseTopic } from "./topic.ts";
import { containerEnv } from "./topics/container-env.ts";
import { controllersMisc } from "./topics/controllers-misc.ts";
import { cronJob } from "./topics/cron-job.ts";
import { deployment } from "./topics/deployment.ts";
import { dns } from "./topics/dns.ts";
import { envExpansion } from "./topics/env-expansion.ts";
import { hpa } from "./topics/hpa.ts";
import { ingress } from "./topics/ingress.ts";
import { job } from "./topics/job.ts";
import { jsonpath } from "./topics/jsonpath.ts";
import { kubectlCommands } from "./topics/kubectl-commands.ts";
import { limitRanger } from "./topics/limit-ranger.ts";
import { names } from "./topics/names.ts";
import { patch } from "./topics/patch.ts";
import { podConditions } from "./topics/pod-conditions.ts";
import { podPhases } from "./topics/pod-phase.ts";
import { printers } from "./topics/printers.ts";
import { pvmatch } from "./topics/pvmatch.ts";
import { qos } from "./topics/qos.ts";
import { quantity } from "./topics/quantity.ts";
import { rbacBootstrap } from "./topics/rbac-bootstrap.ts";
import { replicaSet } from "./topics/replica-set.ts";
import { schedImageLocality } from "./topics/sched-image-locality.ts";
import { schedInterPodAffinity } from "./topics/sched-inter-pod-affinity.ts";
import { schedMisc } from "./topics/sched-misc.ts";
import { schedNodeAffinity } from "./topics/sched-node-affinity.ts";
import { schedNodeBasics } from "./topics/sched-node-basics.ts";
import { schedNodeResources } from "./topics/sched-node-resources.ts";
import { schedPodTopologySpread } from "./topics/sched-pod-topology-spread.ts";
import { schedPreemption } from "./topics/sched-preemption.ts";
import { schedTaintToleration } from "./topics/sched-taint-toleration.ts";
import { selectors } from "./topics/selectors.ts";
import { validation } from "./topics/validation.ts";

export const caseTopics: readonly CaseTopic[] = [
  containerEnv,
  controllersMisc,
  cronJob,
  deployment,
  dns,
  envExpansion,
  hpa,
  ingress,
  job,
  jsonpath,
  kubectlCommands,
  limitRanger,
  names,
  patch,
  podConditions,
  podPhases,
  printers,
  pvmatch,
  qos,
  quantity,
  rbacBootstrap,
  replicaSet,
  schedImageLocality,
  schedInterPodAffinity,
  schedMisc,
  schedNodeAffinity,
  schedNodeBasics,
  schedNodeResources,
  schedPodTopologySpread,
  schedPreemption,
  schedTaintToleration,
  selectors,
  validation,
];

/** Files in the folder of the cases that hold nothing to run, and what they hold. */
export const notRunnable: Readonly<Record<string, string>> = {
  conformance: "names of tests only, nothing to run",
};
