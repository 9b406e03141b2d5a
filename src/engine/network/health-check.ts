/** The answer at a service's health check node port. Upstream: pkg/proxy/healthcheck/service_health.go. */
import type { Listener } from "../runtime/network-port.ts";
import type { ServiceRule } from "./service-rules.ts";

export function healthCheck(rule: ServiceRule, nodeName: string): Listener {
  return () => {
    const localEndpoints = rule.readyOn(nodeName);
    const [namespace = "", name = ""] = rule.service.split("/");
    const report = { service: { namespace, name }, localEndpoints, serviceProxyHealthy: true };
    return {
      status: localEndpoints > 0 ? 200 : 503,
      headers: {
        "content-type": "application/json",
        "x-content-type-options": "nosniff",
        "x-load-balancing-endpoint-weight": String(localEndpoints),
      },
      body: JSON.stringify(report, undefined, "\t"),
    };
  };
}
