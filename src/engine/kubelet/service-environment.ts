/**
 * Variables that tell a container of services. Upstream: pkg/kubelet/envvars/envvars.go.
 */
import type { Service } from "../api/generated/types.ts";

/** Adds `WEB_SERVICE_HOST`, `WEB_PORT_80_TCP_ADDR` and so on for each service that has a cluster IP. */
export function serviceEnvironment(services: Iterable<Service>): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { metadata, spec } of services) {
    const ip = spec.clusterIP ?? "";
    const ports = spec.ports ?? [];
    const first = ports[0];
    if (ip === "" || ip === "None" || first === undefined) continue;
    const prefix = variableName(metadata.name);
    env[`${prefix}_SERVICE_HOST`] = ip;
    env[`${prefix}_SERVICE_PORT`] = String(first.port);
    for (const { name, port } of ports) {
      if (name !== undefined && name !== "") env[`${prefix}_SERVICE_PORT_${variableName(name)}`] = String(port);
    }
    ports.forEach(({ port, protocol = "TCP" }, index) => {
      const kind = protocol.toLowerCase();
      const url = `${kind}://${ip}:${port}`;
      const name = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
      if (index === 0) env[`${prefix}_PORT`] = url;
      env[name] = url;
      env[`${name}_PROTO`] = kind;
      env[`${name}_PORT`] = String(port);
      env[`${name}_ADDR`] = ip;
    });
  }
  return env;
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}
