/** What a Gateway's status says of it and of its listeners. Upstream: gateway-api apis/v1/gateway_types.go. */
import { verdict } from "./attachment.ts";
import type { Verdict } from "./attachment.ts";
import type { Gateway, Listener } from "./kinds.ts";
import { kindsOf } from "./listeners.ts";
import type { CertificateTrouble } from "./listeners.ts";

/** What has been found of a listener, beside what it says itself. */
export interface ListenerFindings {
  readonly trouble?: CertificateTrouble | undefined;
  readonly conflict?: string | undefined;
  /** Another listener of its port serves names that it serves too. */
  readonly overlapping?: boolean;
  /** False iff it needs a certificate and none can be had. */
  readonly certified?: boolean;
}

const OVERLAP = "OverlappingTLSConfig";

export function listenerVerdicts(listener: Listener, findings: ListenerFindings): Verdict[] {
  const { trouble, conflict, overlapping = false, certified = true } = findings;
  const { protocol } = listener;
  const ok = protocol === "HTTP" || protocol === "HTTPS";
  const { wrong } = kindsOf(listener);
  const refs =
    wrong === undefined
      ? trouble
      : { reason: "InvalidRouteKinds", message: `Routes of kind ${wrong} are not supported` };
  const programmed = ok && conflict === undefined && certified;
  const why = conflict ?? trouble?.message ?? "";
  return [
    !ok
      ? verdict("Accepted", false, "UnsupportedProtocol", `${protocol} is not supported`)
      : conflict === undefined
        ? verdict("Accepted", true, "Accepted", "Listener is accepted")
        : verdict("Accepted", false, "Invalid", `Another listener is in its way: ${conflict}`),
    verdict("Programmed", programmed, programmed ? "Programmed" : "Invalid", programmed ? "" : why),
    verdict("ResolvedRefs", refs === undefined, refs?.reason ?? "ResolvedRefs", refs?.message ?? ""),
    verdict("Conflicted", conflict !== undefined, conflict ?? "NoConflicts"),
    ...(overlapping
      ? [verdict(OVERLAP, true, "OverlappingHostnames", "Another listener of this port serves the same host names")]
      : []),
  ];
}

export function isSound(verdicts: readonly Verdict[]): boolean {
  return verdicts.every(({ type, status }) => type === OVERLAP || (type === "Conflicted") === (status === "False"));
}

const NO_ADDRESS = "No addresses have been assigned to the Gateway";

/**
 * `sound`: how many of its listeners have nothing wrong. `addressed`: whether its Service has been given an address; without
 * one it is not programmed, as Envoy Gateway and nginx Gateway Fabric have it.
 */
export function gatewayVerdicts(
  { spec }: Gateway,
  { sound, addressed }: { sound: number; addressed: boolean },
): Verdict[] {
  const all = sound === spec.listeners.length;
  if ((spec.addresses ?? []).length > 0) {
    const message = "Addresses can't be asked for here";
    return [
      verdict("Accepted", false, "UnsupportedAddress", message),
      verdict("Programmed", false, "AddressNotUsable", message),
    ];
  }
  if (spec.infrastructure !== undefined) {
    const message = "Infrastructure can't be asked for here";
    return [verdict("Accepted", false, "InvalidParameters", message), verdict("Programmed", false, "Invalid", message)];
  }
  const reason = all ? "Accepted" : "ListenersNotValid";
  const message = all ? "Gateway is accepted" : "One or more listeners are not valid";
  return [
    verdict("Accepted", sound > 0, reason, message),
    sound === 0
      ? verdict("Programmed", false, "Invalid", "No listener is valid")
      : addressed
        ? verdict("Programmed", true, "Programmed", "Gateway is programmed")
        : verdict("Programmed", false, "AddressNotAssigned", NO_ADDRESS),
  ];
}
