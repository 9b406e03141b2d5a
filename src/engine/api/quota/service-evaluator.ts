/** Services under quotas. Upstream: pkg/quota/v1/evaluator/core/services.go. */
import type { Service } from "../generated/types.ts";
import type { QuotaEvaluator } from "./evaluator.ts";

const COUNT = "count/services";
const RESOURCES = new Set([COUNT, "services", "services.nodeports", "services.loadbalancers"]);

export const serviceEvaluator: QuotaEvaluator<Service> = {
  updates: true,
  counts: (name) => RESOURCES.has(name),
  usage({ spec }) {
    const { type, ports = [], allocateLoadBalancerNodePorts = true } = spec;
    const balanced = type === "LoadBalancer";
    const fixed = ports.filter(({ nodePort = 0 }) => nodePort !== 0);
    const nodePorts =
      type === "NodePort" || (balanced && allocateLoadBalancerNodePorts) ? ports : balanced ? fixed : [];
    return {
      [COUNT]: "1",
      services: "1",
      "services.nodeports": String(nodePorts.length),
      "services.loadbalancers": balanced ? "1" : "0",
    };
  },
};
