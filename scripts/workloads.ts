/**
 * `npx tsx scripts/workloads.ts DIR [--only TEXT] [--all]`: does every workload in the manifests below DIR come to run? Each
 * file gets a cluster of its own, with what its folder has besides workloads (configuration, volumes, accounts, services).
 * After some minutes of virtual time a workload runs, or has ended well, or its state is told with the reason. Reasons
 * that a real cluster of three plain workers would have too are counted apart. `--only` takes the files whose path has TEXT
 * in it; `--all` names every workload that does not run.
 */
import { relative } from "node:path";
import type { Event, Pod } from "../src/engine/api/generated/types.ts";
import type { KubeObject } from "../src/engine/api/meta/object.ts";
import { events, pods, replicaSets, jobs } from "../src/engine/api/registry.ts";
import { adminUser } from "../src/engine/api/meta/user-info.ts";
import { Client } from "../src/engine/client/client.ts";
import { Playground } from "../src/worker/playground.ts";
import { type Manifest, readCollections } from "./manifests/collection.ts";
import { apply } from "./manifests/send.ts";

const [root, ...flags] = process.argv.slice(2);
if (root === undefined) throw new Error("usage: npx tsx scripts/workloads.ts DIR [--only TEXT] [--all]");
const showAll = flags.includes("--all");
const only = flags.includes("--only") ? (flags[flags.indexOf("--only") + 1] ?? "") : "";

/** Longer than pulling the images, starting and two rounds of crash back-off take. */
const WATCHED_MS = 5 * 60_000;
const WORKLOADS = /^(Pod|Deployment|ReplicaSet|ReplicationController|StatefulSet|DaemonSet|Job|CronJob)$/;
/** What a folder's other files lend to each of them. */
const LENT =
  /^(Namespace|CustomResourceDefinition|PriorityClass|ServiceAccount|StorageClass|ConfigMap|Secret|PersistentVolume|PersistentVolumeClaim|RuntimeClass|Service|Role|RoleBinding|ClusterRole|ClusterRoleBinding)$/;

/** What a real cluster of plain workers says as well: the reader is to make something first, or it needs other machines. */
const AS_IN_LIFE: readonly RegExp[] = [
  /didn't match Pod's node affinity/,
  /didn't match pod topology spread|pod (anti-)?affinity rules/,
  /Insufficient (?!cpu|memory|pods)/,
  /Insufficient (cpu|memory)/,
  /untolerated taint/,
  /(configmap|secret|persistentvolumeclaim|serviceaccount)s? "[^"]*" not found/,
  /couldn't find key|references non-existent (config|secret) key/,
  /unbound immediate PersistentVolumeClaims|WaitForPodScheduled|unbound PersistentVolumeClaims/,
  /hostPath type check failed/,
  /SchedulingGated|Scheduling is blocked due to non-empty scheduling gates/,
  /error looking up service account/,
  /is forbidden/,
  /RuntimeHandler|runtimeclass/i,
  /driver name .* not found in the list of registered CSI drivers/,
  /InvalidImageName|couldn't parse image name/,
];

interface Outcome {
  state: "runs" | "as in life" | "does not run";
  reason: string;
}

function worst(pod: Pod, about: readonly Event[]): string {
  const statuses = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])];
  for (const { state, lastState, image, name } of statuses) {
    const waiting = state?.waiting;
    const last = lastState?.terminated ?? state?.terminated;
    if (waiting?.reason === "CrashLoopBackOff" || (last !== undefined && last.exitCode !== 0)) {
      return `${last?.reason ?? "Error"}: ${image} ends with ${last?.exitCode ?? "?"} (${name})`;
    }
    if (/Image/.test(waiting?.reason ?? ""))
      return `${/Invalid/.test(waiting?.reason ?? "") ? "InvalidImageName" : "no such image"}: ${image}`;
    if (/Error/.test(waiting?.reason ?? "")) return `${waiting?.reason ?? ""}: ${waiting?.message ?? ""}`;
  }
  const scheduled = pod.status.conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False") return `${scheduled.reason ?? ""}: ${scheduled.message ?? ""}`;
  const warning = about.findLast(
    ({ type, involvedObject }) => type === "Warning" && involvedObject.uid === pod.metadata.uid,
  );
  if (warning !== undefined) return `${warning.reason ?? ""}: ${warning.message ?? ""}`;
  return `${pod.status.phase ?? ""} and not ready: ${statuses.map(({ image }) => image).join(", ")}`;
}

function isWell({ status }: Pod): boolean {
  if (status.phase === "Succeeded") return true;
  return status.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false;
}

class Trial {
  readonly playground = Playground.create({ preset: "default", seed: 1 });
  readonly namespaces = new Set(["default", "kube-system", "kube-public"]);

  async outcomes(file: readonly Manifest[], lent: readonly Manifest[]): Promise<[Manifest, Outcome][]> {
    await this.playground.boot();
    for (const manifest of [...lent, ...file.filter(({ object }) => !WORKLOADS.test(object.kind))]) {
      await apply(this.playground, manifest, this.namespaces);
    }
    const refused = new Map<Manifest, string>();
    const workloads = file.filter(({ object }) => WORKLOADS.test(object.kind));
    for (const manifest of workloads) {
      const problem = await apply(this.playground, manifest, this.namespaces);
      if (problem !== undefined) refused.set(manifest, problem);
    }
    await this.playground.runUntil(this.playground.sim.now + WATCHED_MS);
    return workloads.map((manifest) => {
      const problem = refused.get(manifest);
      const outcome: Outcome =
        problem === undefined ? this.judge(manifest) : { state: "as in life", reason: `refused: ${problem}` };
      return [manifest, outcome];
    });
  }

  private judge({ object }: Manifest): Outcome {
    const { cluster } = this.playground;
    if (cluster === undefined) throw new Error("the cluster is gone");
    const client = new Client(cluster.server, adminUser);
    const namespace = String(object.metadata?.["namespace"] ?? "default");
    const name = String(object.metadata?.["name"] ?? object.metadata?.["generateName"] ?? "");
    const own = (owned: KubeObject, kind: string, owner: string): boolean =>
      owned.metadata.ownerReferences?.some((reference) => reference.kind === kind && reference.name === owner) ?? false;
    const between: KubeObject[] = [
      ...client.resource(replicaSets).list(namespace).items,
      ...client.resource(jobs).list(namespace).items,
    ];
    const middle = between.filter((each) => own(each, object.kind, name));
    const mine = client
      .resource(pods)
      .list(namespace)
      .items.filter(
        (pod) =>
          (object.kind === "Pod" && pod.metadata.name.startsWith(name)) ||
          own(pod, object.kind, name) ||
          middle.some((each) => own(pod, each.kind, each.metadata.name)),
      );
    const about = client.resource(events).list(namespace).items;
    if (mine.length === 0) {
      const refusal = about.findLast(
        ({ reason, involvedObject }) =>
          (reason ?? "").startsWith("Failed") && (involvedObject.name ?? "").startsWith(name),
      );
      if (refusal !== undefined) return this.told(refusal.message ?? "");
      const spec = object["spec"] as { replicas?: number; suspend?: boolean } | undefined;
      if (object.kind === "CronJob" || object.kind === "DaemonSet" || spec?.replicas === 0 || spec?.suspend === true)
        return { state: "runs", reason: "" };
      return { state: "does not run", reason: "no pods" };
    }
    const bad = mine.find((pod) => !isWell(pod));
    return bad === undefined ? { state: "runs", reason: "" } : this.told(worst(bad, about));
  }

  private told(reason: string): Outcome {
    return { state: AS_IN_LIFE.some((pattern) => pattern.test(reason)) ? "as in life" : "does not run", reason };
  }
}

const counts: Record<Outcome["state"], number> = { runs: 0, "as in life": 0, "does not run": 0 };
const groups = new Map<string, string[]>();
for (const { manifests } of readCollections(root).folders) {
  const byFile = new Map<string, Manifest[]>();
  for (const manifest of manifests) byFile.set(manifest.file, [...(byFile.get(manifest.file) ?? []), manifest]);
  for (const [file, content] of byFile) {
    if (!file.includes(only) || !content.some(({ object }) => WORKLOADS.test(object.kind))) continue;
    const lent = manifests.filter(({ file: other, object }) => other !== file && LENT.test(object.kind));
    for (const [{ object }, { state, reason }] of await new Trial().outcomes(content, lent)) {
      counts[state]++;
      if (state === "runs") continue;
      const shape = `${state}: ${reason
        .replace(/"[^"]*"/g, '"…"')
        .replace(/\d+\/\d+/g, "N/N")
        .slice(0, 120)}`;
      const where = `${relative(root, file)}: ${object.kind} ${String(object.metadata?.["name"] ?? "")}: ${reason}`;
      groups.set(shape, [...(groups.get(shape) ?? []), where]);
    }
  }
}
for (const [shape, where] of [...groups].sort((a, b) => b[1].length - a[1].length)) {
  console.log(`${where.length} × ${shape}`);
  for (const line of showAll ? where : where.slice(0, 1)) console.log(`    ${line.slice(0, 300)}`);
}
console.log(
  `workloads: ${counts.runs} run or ended well, ${counts["as in life"]} wait as in life, ${counts["does not run"]} do not run`,
);
