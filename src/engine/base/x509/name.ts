/** Who a certificate speaks of. Source: RFC 5280 (Name), RFC 4514 (its text). */
import { utf8Decode, utf8Encode } from "../base64.ts";
import { childrenOf, encodeDer, OBJECT_ID, SEQUENCE, SET, UTF8_STRING } from "./der.ts";
import type { Der } from "./der.ts";

/** Attributes that Kubernetes reads, and a few more that tutorials set: name and the last byte of 2.5.4.x. */
const ATTRIBUTES: readonly (readonly [string, number])[] = [
  ["C", 6],
  ["ST", 8],
  ["L", 7],
  ["O", 10],
  ["OU", 11],
  ["CN", 3],
  ["serialNumber", 5],
  ["street", 9],
  ["postalCode", 17],
];
const PREFIX = [0x55, 0x04];

/** In the order of the certificate: `[["O", "devs"], ["CN", "jane"]]`. */
export type Name = readonly (readonly [string, string])[];

export function commonName(name: Name): string {
  return name.findLast(([key]) => key === "CN")?.[1] ?? "";
}

export function organizations(name: Name): string[] {
  return name.filter(([key]) => key === "O").map(([, value]) => value);
}

/** `O = devs, CN = jane`, as openssl shows it. */
export function formatName(name: Name): string {
  return name.map(([key, value]) => `${key} = ${value}`).join(", ");
}

/** `/CN=jane/O=devs`, as openssl's `-subj` takes it; undefined when it doesn't begin with a slash or names something else. */
export function parseSubject(text: string): Name | undefined {
  if (!text.startsWith("/")) return undefined;
  const name: [string, string][] = [];
  for (const part of text.slice(1).split(/(?<!\\)[/+]/)) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const key = part.slice(0, equals);
    if (equals < 1 || !ATTRIBUTES.some(([known]) => known === key)) return undefined;
    name.push([key, part.slice(equals + 1).replaceAll("\\/", "/")]);
  }
  return name;
}

export function encodeName(name: Name): number[] {
  const parts = name.map(([key, value]) => {
    const last = ATTRIBUTES.find(([known]) => known === key)?.[1] as number;
    const type = encodeDer(OBJECT_ID, [...PREFIX, last]);
    return encodeDer(SET, encodeDer(SEQUENCE, type, encodeDer(UTF8_STRING, utf8Encode(value))));
  });
  return encodeDer(SEQUENCE, ...parts);
}

export function decodeName(value: Der | undefined): Name {
  const name: [string, string][] = [];
  for (const set of childrenOf(value)) {
    for (const pair of childrenOf(set, SET)) {
      const [type, text] = childrenOf(pair);
      const known = ATTRIBUTES.find(([, last]) => type?.content.join() === [...PREFIX, last].join());
      if (known !== undefined && text !== undefined) name.push([known[0], utf8Decode(text.content)]);
    }
  }
  return name;
}
