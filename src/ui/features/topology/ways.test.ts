import { expect, it } from "vitest";
import type { Edge } from "./edges.ts";
import type { Box } from "./geometry.ts";
import type { PlacedPod } from "./layout-cluster.ts";
import { wayOf } from "./ways.ts";

const dock: Box = { x: 378, y: 100, width: 400, height: 100 };
const service: Box = { x: 120, y: 126, width: 202, height: 48 };

function placed(uid: string, column: number): PlacedPod {
  const pod = { uid } as PlacedPod["pod"];
  return { pod, place: "dock/worker", column, x: 389 + column * 197, y: 131, width: 190, height: 44 };
}

const pods = new Map([placed("a", 0), placed("b", 1)].map((pod) => [pod.pod.uid, pod]));
const drawn: Edge = { id: "service/s>pod/a", from: "service/s", to: "pod/a", path: "M322 150H389", ready: true };
const sea = {
  stations: new Map<string, Box>([
    ["node/worker", dock],
    ["service/s", service],
    ...[...pods].map(([uid, box]): [string, Box] => [`pod/${uid}`, box]),
  ]),
  edges: [drawn],
  pods,
  tall: false,
};

it("what a request does among hidden stations is left out, and the way goes on where it is seen again", () => {
  const way = wayOf({ stations: ["pod/a", "service/hidden", "pod/hidden", "pod/a", "node/worker", "service/s"] }, sea);
  expect(way?.legs).toEqual([{ path: "M322 150C352.15 150 358.85 153 389 153", back: true }]);
});

it("a pod's request goes back along the line that a service would have to it, then on along the drawn line", () => {
  const way = wayOf({ stations: ["pod/b", "node/worker", "service/s", "pod/a"] }, sea);
  expect(way).toEqual({
    legs: [
      { path: "M322 150C347.2 150 352.8 127.5 378 127.5H578Q582.5 127.5 582.5 132.5V153H586", back: true },
      { path: "M322 150H389", back: false },
    ],
    edges: ["service/s>pod/a"],
  });
});

it("a request to what isn't shown goes nowhere: the node where it was rewritten is not its end", () => {
  expect(wayOf({ stations: ["pod/b", "node/worker", "service/hidden", "pod/hidden"] }, sea)).toBeNull();
});

it("where pods are too many to stand by themselves, a way ends at the dock", () => {
  const crowded = {
    ...sea,
    stations: new Map([
      ["node/worker", dock],
      ["service/s", service],
    ] as const),
    edges: [],
  };
  expect(wayOf({ stations: ["service/s", "pod/a"] }, crowded)?.legs).toHaveLength(1);
});
