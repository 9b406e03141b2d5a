/**
 * What the controller of priority and fairness says of each schema: whether its level exists. Upstream: apiserver
 * pkg/util/flowcontrol/apf_controller.go.
 * Simplified: said when a schema is made or changed; no request ever waits for another.
 */
import type { FlowSchema } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { formatTime } from "../../base/time.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { ResourceHooks } from "../storage/resource-hooks.ts";

export class FlowSchemaStorage implements ResourceHooks {
  private readonly sim: Simulation;
  private readonly levelExists: (name: string) => boolean;

  constructor(sim: Simulation, levelExists: (name: string) => boolean) {
    this.sim = sim;
    this.levelExists = levelExists;
  }

  beginCreate(object: KubeObject): KubeObject {
    return this.withCondition(object as FlowSchema);
  }

  beginUpdate(object: KubeObject): KubeObject {
    return this.withCondition(object as FlowSchema);
  }

  private withCondition(schema: FlowSchema): FlowSchema {
    const level = schema.spec.priorityLevelConfiguration.name;
    if (level === "") return schema;
    const exists = this.levelExists(level);
    const status = exists ? "False" : "True";
    const { conditions = [] } = schema.status;
    const others = conditions.filter(({ type }) => type !== "Dangling");
    const before = conditions.find(({ type }) => type === "Dangling");
    const verdict = exists ? "and it exists" : "but there is no such object";
    const message = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)} ${verdict}`;
    if (before?.status === status && before.message === message) return schema;
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : formatTime(this.sim.now);
    const reason = exists ? "Found" : "NotFound";
    const condition = { type: "Dangling", status, lastTransitionTime, reason, message };
    return { ...schema, status: { ...schema.status, conditions: [...others, condition] } };
  }
}
