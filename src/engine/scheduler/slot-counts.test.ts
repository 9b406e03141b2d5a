import { expect, it } from "vitest";
import { setDeepFreeze } from "../base/freeze.ts";
import { Simulation } from "../sim/simulation.ts";
import { clusterOf, podOf } from "./testing/plugin-case.ts";

setDeepFreeze(true);

it("SCHED105 counts by domain as a fresh count would, whatever pods and nodes do", () => {
  const random = new Simulation({ seed: 3 }).random("test");
  const cluster = clusterOf({ nodes: {} });
  const node = (index: number, zone: number): void => {
    const labels = { host: `n${index}`, ...(zone < 3 && { zone: `z${zone}` }) };
    const metadata = { name: `n${index}`, uid: `n${index}`, creationTimestamp: "", resourceVersion: "", labels };
    cluster.setNode({ apiVersion: "v1", kind: "Node", metadata, spec: {}, status: {} });
  };
  for (let index = 0; index < 8; index++) node(index, random.int(4));
  const counter = () => cluster.counter({ key: "web", matches: ({ labels }) => labels["app"] === "web" });
  const zones = () => {
    const sums = counter().by(cluster.topology("zone"));
    return Object.fromEntries(cluster.nodes.map(({ name, slot }) => [name, sums.at(slot)]));
  };
  const placed = new Map<string, { node: string; counts: boolean }>();
  const expected = () => {
    const byZone = new Map<string, number>();
    const zoneOf = (name: string) => cluster.node(name)?.labels["zone"];
    for (const { node: name, counts } of placed.values()) {
      const zone = zoneOf(name);
      if (counts && zone !== undefined) byZone.set(zone, (byZone.get(zone) ?? 0) + 1);
    }
    return Object.fromEntries(cluster.nodes.map(({ name }) => [name, byZone.get(zoneOf(name) ?? "") ?? 0]));
  };
  for (let step = 0; step < 400; step++) {
    const counts = random.int(2) === 0;
    const pod = podOf({ labels: { app: counts ? "web" : "db" } });
    const name = `n${random.int(8)}`;
    switch (random.int(5)) {
      case 0:
        node(random.int(8), random.int(4));
        break;
      case 1: {
        const [uid] = placed.keys();
        if (uid !== undefined) cluster.removePod(uid);
        placed.delete(uid ?? "");
        break;
      }
      case 2:
        cluster.removeNode(name);
        break;
      default:
        cluster.setPod(pod, name);
        placed.set(pod.uid, { node: name, counts });
    }
    expect(zones()).toEqual(expected());
  }
});
