import { expect, it } from "vitest";
import type { Affinity } from "../../api/generated/types.ts";
import { setDeepFreeze } from "../../base/freeze.ts";
import { formatTime } from "../../base/time.ts";
import { Simulation } from "../../sim/simulation.ts";
import type { ClusterCache } from "../cluster-cache.ts";
import { Decision } from "../decisions.ts";
import { DEFAULT_PLUGINS } from "../plugins/registry.ts";
import { PodInfo } from "../pod-info.ts";
import { Profile } from "../profile.ts";
import { clusterOf, podOf } from "../testing/plugin-case.ts";

setDeepFreeze(true);

const NODES = 8;
const HOSTNAME = "kubernetes.io/hostname";
const alone: Affinity = {
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { labelSelector: { matchLabels: { app: "web" } }, topologyKey: HOSTNAME },
    ],
  },
};

function manyNodes(): ClusterCache {
  const status = { allocatable: { cpu: "4", memory: "32Gi", pods: "110" } };
  const names = Array.from({ length: NODES }, (_, index) => `n${index}`);
  return clusterOf({
    nodes: Object.fromEntries(names.map((name) => [name, { labels: { [HOSTNAME]: name }, status }])),
  });
}

/** What a profile says of a pod: how good the nodes are, or who has to go for it. */
function answer(profile: Profile, pod: PodInfo) {
  const result = profile.cycle.run(pod, profile.templates.of(pod), { details: true });
  const decision = new Decision(pod, result, { time: 0, attempt: 1, message: "", detailed: true });
  const nodes = decision.nodes.map(({ node, verdict, total }) => `${node} ${verdict?.reasons.join(", ") ?? total}`);
  // Which one of the best is chosen depends on where the search began.
  if (result.chosen !== undefined) return { chosen: result.chosen.name, said: { nodes } };
  const { candidate, clears, message } = profile.preempt(pod, result);
  const victims = candidate?.victims.pods.map(({ uid }) => uid);
  const node = candidate?.node.name;
  return { clears, node, victims, said: { nodes, clears, message, node, victims } };
}

it("SCHED130 comes to the same with the trials that it kept as with none kept, whoever waits for a node", () => {
  const cluster = manyNodes();
  const dice = new Simulation({ seed: 4 }).random("test");
  const pick = <T>(from: readonly T[]): T => from[dice.int(from.length)] as T;
  let offset = 0;
  const random = { int: (below: number) => offset % below, float: () => 0 };
  const options = { schedulerName: "default-scheduler", plugins: DEFAULT_PLUGINS };
  const newProfile = () => new Profile(options, { cluster, random, budgets: () => [] });
  const kept = newProfile();
  const placed: string[] = [];
  const waiting: PodInfo[] = [];
  const met = { chosen: 0, pushed: 0, nowhere: 0 };
  for (let round = 0; round < 300; round++) {
    offset = dice.int(100);
    const again = waiting.length > 0 && dice.int(3) === 0;
    const cpu = pick(["500m", "900m", "1500m"]);
    const pod = again
      ? (waiting.splice(dice.int(waiting.length), 1)[0] as PodInfo)
      : podOf({
          labels: { app: pick(["web", "db"]) },
          spec: {
            priority: pick([0, 100, 200]),
            containers: [{ name: "m", resources: { requests: { cpu } } }],
            ...(round > 200 && dice.int(8) === 0 && { affinity: alone }),
          },
        });
    const { said, chosen, node, victims, clears } = answer(kept, pod);
    expect([round, said]).toEqual([round, answer(newProfile(), pod).said]);
    if (chosen !== undefined) {
      met.chosen++;
      cluster.nominations.delete(pod.uid);
      cluster.setPod(pod, chosen);
      placed.push(pod.uid);
    } else if (node !== undefined) {
      met.pushed++;
      cluster.nominations.set(pod, node);
      waiting.push(pod);
      // Some are gone at once, others stay for a while.
      for (const uid of victims ?? []) if (dice.int(2) === 0) cluster.removePod(uid);
    } else {
      met.nowhere++;
      if (clears === true) cluster.nominations.delete(pod.uid);
    }
    for (const uid of placed) {
      const known = cluster.placement(uid)?.pod;
      if (known === undefined || dice.int(4) > 0) continue;
      const startTime = formatTime(1_000_000 + dice.int(1000) * 1000);
      cluster.refreshPod(new PodInfo({ ...known.pod, status: { startTime } }, known));
    }
    if (round % 5 === 0) cluster.removePod(pick(placed));
    const changed = round % 7 === 0 ? cluster.node(`n${dice.int(NODES)}`)?.node : undefined;
    if (changed !== undefined) cluster.setNode({ ...changed, spec: { unschedulable: dice.int(4) === 0 } });
  }
  // All of it was tried.
  expect(Object.values(met).map((times) => times > 30)).toEqual([true, true, true]);
});
