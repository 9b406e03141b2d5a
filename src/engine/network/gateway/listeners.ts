/**
 * What of a Gateway's listeners can be had: the kinds of routes that they take, their certificates, and which stand in each
 * other's way. Upstream: gateway-api apis/v1/gateway_types.go.
 */
import { decodeBase64 } from "../../base/base64.ts";
import { decodePem } from "../../base/x509/pem.ts";
import type { GatewayFacts } from "./attachment.ts";
import { isGranted } from "./grants.ts";
import { GROUP, ROUTE_KINDS } from "./kinds.ts";
import type { Gateway, Listener, RouteKind, SecretRef } from "./kinds.ts";
import { covers } from "./route-match.ts";

/** What a listener's status says in place of a certificate. */
export interface CertificateTrouble {
  readonly reason: string;
  readonly message: string;
}

/** The kinds of routes that a listener takes; `wrong`: it asks for one that nobody takes. */
export function kindsOf({ protocol, allowedRoutes }: Listener): { kinds: RouteKind[]; wrong: string | undefined } {
  const all = protocol === "HTTP" || protocol === "HTTPS" ? ROUTE_KINDS : [];
  const asked = allowedRoutes?.kinds ?? [];
  if (asked.length === 0) return { kinds: [...all], wrong: undefined };
  const takes = ({ kind, group = GROUP }: { kind: string; group?: string }): boolean =>
    group === GROUP && all.some((known) => known === kind);
  return {
    kinds: all.filter((known) => asked.some((each) => takes(each) && each.kind === known)),
    wrong: asked.find((each) => !takes(each))?.kind,
  };
}

/** A listener's certificates in PEM, the ones that can be had, and what is wrong with the first of the others. */
export function certificatesOf(
  gateway: Gateway,
  { protocol, tls }: Listener,
  facts: Pick<GatewayFacts, "grants" | "secret">,
): { pems: string[]; trouble?: CertificateTrouble } {
  if (protocol !== "HTTPS") return { pems: [] };
  const refs = tls?.certificateRefs ?? [];
  if (refs.length === 0)
    return { pems: [], trouble: { reason: INVALID_CERTIFICATE, message: "the listener names no certificate" } };
  const pems: string[] = [];
  let trouble: CertificateTrouble | undefined;
  for (const ref of refs) {
    const found = certificateOf(gateway, ref, facts);
    if (typeof found === "string") pems.push(found);
    else trouble ??= found;
  }
  return trouble === undefined ? { pems } : { pems, trouble };
}

const INVALID_CERTIFICATE = "InvalidCertificateRef";

function certificateOf(
  gateway: Gateway,
  ref: SecretRef,
  facts: Pick<GatewayFacts, "grants" | "secret">,
): string | CertificateTrouble {
  const own = gateway.metadata.namespace ?? "";
  const { group = "", kind = "Secret", namespace = own, name } = ref;
  const invalid = (message: string): CertificateTrouble => ({ reason: INVALID_CERTIFICATE, message });
  if (group !== "" || kind !== "Secret")
    return invalid(`certificates of kind ${group === "" ? kind : `${kind}.${group}`} are not supported`);
  const key = `${namespace}/${name}`;
  const reference = { from: { kind: "Gateway", namespace: own }, to: { kind: "Secret", namespace, name } };
  if (!isGranted(facts.grants, reference))
    return { reason: "RefNotPermitted", message: `No ReferenceGrant allows secret ${key}` };
  const data = facts.secret(key)?.data?.["tls.crt"];
  if (data === undefined) return invalid(`secret ${key} not found`);
  const pem = decodeBase64(data);
  return decodePem(pem)?.type === "CERTIFICATE" ? pem : invalid(`secret ${key} holds no certificate in PEM`);
}

/**
 * Why a listener can't be had beside others of its Gateway: `ProtocolConflict` or `HostnameConflict`. None of those that
 * are in each other's way is had.
 */
export function conflictOf({ spec }: Gateway, listener: Listener): string | undefined {
  const others = spec.listeners.filter((each) => each !== listener && each.port === listener.port);
  if (others.some(({ protocol }) => protocol !== listener.protocol)) return "ProtocolConflict";
  return others.some(({ hostname = "" }) => hostname === (listener.hostname ?? "")) ? "HostnameConflict" : undefined;
}

/** True iff another listener of TLS on this port serves names that this one serves too. */
export function overlaps({ spec }: Gateway, listener: Listener): boolean {
  if (listener.protocol !== "HTTPS") return false;
  const { hostname = "" } = listener;
  return spec.listeners.some(
    (each) =>
      each !== listener &&
      each.port === listener.port &&
      each.protocol === "HTTPS" &&
      (covers(hostname, each.hostname ?? "") || covers(each.hostname ?? "", hostname)),
  );
}
