/** What a Gateway's status says of it and of its listeners. Upstream: gateway-api apis/v1/gateway_types.go. */
import { kindsOf, verdict } from "./attachment.ts";
import type { Verdict } from "./attachment.ts";
import type { Gateway, Listener } from "./kinds.ts";

export function listenerVerdicts(
  listener: Listener,
  { trouble, conflict }: { trouble: { reason: string; message: string } | undefined; conflict: string | undefined },
): Verdict[] {
  const { protocol } = listener;
  const ok = protocol === "HTTP" || protocol === "HTTPS";
  const { wrong } = kindsOf(listener);
  const refs =
    wrong === undefined
      ? trouble
      : { reason: "InvalidRouteKinds", message: `Routes of kind ${wrong} are not supported` };
  const programmed = ok && conflict === undefined && trouble === undefined;
  const why = trouble?.message ?? conflict ?? "";
  return [
    ok
      ? verdict("Accepted", true, "Accepted", "Listener is accepted")
      : verdict("Accepted", false, "UnsupportedProtocol", `${protocol} is not supported`),
    verdict("Programmed", programmed, programmed ? "Programmed" : "Invalid", programmed ? "" : why),
    verdict("ResolvedRefs", refs === undefined, refs?.reason ?? "ResolvedRefs", refs?.message ?? ""),
    verdict("Conflicted", conflict !== undefined, conflict ?? "NoConflicts"),
  ];
}

export function isSound(verdicts: readonly Verdict[]): boolean {
  return verdicts.every(({ type, status }) => (type === "Conflicted") === (status === "False"));
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
