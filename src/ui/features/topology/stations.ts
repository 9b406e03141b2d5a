/** A station is anything in the sea that has a place: `pod/<uid>`, `node/<name>`, `service/<uid>`, `workload/<uid>`, `laptop`. */
import type { ObjectRef } from "../../../worker/protocol.ts";
import { useCluster } from "../../state/cluster.ts";
import type { Box } from "./geometry.ts";

export function refOfStation(station: string): ObjectRef | null {
  const { pods, services, workloads } = useCluster.getState();
  const cut = station.indexOf("/");
  const id = station.slice(cut + 1);
  switch (station.slice(0, cut)) {
    case "node":
      return { kind: "Node", namespace: "", name: id };
    case "pod": {
      const pod = pods.get(id);
      return pod === undefined ? null : { kind: "Pod", namespace: pod.namespace, name: pod.name };
    }
    case "service": {
      const service = services.get(id);
      return service === undefined ? null : { kind: "Service", namespace: service.namespace, name: service.name };
    }
    case "workload": {
      const one = workloads.get(id);
      return one === undefined ? null : { kind: one.kind, namespace: one.namespace, name: one.name };
    }
    default:
      return null;
  }
}

export function stationOfRef(ref: ObjectRef): string | null {
  const { pods, services, workloads } = useCluster.getState();
  const same = (one: { namespace: string; name: string }): boolean =>
    one.name === ref.name && one.namespace === ref.namespace;
  if (ref.kind === "Node") return `node/${ref.name}`;
  if (ref.kind === "Pod") return prefixed("pod", [...pods.values()].find(same));
  if (ref.kind === "Service") return prefixed("service", [...services.values()].find(same));
  return prefixed(
    "workload",
    [...workloads.values()].find((one) => one.kind === ref.kind && same(one)),
  );
}

function prefixed(kind: string, found: { uid: string } | undefined): string | null {
  return found === undefined ? null : `${kind}/${found.uid}`;
}

const directions: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The nearest station in the direction of an arrow key: distance along it, with sideways distance counted three times. */
export function nextStation(stations: ReadonlyMap<string, Box>, from: string, key: string): string | undefined {
  const direction = directions[key];
  const start = stations.get(from);
  if (direction === undefined || start === undefined) return undefined;
  const [dx, dy] = direction;
  let best: string | undefined;
  let least = Infinity;
  for (const [station, box] of stations) {
    if (station === from || station === "laptop") continue;
    const x = anchor(box).x - anchor(start).x;
    const y = anchor(box).y - anchor(start).y;
    const ahead = x * dx + y * dy;
    if (ahead < 4) continue;
    const cost = ahead + 3 * Math.abs(x * dy + y * dx);
    if (cost < least) {
      least = cost;
      best = station;
    }
  }
  return best;
}

/** A dock is reached by its head line, everything else by its middle. */
function anchor(box: Box): { x: number; y: number } {
  const y = box.height > 90 ? box.y + 14 : box.y + box.height / 2;
  return { x: box.height > 90 ? box.x + 60 : box.x + box.width / 2, y };
}
