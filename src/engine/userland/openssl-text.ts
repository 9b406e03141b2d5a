/**
 * What `openssl x509 -text` shows of a certificate. Upstream: openssl crypto/x509/t_x509.c, crypto/x509/v3_*.c.
 *
 * **Simplified:** the extensions that certificates of clusters have; of a key that is no RSA key, its kind alone.
 */
import { childrenOf, parseDer } from "../base/x509/der.ts";
import type { Der } from "../base/x509/der.ts";
import { parseCertificate } from "../base/x509/certificate.ts";
import { decodePem } from "../base/x509/pem.ts";
import { formatName } from "../base/x509/name.ts";

const ALGORITHMS: Readonly<Record<string, string>> = {
  "42,134,72,134,247,13,1,1,1": "rsaEncryption",
  "42,134,72,134,247,13,1,1,11": "sha256WithRSAEncryption",
  "42,134,72,206,61,2,1": "id-ecPublicKey",
  "42,134,72,206,61,4,3,2": "ecdsa-with-SHA256",
};
const RSA = "rsaEncryption";

interface Extension {
  /** As `-ext` asks for it. */
  short: string;
  title: string;
  lines(value: Der, names: readonly string[]): string[];
}

const USAGES =
  "Digital Signature,Non Repudiation,Key Encipherment,Data Encipherment,Key Agreement,Certificate Sign,CRL Sign,Encipher Only".split(
    ",",
  );
const PURPOSES: Readonly<Record<number, string>> = {
  1: "TLS Web Server Authentication",
  2: "TLS Web Client Authentication",
};

const EXTENSIONS: Readonly<Record<string, Extension>> = {
  "85,29,15": { short: "keyUsage", title: "Key Usage", lines: ({ content }) => [usages(content)] },
  "85,29,37": {
    short: "extendedKeyUsage",
    title: "Extended Key Usage",
    lines: (value) => [
      childrenOf(value)
        .map(({ content }) => PURPOSES[content.at(-1) ?? 0] ?? "")
        .join(", "),
    ],
  },
  "85,29,19": {
    short: "basicConstraints",
    title: "Basic Constraints",
    lines: (value) => [
      childrenOf(value).some(({ tag, content }) => tag === 1 && content[0] !== 0) ? "CA:TRUE" : "CA:FALSE",
    ],
  },
  "85,29,14": {
    short: "subjectKeyIdentifier",
    title: "Subject Key Identifier",
    lines: ({ content }) => [upper(content)],
  },
  "85,29,35": {
    short: "authorityKeyIdentifier",
    title: "Authority Key Identifier",
    lines: (value) => [upper(childrenOf(value)[0]?.content ?? [])],
  },
  "85,29,17": {
    short: "subjectAltName",
    title: "Subject Alternative Name",
    lines: (_, names) => [names.map((name) => name.replace(/^IP:/, "IP Address:")).join(", ")],
  },
};

/** Of the bits that are set, the first one first. */
function usages([, ...bytes]: readonly number[]): string {
  return USAGES.filter((_, bit) => (((bytes[bit >> 3] ?? 0) << (bit & 7)) & 0x80) !== 0).join(", ");
}

function hex(bytes: readonly number[]): string[] {
  return bytes.map((byte) => byte.toString(16).padStart(2, "0"));
}

function upper(bytes: readonly number[]): string {
  return hex(bytes).join(":").toUpperCase();
}

/** So many bytes a line, every line but the last with a colon at its end. */
function block(bytes: readonly number[], { width, indent }: { width: number; indent: number }): string[] {
  const all = hex(bytes);
  const lines: string[] = [];
  for (let at = 0; at < all.length; at += width) {
    const end = at + width < all.length ? ":" : "";
    lines.push(`${" ".repeat(indent)}${all.slice(at, at + width).join(":")}${end}`);
  }
  return lines;
}

interface Parts {
  serial: readonly number[];
  algorithm: string;
  publicKey: Der | undefined;
  extensions: readonly { known: Extension | undefined; critical: boolean; value: Der }[];
  signature: readonly number[];
}

function partsOf(pem: string): Parts {
  const [signed, algorithm, signature] = childrenOf(parseDer(decodePem(pem)?.bytes ?? []));
  const all = childrenOf(signed);
  const [serial, , , , , publicKey] = all.filter(({ tag }) => tag !== 0xa0);
  const list = all.find(({ tag }) => tag === 0xa3);
  return {
    serial: serial?.content ?? [],
    algorithm: nameOf(childrenOf(algorithm)[0]),
    publicKey,
    extensions: (list === undefined ? [] : childrenOf(parseDer(list.content))).map((extension) => {
      const [id, ...rest] = childrenOf(extension);
      const value = parseDer(rest.at(-1)?.content ?? []);
      return { known: EXTENSIONS[id?.content.join() ?? ""], critical: rest.length > 1, value };
    }),
    signature: signature?.content.slice(1) ?? [],
  };
}

function nameOf(id: Der | undefined): string {
  return ALGORITHMS[id?.content.join() ?? ""] ?? "unknown";
}

/** `7841D1FE58BBFA4A` */
export function serialText(pem: string): string {
  return hex(partsOf(pem).serial)
    .join("")
    .toUpperCase()
    .replace(/^00(?=..)/, "");
}

/** What `-ext` shows: of those that are asked for, in the certificate's order. */
export function extensionTexts(pem: string, wanted: readonly string[]): string[] {
  const { alternativeNames = [] } = parseCertificate(pem) ?? {};
  return partsOf(pem).extensions.flatMap(({ known, critical, value }) =>
    known === undefined || !wanted.includes(known.short)
      ? []
      : [
          `X509v3 ${known.title}: ${critical ? "critical" : ""}`,
          ...known.lines(value, alternativeNames).map((line) => `    ${line}`),
        ],
  );
}

/** `date`: of a moment, as openssl writes it. */
export function certificateText(pem: string, date: (ms: number) => string): string[] {
  const certificate = parseCertificate(pem);
  if (certificate === undefined) return [];
  const { subject, issuer, notBefore, notAfter } = certificate;
  const { serial, algorithm, publicKey, extensions, signature } = partsOf(pem);
  const shown = extensionTexts(
    pem,
    extensions.flatMap(({ known }) => known?.short ?? []),
  );
  return [
    "Certificate:",
    "    Data:",
    "        Version: 3 (0x2)",
    ...serialLines(serial),
    `        Signature Algorithm: ${algorithm}`,
    `        Issuer: ${formatName(issuer)}`,
    "        Validity",
    `            Not Before: ${date(notBefore)}`,
    `            Not After : ${date(notAfter)}`,
    `        Subject: ${formatName(subject)}`,
    "        Subject Public Key Info:",
    ...keyLines(publicKey),
    ...(shown.length === 0 ? [] : ["        X509v3 extensions:", ...shown.map((line) => `            ${line}`)]),
    `    Signature Algorithm: ${algorithm}`,
    "    Signature Value:",
    ...block(signature, { width: 18, indent: 8 }),
  ];
}

/** A number of up to eight bytes, a longer one as bytes. */
function serialLines(serial: readonly number[]): string[] {
  const digits = hex(serial)
    .join("")
    .replace(/^(00)+(?=..)/, "");
  if (digits.length <= 16 && (serial[0] ?? 0) < 0x80) {
    return [`        Serial Number: ${BigInt(`0x${digits}`)} (0x${digits.replace(/^0(?=.)/, "")})`];
  }
  return ["        Serial Number:", `            ${hex(serial).join(":")}`];
}

function keyLines(key: Der | undefined): string[] {
  const [algorithm, bits] = childrenOf(key);
  const kind = nameOf(childrenOf(algorithm)[0]);
  const head = [`            Public Key Algorithm: ${kind}`];
  if (kind !== RSA || bits === undefined) return head;
  const [modulus, exponent] = childrenOf(parseDer(bits.content.slice(1)));
  const number = Number(`0x${hex(exponent?.content ?? []).join("")}`);
  const size = (modulus?.content.filter((byte, at) => at > 0 || byte !== 0).length ?? 0) * 8;
  return [
    ...head,
    `                Public-Key: (${size} bit)`,
    "                Modulus:",
    ...block(modulus?.content ?? [], { width: 15, indent: 20 }),
    `                Exponent: ${number} (0x${number.toString(16)})`,
  ];
}
