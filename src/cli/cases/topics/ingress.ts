/** The Ingress documentation's tables, answered by what ingress-nginx makes of an Ingress. */
import type { Ingress } from "../../../engine/api/generated/types.ts";
import { hostMatches } from "../../../engine/network/ingress/path-match.ts";
import { buildTable, findLocation, findServer } from "../../../engine/network/ingress/routing-table.ts";
import type { DataCase } from "../topic.ts";
import { defineTopic, expectEqual, unknownKind } from "../topic.ts";

interface Path {
  path: string;
  pathType: string;
}

interface IngressCase extends DataCase {
  paths?: Path[];
  request?: string;
  matches?: boolean;
  winner?: Path;
  host?: string;
  hostHeader?: string;
  rules?: { host?: string; backend: string }[];
  requests?: { host: string; backend: string }[];
}

export const ingress = defineTopic<IngressCase>({
  topic: "ingress",
  run(item) {
    if (item.kind === "ingressHost")
      return expectEqual(item.matches, hostMatches(item.host ?? "", item.hostHeader ?? ""));
    if (item.kind === "ingressPath") {
      const { paths = [], request = "" } = item;
      const rule = { http: { paths: paths.map((path) => ({ ...path, backend: backend("web") })) } };
      const found = findLocation(findServer(buildTable([made([rule])]), "any.example"), request);
      const won = found === undefined ? undefined : { path: found.path, pathType: found.pathType };
      return expectEqual({ matches: item.matches, winner: item.winner }, { matches: won !== undefined, winner: won });
    }
    if (item.kind !== "ingressRouting") return unknownKind(item.kind);
    const rules = (item.rules ?? []).map((rule) => ({
      ...(rule.host !== undefined && { host: rule.host }),
      http: { paths: [{ path: "/", pathType: "Prefix", backend: backend(rule.backend) }] },
    }));
    const table = buildTable([made(rules)]);
    const got = (item.requests ?? []).map(({ host }) => ({
      host,
      backend: findLocation(findServer(table, host), "/")?.backend.service?.split("/")[1],
    }));
    return expectEqual(item.requests, got);
  },
});

function backend(name: string): object {
  return { service: { name, port: { number: 80 } } };
}

function made(rules: readonly object[]): Ingress {
  const object: object = { metadata: { name: "test", namespace: "default" }, spec: { rules } };
  return object as Ingress;
}
