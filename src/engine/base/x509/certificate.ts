/**
 * Certificates and the requests for them. Source: RFC 5280, RFC 2986.
 * Simplified: the signature is a checksum over what is signed and a secret of the authority, in the place of a real one;
 * who verifies it needs the secret. The rest is as in life: openssl can read these files, and requests that openssl made
 * can be read here.
 */
import { decodeName, encodeName } from "./name.ts";
import type { Name } from "./name.ts";
import {
  BIT_STRING,
  childrenOf,
  DerError,
  encodeDer,
  GENERALIZED_TIME,
  INTEGER,
  OBJECT_ID,
  OCTET_STRING,
  parseDer,
  SEQUENCE,
  SET,
  UTC_TIME,
} from "./der.ts";
import type { Der } from "./der.ts";
import { bytesFrom, newPrivateKey, publicKeyOf } from "./keys.ts";
import { decodePem, encodePem } from "./pem.ts";
import { utf8Decode, utf8Encode } from "../base64.ts";
import { hash53 } from "../hash.ts";

const SHA256_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const EXTENSION_REQUEST = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e];
const SUBJECT_ALT_NAME = [0x55, 0x1d, 0x11];
const BASIC_CONSTRAINTS = [0x55, 0x1d, 0x13];
const KEY_USAGE = [0x55, 0x1d, 0x0f];
const SUBJECT_KEY_ID = [0x55, 0x1d, 0x0e];
const AUTHORITY_KEY_ID = [0x55, 0x1d, 0x23];
const KEY_ID_BYTES = 20;
const EXTENDED_KEY_USAGE = [0x55, 0x1d, 0x25];
const PURPOSE = [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03];
const PURPOSES = { serverAuth: 1, clientAuth: 2 } as const;
const TRUE = [0x01, 0x01, 0xff];
const SIGNATURE_BYTES = 256;

export type Purpose = keyof typeof PURPOSES;

export interface CertificateRequest {
  readonly subject: Name;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: readonly number[];
  /** `DNS:a.example`, `IP:10.0.0.1`, `email:…`, `URI:…` */
  readonly alternativeNames: readonly string[];
}

export interface Certificate extends CertificateRequest {
  readonly issuer: Name;
  /** Virtual milliseconds since the Unix epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly purposes: readonly Purpose[];
}

const algorithm = (): number[] => encodeDer(SEQUENCE, encodeDer(OBJECT_ID, SHA256_RSA), [0x05, 0x00]);

/** Who can sign: a name, a certificate of its own, and a secret, which is its private key (PEM) where it has one to show. */
export class CertificateAuthority {
  readonly name: Name;
  /** PEM. */
  readonly certificate: string;
  private readonly secret: string;
  private readonly publicKey: readonly number[];

  constructor(name: Name, options: { secret: string; notBefore: number; notAfter: number }) {
    const { secret, notBefore, notAfter } = options;
    this.name = name;
    this.secret = secret;
    const publicKey = publicKeyOf(secret) ?? (publicKeyOf(newPrivateKey(secret)) as number[]);
    this.publicKey = publicKey;
    this.certificate = this.sign({ subject: name, publicKey, alternativeNames: [], notBefore, notAfter, purposes: [] });
  }

  issue(request: CertificateRequest, terms: Pick<Certificate, "notBefore" | "notAfter" | "purposes">): string {
    return this.sign({ ...request, ...terms });
  }

  /** The certificate that a PEM text is; undefined when it is none of this authority's. */
  verify(pem: string): Certificate | undefined {
    const block = decodePem(pem);
    if (block?.type !== "CERTIFICATE") return undefined;
    try {
      const [signed, , signature] = childrenOf(parseDer(block.bytes));
      if (signature?.content.slice(1).join() !== this.signature((signed as Der).whole).join()) return undefined;
      return parseCertificate(pem);
    } catch (error) {
      if (error instanceof DerError) return undefined;
      throw error;
    }
  }

  private sign(certificate: Omit<Certificate, "issuer">): string {
    const { subject, publicKey, alternativeNames, notBefore, notAfter, purposes } = certificate;
    const isAuthority = subject === this.name;
    const serial = bytesFrom(hash53(`${subject.join()} ${notBefore} ${publicKey.join()}`), 8);
    const extensions = [encodeExtension(KEY_USAGE, encodeDer(BIT_STRING, isAuthority ? [2, 0xa4] : [5, 0xa0]), true)];
    if (purposes.length > 0) {
      const ids = purposes.map((purpose) => encodeDer(OBJECT_ID, [...PURPOSE, PURPOSES[purpose]]));
      extensions.push(encodeExtension(EXTENDED_KEY_USAGE, encodeDer(SEQUENCE, ...ids)));
    }
    extensions.push(encodeExtension(BASIC_CONSTRAINTS, encodeDer(SEQUENCE, isAuthority ? TRUE : []), true));
    const keyId = bytesFrom(hash53(`key ${this.publicKey.join()}`), KEY_ID_BYTES);
    extensions.push(
      isAuthority
        ? encodeExtension(SUBJECT_KEY_ID, encodeDer(OCTET_STRING, keyId))
        : encodeExtension(AUTHORITY_KEY_ID, encodeDer(SEQUENCE, encodeDer(0x80, keyId))),
    );
    if (alternativeNames.length > 0) extensions.push(encodeAlternativeNames(alternativeNames));
    const signed = encodeDer(
      SEQUENCE,
      encodeDer(0xa0, encodeDer(INTEGER, [2])),
      encodeDer(INTEGER, [(0x5f & (serial[0] as number)) | 0x10, ...serial.slice(1)]),
      algorithm(),
      encodeName(this.name),
      encodeDer(SEQUENCE, encodeTime(notBefore), encodeTime(notAfter)),
      encodeName(subject),
      publicKey,
      encodeDer(0xa3, encodeDer(SEQUENCE, ...extensions)),
    );
    const bytes = encodeDer(SEQUENCE, signed, algorithm(), encodeDer(BIT_STRING, [0], this.signature(signed)));
    return encodePem({ type: "CERTIFICATE", bytes });
  }

  private signature(signed: readonly number[]): number[] {
    return bytesFrom(hash53(`${this.secret} ${signed.join()}`), SIGNATURE_BYTES);
  }
}

/** Any certificate, whoever has signed it; undefined when the text is none. */
export function parseCertificate(pem: string): Certificate | undefined {
  const block = decodePem(pem);
  if (block?.type !== "CERTIFICATE") return undefined;
  const [signed] = childrenOf(parseDer(block.bytes));
  const fields = childrenOf(signed).filter(({ tag }) => tag !== 0xa0);
  const [, , issuer, validity, subject, publicKey, ...rest] = fields;
  const [notBefore, notAfter] = childrenOf(validity).map(decodeTime);
  const list = rest.find(({ tag }) => tag === 0xa3);
  const extensions = list === undefined ? new Map<string, Der>() : decodeExtensions(parseDer(list.content));
  const usage = extensions.get(EXTENDED_KEY_USAGE.join());
  return {
    issuer: decodeName(issuer),
    subject: decodeName(subject),
    publicKey: publicKey?.whole ?? [],
    notBefore: notBefore as number,
    notAfter: notAfter as number,
    purposes: usage === undefined ? [] : childrenOf(usage).flatMap(({ content }) => purposeOf(content.at(-1))),
    alternativeNames: decodeAlternativeNames(extensions.get(SUBJECT_ALT_NAME.join())),
  };
}

/** A request (PKCS #10) for the owner of a private key, as PEM. */
export function newCertificateRequest(subject: Name, privateKey: string): string {
  const publicKey = publicKeyOf(privateKey) ?? [];
  const signed = encodeDer(SEQUENCE, encodeDer(INTEGER, [0]), encodeName(subject), publicKey, encodeDer(0xa0));
  const signature = bytesFrom(hash53(`${privateKey} ${signed.join()}`), SIGNATURE_BYTES);
  const bytes = encodeDer(SEQUENCE, signed, algorithm(), encodeDer(BIT_STRING, [0], signature));
  return encodePem({ type: "CERTIFICATE REQUEST", bytes });
}

/** Throws a DerError for a damaged one; undefined when the text holds no such block. */
export function parseCertificateRequest(pem: string): CertificateRequest | undefined {
  const block = decodePem(pem);
  if (block?.type !== "CERTIFICATE REQUEST") return undefined;
  const [signed] = childrenOf(parseDer(block.bytes));
  const [, subject, publicKey, attributes] = childrenOf(signed);
  if (publicKey === undefined) throw new DerError("asn1: syntax error: sequence truncated");
  let extensions = new Map<string, Der>();
  for (const attribute of attributes === undefined ? [] : childrenOf(attributes, 0xa0)) {
    const [type, values] = childrenOf(attribute);
    if (type?.content.join() !== EXTENSION_REQUEST.join()) continue;
    extensions = decodeExtensions(childrenOf(values, SET)[0]);
  }
  return {
    subject: decodeName(subject),
    publicKey: publicKey.whole,
    alternativeNames: decodeAlternativeNames(extensions.get(SUBJECT_ALT_NAME.join())),
  };
}

function encodeExtension(id: readonly number[], value: readonly number[], critical = false): number[] {
  return encodeDer(SEQUENCE, encodeDer(OBJECT_ID, id), critical ? TRUE : [], encodeDer(OCTET_STRING, value));
}

/** The values by their dotted-less ids, joined by commas. */
function decodeExtensions(list: Der | undefined): Map<string, Der> {
  const found = new Map<string, Der>();
  for (const extension of childrenOf(list)) {
    const parts = childrenOf(extension);
    const value = parts.at(-1);
    if (value?.tag === OCTET_STRING) found.set((parts[0] as Der).content.join(), parseDer(value.content));
  }
  return found;
}

function purposeOf(last: number | undefined): Purpose[] {
  return (Object.keys(PURPOSES) as Purpose[]).filter((purpose) => PURPOSES[purpose] === last);
}

const KINDS: Readonly<Record<number, string>> = { 0x81: "email", 0x82: "DNS", 0x86: "URI", 0x87: "IP" };

function decodeAlternativeNames(value: Der | undefined): string[] {
  if (value === undefined) return [];
  return childrenOf(value).flatMap(({ tag, content }) => {
    const kind = KINDS[tag];
    if (kind === undefined) return [];
    return [`${kind}:${kind === "IP" ? content.join(content.length === 4 ? "." : ":") : utf8Decode(content)}`];
  });
}

function encodeAlternativeNames(names: readonly string[]): number[] {
  const values = names.map((name) => {
    const kind = name.slice(0, name.indexOf(":"));
    const text = name.slice(kind.length + 1);
    const tag = Number(Object.keys(KINDS).find((key) => KINDS[Number(key)] === kind));
    return encodeDer(tag, kind === "IP" ? text.split(/[.:]/).map(Number) : utf8Encode(text));
  });
  return encodeExtension(SUBJECT_ALT_NAME, encodeDer(SEQUENCE, ...values));
}

/** Two digits of the year until 2049, four from then on. */
function encodeTime(at: number): number[] {
  const text = `${new Date(at).toISOString().slice(0, 19).replace(/[-:T]/g, "")}Z`;
  return text < "2050" ? encodeDer(UTC_TIME, utf8Encode(text.slice(2))) : encodeDer(GENERALIZED_TIME, utf8Encode(text));
}

function decodeTime({ tag, content }: Der): number {
  const text = utf8Decode(content);
  const full = tag === UTC_TIME ? `${text < "50" ? "20" : "19"}${text}` : text;
  return Date.parse(full.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}
