/** What a GatewayClass' status says. Upstream: gateway-api apis/v1/gatewayclass_types.go, pkg/features. */
import type { CustomResourceDefinition } from "../../api/generated/types.ts";
import { verdict } from "./attachment.ts";
import type { Verdict } from "./attachment.ts";
import { BUNDLE_VERSION, BUNDLE_VERSION_ANNOTATION, CONTROLLER_NAME } from "./kinds.ts";
import type { GatewayClass } from "./kinds.ts";

/** By name, as they have to be. */
const FEATURES = [
  "GRPCRoute",
  "GRPCRouteNamedRouteRule",
  "Gateway",
  "GatewayHTTPListenerIsolation",
  "GatewayPort8080",
  "HTTPRoute",
  "HTTPRoute303RedirectStatusCode",
  "HTTPRoute307RedirectStatusCode",
  "HTTPRoute308RedirectStatusCode",
  "HTTPRouteBackendRequestHeaderModification",
  "HTTPRouteBackendTimeout",
  "HTTPRouteHostRewrite",
  "HTTPRouteMethodMatching",
  "HTTPRouteNamedRouteRule",
  "HTTPRouteParentRefPort",
  "HTTPRoutePathRedirect",
  "HTTPRoutePathRewrite",
  "HTTPRoutePortRedirect",
  "HTTPRouteQueryParamMatching",
  "HTTPRouteRequestMirror",
  "HTTPRouteRequestMultipleMirrors",
  "HTTPRouteRequestPercentageMirror",
  "HTTPRouteRequestTimeout",
  "HTTPRouteResponseHeaderModification",
  "HTTPRouteSchemeRedirect",
  "ReferenceGrant",
].map((name) => ({ name }));

/** Conditions without their times, and what its controller can do. */
export interface ClassFindings {
  readonly verdicts: readonly Verdict[];
  readonly supportedFeatures: readonly { name: string }[];
}

/** `definition`: of the class' kind, which tells the release of the Gateway API that is installed. */
export function classFindings({ spec }: GatewayClass, definition: CustomResourceDefinition | undefined): ClassFindings {
  const installed = definition?.metadata.annotations?.[BUNDLE_VERSION_ANNOTATION];
  const minor = (version: string): string => version.split(".").slice(0, 2).join(".");
  const known = installed !== undefined && minor(installed) === minor(BUNDLE_VERSION);
  return {
    verdicts: [
      spec.parametersRef === undefined
        ? verdict("Accepted", true, "Accepted", `Handled by ${CONTROLLER_NAME}`)
        : verdict("Accepted", false, "InvalidParameters", "Parameters are not supported"),
      known
        ? verdict("SupportedVersion", true, "SupportedVersion", `Gateway API ${installed} is supported`)
        : verdict(
            "SupportedVersion",
            false,
            "UnsupportedVersion",
            `The definitions are of ${installed ?? "no known release"}, and ${minor(BUNDLE_VERSION)} is supported`,
          ),
    ],
    supportedFeatures: FEATURES,
  };
}
