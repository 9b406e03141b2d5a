/**
 * Every topic over the project's own copy of the cases: all of them pass, but for those that say why they can't, and but
 * for the scripts of kubectl commands, some of which need what kubectl does not have yet.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { caseTopics } from "./registry.ts";
import { runTopic } from "./run-topic.ts";
import type { CaseFile, CaseTopic } from "./topic.ts";

const DATA = new URL("data/", import.meta.url);

/** The scripts of commands take seconds. */
const PATIENCE = 120_000;

/** Topics that don't pass whole yet: the cases that do, and stay so. */
const PASSING: Record<string, readonly string[]> = {
  kubectl_cmd: [
    "apply.sh:run_kubectl_apply_tests",
    "apps.sh:run_kubectl_apply_deployments_tests",
    "auth_whoami.sh:run_kubectl_auth_whoami_tests",
    "authorization.sh:run_impersonation_tests",
    "core.sh:run_configmap_tests",
    "core.sh:run_service_accounts_tests",
    "core.sh:run_rc_tests",
    "core.sh:run_namespace_tests",
    "core.sh:run_pod_templates_tests",
    "create.sh:run_kubectl_create_dry_run_tests",
    "create.sh:run_create_job_tests",
    "node-management.sh:run_cluster_management_tests",
    "rbac.sh:run_clusterroles_tests",
    "run.sh:run_kubectl_run_tests",
    "storage.sh:run_persistent_volumes_tests",
    "storage.sh:run_storage_class_tests",
  ],
};

function read(topic: string): CaseFile {
  return JSON.parse(readFileSync(new URL(`${topic}.json`, DATA), "utf8")) as CaseFile;
}

/** The cases that have to pass or say why not. */
function required({ topic, doesNotApply }: CaseTopic): CaseFile {
  const file = read(topic);
  const passing = PASSING[topic];
  if (passing === undefined) return file;
  return { ...file, cases: file.cases.filter(({ id }) => passing.includes(id) || id in doesNotApply) };
}

describe.each(caseTopics.map((topic) => [topic.topic, topic] as const))("%s", (_, topic) => {
  it("passes all cases that apply", { timeout: PATIENCE }, async () => {
    const { failures, notApplicable, passed, total } = await runTopic(topic, required(topic));
    expect(failures).toEqual([]);
    expect(Object.fromEntries(notApplicable.map(({ id, reason }) => [id, reason]))).toEqual(topic.doesNotApply);
    expect(passed + notApplicable.length).toBe(total);
  });

  it("leaves out no case that would pass", { timeout: PATIENCE }, async () => {
    const file = required(topic);
    const left = { ...file, cases: file.cases.filter(({ id }) => id in topic.doesNotApply) };
    const { failures } = await runTopic({ ...topic, doesNotApply: {} }, left);
    expect(failures.map(({ id }) => id).sort()).toEqual(Object.keys(topic.doesNotApply).sort());
  });
});

describe("the copies", () => {
  it("are there for every topic, and for nothing else", () => {
    const files = readdirSync(DATA).filter((file) => file.endsWith(".json"));
    expect(files.sort()).toEqual(caseTopics.map(({ topic }) => `${topic}.json`).sort());
    expect(existsSync(new URL("README.md", DATA))).toBe(true);
  });
});
