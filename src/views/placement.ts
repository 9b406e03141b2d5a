/** How the scheduler came to its choice, or why it could make none, as rows of the inspector. */
import type { Pod } from "../engine/api/generated/types.ts";
import type { InspectorView } from "../worker/protocol.ts";

/** A decision as engine/diagnose explains it. */
export interface PlacementFacts {
  fitting: number;
  total: number;
  roomMade?: { node: string; victims: readonly string[] };
  nodes: readonly {
    node: string;
    total: number;
    plugins: readonly { name: string; weighted: number }[];
    rejected?: { plugin: string; reasons: readonly string[] };
  }[];
}

/** One reason why a pod has no node, with the key of its words. */
export interface PendingFacts {
  key: string;
  values: Readonly<Record<string, string | number>>;
}

type Row = InspectorView["rows"][number];

/** `scheduler: 2 of 3 nodes fit, worker-2 scored 187 to 164` */
export function placedByRow(placement: PlacementFacts | undefined, pod: Pod): Row[] {
  const node = pod.spec.nodeName ?? "";
  if (placement === undefined || node === "") return [];
  const { fitting, total, nodes } = placement;
  const mine = nodes.find((item) => item.node === node);
  // The best of the others; the fitting nodes come first.
  const next = nodes.find((item) => item.node !== node && item.rejected === undefined);
  const text =
    mine === undefined || next === undefined
      ? { key: "inspector.placed-by-only", values: { node, total } }
      : { key: "inspector.placed-by-score", values: { fitting, total, node, mine: mine.total, next: next.total } };
  return [
    { label: { key: "inspector.placed-by" }, value: `${fitting}/${total}`, text },
    ...roomMadeRow(placement, node),
  ];
}

/** `scheduler: pushed out default/batch-1 for it` */
function roomMadeRow({ roomMade }: PlacementFacts, node: string): Row[] {
  if (roomMade === undefined || roomMade.node !== node) return [];
  const victims = roomMade.victims.join(", ");
  return [
    {
      label: { key: "inspector.room-made" },
      value: victims,
      text: { key: "inspector.room-made-text", values: { victims, count: roomMade.victims.length } },
    },
  ];
}

export function scoresOf(placement: PlacementFacts | undefined): Pick<InspectorView, "scores"> {
  if (placement === undefined) return {};
  const scores = placement.nodes.map(({ node, total, plugins, rejected }) => {
    const rated = { node, total, plugins: plugins.map(({ name, weighted }) => ({ name, weighted })) };
    return rejected === undefined
      ? rated
      : { ...rated, rejected: `${rejected.plugin}: ${rejected.reasons.join(", ")}` };
  });
  return { scores };
}

/** One row for each reason that keeps the pod from the nodes. */
export function pendingRows(findings: readonly PendingFacts[]): Row[] {
  return findings.map(({ key, values }) => ({
    label: { key: "inspector.kept-out" },
    value: String(values["reason"] ?? ""),
    text: { key: `diagnose.${key}`, values: { ...values } },
  }));
}
