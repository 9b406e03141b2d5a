/**
 * Tells kubelets by an annotation how long they may go on with config maps and secrets that they have read: the more nodes,
 * the longer. Upstream: pkg/controller/ttl/ttl_controller.go.
 */
import type { Node } from "../api/generated/types.ts";
import { isNotFound } from "../api/meta/status-error.ts";
import { nodes } from "../api/registry.ts";
import { defineController } from "./define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "./define-controller.ts";

const ANNOTATION = "node.alpha.kubernetes.io/ttl";

/** `min`, `max`: how few and how many nodes a step is for; `ttl` in seconds. Neighbours overlap, so that nothing flaps. */
const STEPS: readonly { min: number; max: number; ttl: number }[] = [
  { min: 0, max: 100, ttl: 0 },
  { min: 90, max: 500, ttl: 15 },
  { min: 450, max: 1000, ttl: 30 },
  { min: 900, max: 2000, ttl: 60 },
  { min: 1800, max: Infinity, ttl: 300 },
];

/** How many nodes there are, and the step that holds for so many. */
export class NodeTtl {
  private count: number;
  private step: number;

  constructor(count = 0, step = 0) {
    this.count = count;
    this.step = step;
  }

  get seconds(): number {
    return STEPS[this.step]?.ttl ?? 0;
  }

  added(): void {
    this.count++;
    if (this.count > (STEPS[this.step]?.max ?? Infinity)) this.step++;
  }

  removed(): void {
    this.count--;
    if (this.count < (STEPS[this.step]?.min ?? 0)) this.step--;
  }
}

export function nodeTtlController(): ControllerDefinition<Node> {
  const ttl = new NodeTtl();
  return defineController<Node>({
    name: "ttl-controller",
    for: nodes,
    keys: (node) => (node.metadata.annotations?.[ANNOTATION] === String(ttl.seconds) ? [] : [node.metadata.name]),
    setup(informers) {
      informers.informer(nodes).addHandler({ onAdd: () => ttl.added(), onDelete: () => ttl.removed() });
    },
    reconcile: (ctx, name) => reconcile(ctx, name, String(ttl.seconds)),
  });
}

function reconcile(ctx: ControllerContext, name: string, seconds: string): ReconcileResult {
  const node = ctx.lister(nodes).get(name);
  if (node === undefined || node.metadata.annotations?.[ANNOTATION] === seconds) return {};
  try {
    ctx.client.resource(nodes).patch("", name, { metadata: { annotations: { [ANNOTATION]: seconds } } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return {};
}
