/**
 * Why a webhook can't be reached. Upstream: apiserver pkg/util/webhook/client.go, kube-aggregator's ClusterIP resolver.
 * Simplified: webhooks behind services are called over the cluster's network and must answer at once; URLs are not: their
 * host isn't found. Without a network a service that is there refuses the connection.
 */
import type { Service, ValidatingWebhook } from "../../../api/generated/types.ts";
import { services } from "../../../api/registry.ts";
import type { ServerContext } from "../../server-context.ts";

/** `Post "https://hook.tools.svc:443/check?timeout=10s": service "hook" not found` */
export function callFailure({ clientConfig, timeoutSeconds = 10 }: ValidatingWebhook, context: ServerContext): string {
  const { service, url = "" } = clientConfig;
  const timeout = `timeout=${timeoutSeconds}s`;
  if (service === undefined) return `Post "${url}?${timeout}": ${unreachable(url)}`;
  const { name, namespace, path = "", port = 443 } = service;
  const target = `https://${name}.${namespace}.svc:${port}${path === "" ? "/" : path}?${timeout}`;
  const found = context.objects.get(services, namespace, name) as Service | undefined;
  return `Post "${target}": ${serviceFailure(found, { name, port })}`;
}

function serviceFailure(service: Service | undefined, { name, port }: { name: string; port: number }): string {
  if (service === undefined) return `service "${name}" not found`;
  const { clusterIP = "", ports = [], externalName } = service.spec;
  if (externalName !== undefined) return `dial tcp: lookup ${externalName}: no such host`;
  if (!ports.some((served) => served.port === port)) return `no service port ${port} found for service "${name}"`;
  if (clusterIP === "" || clusterIP === "None") return `unsupported service type "ClusterIP"`;
  return `dial tcp ${clusterIP}:${port}: connect: connection refused`;
}

function unreachable(url: string): string {
  const host = /^https:\/\/([^/?#]+)/.exec(url)?.[1] ?? "";
  const [, name = host, port = "443"] = /^(.*?)(?::(\d+))?$/.exec(host) ?? [];
  return /^[\d.]+$/.test(name)
    ? `dial tcp ${name}:${port}: connect: connection refused`
    : `dial tcp: lookup ${name}: no such host`;
}
