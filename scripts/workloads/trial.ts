/** One file of manifests in a cluster of its own, and what became of each of its workloads. */
import type { Container, Event, Pod } from "../../src/engine/api/generated/types.ts";
import type { KubeObject } from "../../src/engine/api/meta/object.ts";
import { adminUser } from "../../src/engine/api/meta/user-info.ts";
import { cronJobs, events, jobs, nodes, pods, replicaSets } from "../../src/engine/api/registry.ts";
import { Client } from "../../src/engine/client/client.ts";
import { answerJustBash } from "../../src/terminal/just-bash-host.ts";
import { Playground } from "../../src/worker/playground.ts";
import type { Manifest } from "../manifests/collection.ts";
import { apply } from "../manifests/send.ts";
import { nodeLines } from "./by-hand.ts";
import { nameOf } from "./manifest-parts.ts";

/** Longer than pulling the images, starting and two rounds of crash back-off take. */
const WATCHED_MS = 5 * 60_000;
const LOOK_EVERY_MS = 15_000;
/** What comes up is looked at for so long that a crash or a failing probe would show. */
const STAYS_MS = 45_000;

export const WORKLOADS = /^(Pod|Deployment|ReplicaSet|ReplicationController|StatefulSet|DaemonSet|Job|CronJob)$/;

/** What was seen of a workload that does not run. */
export interface Sight {
  /**
   * "refused" by the server; it has "no pods"; a pod is not scheduled, lacks an image or a volume, a container can't be
   * created, ended (and its pod with it, or again and again), an init container goes on, or a container isn't ready.
   */
  kind: "refused" | "no pods" | "unscheduled" | "image" | "create" | "ended" | "volume" | "initialising" | "not ready";
  /** The server's, scheduler's or kubelet's own words. */
  message: string;
  pod?: Pod;
  container?: Container;
  exitCode?: number;
  /** The last lines that the container wrote. */
  log?: string;
}

export class Trial {
  private readonly playground = Playground.create({ preset: "default", seed: 1, externals: answerJustBash });
  private readonly namespaces = new Set(["default", "kube-system", "kube-public"]);
  /** What the server said to each object that it did not take. */
  readonly refused = new Map<Manifest, string>();

  /** Undefined for a workload that runs, has ended well, or wants no pods. */
  async sights(file: readonly Manifest[], lent: readonly Manifest[]): Promise<[Manifest, Sight | undefined][]> {
    await this.playground.boot();
    for (const manifest of [...lent, ...file.filter(({ object }) => !WORKLOADS.test(object.kind))]) {
      const problem = await apply(this.playground, manifest, this.namespaces);
      if (problem !== undefined) this.refused.set(manifest, problem);
    }
    await this.prepareNodes(file);
    const workloads = file.filter(({ object }) => WORKLOADS.test(object.kind));
    for (const manifest of workloads) {
      const problem = await apply(this.playground, manifest, this.namespaces);
      if (problem !== undefined) this.refused.set(manifest, problem);
      else if (manifest.object.kind === "CronJob") this.runNow(manifest);
    }
    const { sim } = this.playground;
    const end = sim.now + WATCHED_MS;
    let stopAt = end;
    while (sim.now < stopAt) {
      await this.playground.runUntil(Math.min(stopAt, sim.now + LOOK_EVERY_MS));
      const allWell = workloads.every((manifest) => this.see(manifest) === undefined || this.refused.has(manifest));
      stopAt = allWell ? Math.min(stopAt, sim.now + STAYS_MS) : end;
    }
    return workloads.map((manifest) => [manifest, this.see(manifest)]);
  }

  private async prepareNodes(file: readonly Manifest[]): Promise<void> {
    const workers = this.nodes().filter(({ spec }) => !spec?.taints?.length);
    for (const line of nodeLines(
      file,
      workers.map(({ metadata }) => metadata.name),
    )) {
      let done = false;
      void this.playground.command(line, "", false).then(({ stderr }) => {
        done = true;
        if (stderr !== "") console.error(`${line.join(" ")}: ${stderr}`);
      });
      while (!done) await this.playground.runUntil(this.playground.sim.now + 50);
    }
  }

  /** What all nodes together and each of them offer, for those who ask for more. */
  nodes() {
    return this.client().resource(nodes).list("").items;
  }

  /** What `kubectl create job --from=cronjob/…` does: not every schedule has its hour within some minutes. */
  private runNow(manifest: Manifest): void {
    const namespace = String(manifest.object.metadata?.["namespace"] ?? "default");
    const owner = this.client().resource(cronJobs).get(namespace, nameOf(manifest));
    this.client()
      .resource(jobs)
      .create({
        metadata: {
          name: `${nameOf(manifest)}-now`,
          namespace,
          ownerReferences: [
            { apiVersion: "batch/v1", kind: "CronJob", name: owner.metadata.name, uid: owner.metadata.uid ?? "" },
          ],
        },
        spec: owner.spec.jobTemplate.spec,
      } as never);
  }

  private client(): Client {
    const { cluster } = this.playground;
    if (cluster === undefined) throw new Error("the cluster is gone");
    return new Client(cluster.server, adminUser);
  }

  private see(manifest: Manifest): Sight | undefined {
    const refusal = this.refused.get(manifest);
    if (refusal !== undefined) return { kind: "refused", message: refusal };
    const { object } = manifest;
    const client = this.client();
    const namespace = String(object.metadata?.["namespace"] ?? "default");
    const mine = this.podsOf(object.kind, nameOf(manifest), namespace);
    const about = client.resource(events).list(namespace).items;
    if (mine.length === 0) {
      const { ttlSecondsAfterFinished } = (object["spec"] ?? {}) as { ttlSecondsAfterFinished?: number };
      const cleared = object.kind === "Job" && ttlSecondsAfterFinished !== undefined;
      if (
        cleared &&
        !client
          .resource(jobs)
          .list(namespace)
          .items.some(({ metadata }) => metadata.name === nameOf(manifest))
      )
        return undefined;
      return withoutPods(manifest, about);
    }
    const bad = mine.find((pod) => !isWell(pod));
    return bad === undefined ? undefined : this.worst(bad, about);
  }

  private podsOf(kind: string, name: string, namespace: string): Pod[] {
    const client = this.client();
    const own = (owned: KubeObject, ownerKind: string, owner: string): boolean =>
      owned.metadata.ownerReferences?.some((reference) => reference.kind === ownerKind && reference.name === owner) ??
      false;
    const between: KubeObject[] = [
      ...client.resource(replicaSets).list(namespace).items,
      ...client.resource(jobs).list(namespace).items,
      ...client.resource(cronJobs).list(namespace).items,
    ];
    const middle = between.filter((each) => own(each, kind, name));
    return client
      .resource(pods)
      .list(namespace)
      .items.filter(
        (pod) =>
          (kind === "Pod" && pod.metadata.name.startsWith(name)) ||
          own(pod, kind, name) ||
          middle.some((each) => own(pod, each.kind, each.metadata.name)),
      );
  }

  private worst(pod: Pod, about: readonly Event[]): Sight {
    const { status, spec } = pod;
    const all = [...(spec.initContainers ?? []), ...spec.containers];
    for (const { state, lastState, image, name } of [
      ...(status.initContainerStatuses ?? []),
      ...(status.containerStatuses ?? []),
    ]) {
      const container = all.find((each) => each.name === name) as Container;
      const waiting = state?.waiting;
      const last = lastState?.terminated ?? state?.terminated;
      if (waiting?.reason === "CrashLoopBackOff" || (last !== undefined && last.exitCode !== 0)) {
        const exitCode = last?.exitCode ?? 0;
        const log = this.logOf(pod, name);
        const message = `${last?.reason ?? "Error"}: ${image ?? ""} ends with ${exitCode}${last?.message === undefined ? "" : `: ${last.message}`}`;
        return { kind: "ended", message, pod, container, exitCode, log };
      }
      if (/Image/.test(waiting?.reason ?? "")) {
        return { kind: "image", message: `${waiting?.reason ?? ""}: ${waiting?.message ?? ""}`, pod, container };
      }
      if (/Error/.test(waiting?.reason ?? ""))
        return { kind: "create", message: `${waiting?.reason ?? ""}: ${waiting?.message ?? ""}`, pod, container };
    }
    const scheduled = status.conditions?.find(({ type }) => type === "PodScheduled");
    if (scheduled?.status === "False")
      return { kind: "unscheduled", message: `${scheduled.reason ?? ""}: ${scheduled.message ?? ""}`, pod };
    const warnings = about.filter(
      ({ type, involvedObject }) => type === "Warning" && involvedObject.uid === pod.metadata.uid,
    );
    const mount = warnings.findLast(
      ({ reason, message }) => /Mount|Attach/.test(reason ?? "") && !/context deadline/.test(message ?? ""),
    );
    if (
      mount !== undefined &&
      status.startTime !== undefined &&
      !status.containerStatuses?.some(({ started }) => started)
    )
      return { kind: "volume", message: `${mount.reason ?? ""}: ${mount.message ?? ""}`, pod };
    const initialising = status.initContainerStatuses?.find(({ state }) => state?.running !== undefined)?.name;
    const goesOn = spec.initContainers?.find(
      ({ name, restartPolicy }) => name === initialising && restartPolicy === undefined,
    );
    if (goesOn !== undefined) {
      const message = `the init container ${goesOn.name} goes on`;
      return { kind: "initialising", message, pod, container: goesOn, log: this.logOf(pod, goesOn.name) };
    }
    const warning = warnings.at(-1);
    const unready = status.containerStatuses?.find(({ ready }) => !ready)?.name ?? "";
    const container = all.find(({ name }) => name === unready);
    const message =
      warning === undefined
        ? `${status.phase ?? ""} and not ready: ${container?.image ?? ""}`
        : `${warning.reason ?? ""}: ${warning.message ?? ""}`;
    return {
      kind: "not ready",
      message,
      pod,
      log: this.logOf(pod, unready),
      ...(container !== undefined && { container }),
    };
  }

  private logOf({ metadata }: Pod, container: string): string {
    const namespace = metadata.namespace ?? "default";
    const text = this.playground.cluster?.podLog(namespace, metadata.name, container) ?? "";
    return text.trimEnd().split("\n").slice(-4).join(" ⏎ ");
  }
}

function withoutPods(manifest: Manifest, about: readonly Event[]): Sight | undefined {
  const { object } = manifest;
  const refusal = about.findLast(
    ({ reason, involvedObject }) =>
      (reason ?? "").startsWith("Failed") && (involvedObject.name ?? "").startsWith(nameOf(manifest)),
  );
  if (refusal !== undefined) return { kind: "no pods", message: refusal.message ?? "" };
  const spec = object["spec"] as { replicas?: number; suspend?: boolean } | undefined;
  const wantsNone = object.kind === "CronJob" || spec?.replicas === 0 || spec?.suspend === true;
  if (wantsNone) return undefined;
  return { kind: "no pods", message: object.kind === "DaemonSet" ? "no node fits" : "nothing was said about it" };
}

/** Ready, or ended well; under its restart policy some containers may have ended well while others run. */
function isWell({ spec, status }: Pod): boolean {
  if (status.phase === "Succeeded") return true;
  const statuses = status.containerStatuses ?? [];
  const some = statuses.length === spec.containers.length && status.phase === "Running";
  if (some && statuses.every(({ ready, state }) => ready || state?.terminated?.exitCode === 0)) return true;
  return status.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false;
}
