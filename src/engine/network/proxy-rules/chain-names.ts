/** Names of kube-proxy's chains. Upstream: pkg/proxy/iptables/proxier.go, pkg/proxy/nftables/proxier.go. */
import { utf8Encode } from "../../base/base64.ts";
import { sha256 } from "../../base/digests.ts";
import { formatAddress, formatSocket } from "../address.ts";
import type { Endpoint, ServiceRule } from "../service-rules.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const MAX_NFT_NAME = 240;

/** The first `length` digits of the text's SHA-256 in base 32 (RFC 4648). */
function hash(text: string, length: number): string {
  const digest = sha256(utf8Encode(text));
  const bits = [...digest].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, "0")).join("");
  let result = "";
  for (let at = 0; at < length; at++) result += ALPHABET[Number.parseInt(bits.slice(at * 5, at * 5 + 5), 2)];
  return result;
}

const known = new WeakMap<ServiceRule, string>();

/** What the service's chains of iptables have in common: `KUBE-SVC-<this>`, `KUBE-SVL-<this>`, `KUBE-EXT-<this>` … */
export function serviceHash(rule: ServiceRule): string {
  let text = known.get(rule);
  if (text === undefined) {
    text = hash(rule.portName + rule.protocol.toLowerCase(), 16);
    known.set(rule, text);
  }
  return text;
}

export function endpointChain(rule: ServiceRule, { address, port }: Endpoint): string {
  return `KUBE-SEP-${hash(rule.portName + rule.protocol.toLowerCase() + formatSocket(address, port), 16)}`;
}

/** What the chains of nftables have in common: `service-<this>`, `external-<this>`, `firewall-<this>`. */
export function nftServiceName(rule: ServiceRule): string {
  return hashed(nftBase(rule));
}

export function nftEndpointName(rule: ServiceRule, { address, port }: Endpoint): string {
  const text = formatAddress(address).replaceAll(":", ".");
  return hashed(`${nftBase(rule)}__${text}/${port}`);
}

function nftBase({ service, portName, protocol }: ServiceRule): string {
  return `${service}/${protocol.toLowerCase()}/${portName.slice(service.length + 1)}`;
}

function hashed(name: string): string {
  const full = `${hash(name, 8)}-${name}`;
  return full.length <= MAX_NFT_NAME ? full : `${full.slice(0, MAX_NFT_NAME - 3)}...`;
}
