/**
 * GRPCRoutes as what they are on the wire: a call of `package.Service/Method` is a POST to `/package.Service/Method`.
 * Upstream: gateway-api apis/v1/grpcroute_types.go.
 */
import { memoize } from "../../api/meta/share.ts";
import type { GrpcMatch, GrpcRoute, HttpRoute, Match } from "./kinds.ts";

const ANY_WORD = "[^/]+";

/** The route that a listener can rank among those of HTTP; its kind stays, and so does what its status is written to. */
export const asHttpRoute = memoize((route: GrpcRoute): HttpRoute => {
  const rules = (route.spec.rules ?? []).map((rule) => ({
    ...rule,
    matches: (rule.matches ?? [{}]).map(asHttpMatch),
  }));
  return { ...route, kind: "GRPCRoute", spec: { ...route.spec, rules } };
});

function asHttpMatch({ method = {}, headers }: GrpcMatch): Match {
  return { path: pathOf(method), ...(headers !== undefined && { headers }) };
}

function pathOf({
  type = "Exact",
  service = "",
  method = "",
}: NonNullable<GrpcMatch["method"]>): NonNullable<Match["path"]> {
  if (service === "" && method === "") return { type: "PathPrefix", value: "/" };
  if (type === "Exact" && method === "") return { type: "PathPrefix", value: `/${service}` };
  if (type === "Exact" && service !== "") return { type: "Exact", value: `/${service}/${method}` };
  const part = (text: string): string =>
    text === "" ? ANY_WORD : type === "Exact" ? text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&") : `(?:${text})`;
  return { type: "RegularExpression", value: `/${part(service)}/${part(method)}` };
}
