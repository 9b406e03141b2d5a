/**
 * HTTPS for `drydock serve --tls`: real TLS, with a certificate made at the start, so that real clients send their
 * credentials (kubectl keeps tokens and certificates to itself on plain HTTP). The client's certificate is asked for and
 * handed to the API server, which knows those that its own authority has issued.
 */
import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import { encodeBase64 } from "../engine/base/base64.ts";
import type { HttpRequest } from "../engine/base/program.ts";
import { CLIENT_CERTIFICATE_HEADER } from "../engine/base/x509/client-certificate.ts";
import {
  BIT_STRING,
  encodeDer,
  INTEGER,
  OBJECT_ID,
  OCTET_STRING,
  SEQUENCE,
  UTC_TIME,
} from "../engine/base/x509/der.ts";
import { encodeName } from "../engine/base/x509/name.ts";
import { encodePem } from "../engine/base/x509/pem.ts";

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
const ECDSA_SHA256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const BASIC_CONSTRAINTS = [0x55, 0x1d, 0x13];
const KEY_USAGE = [0x55, 0x1d, 0x0f];
const SUBJECT_ALT_NAME = [0x55, 0x1d, 0x11];
const TRUE = [0x01, 0x01, 0xff];

const bytesOf = (text: string): number[] => [...Buffer.from(text)];

function time(at: Date): number[] {
  return encodeDer(UTC_TIME, bytesOf(`${at.toISOString().slice(2, 19).replace(/[-:T]/g, "")}Z`));
}

function extension(id: readonly number[], critical: boolean, value: readonly number[]): number[] {
  return encodeDer(SEQUENCE, encodeDer(OBJECT_ID, id), critical ? TRUE : [], encodeDer(OCTET_STRING, value));
}

/** A key and a certificate of its own for 127.0.0.1 and localhost, as PEM; good for a year of wall time. */
export function selfSigned(now: Date): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = encodeName([["CN", "drydock"]]);
  const algorithm = encodeDer(SEQUENCE, encodeDer(OBJECT_ID, ECDSA_SHA256));
  const names = encodeDer(SEQUENCE, encodeDer(0x82, bytesOf("localhost")), encodeDer(0x87, [127, 0, 0, 1]));
  const extensions = encodeDer(
    SEQUENCE,
    extension(BASIC_CONSTRAINTS, true, encodeDer(SEQUENCE, TRUE)),
    extension(KEY_USAGE, true, encodeDer(BIT_STRING, [2, 0x84])),
    extension(SUBJECT_ALT_NAME, false, names),
  );
  const signed = encodeDer(
    SEQUENCE,
    encodeDer(0xa0, encodeDer(INTEGER, [2])),
    encodeDer(INTEGER, [0x01, ...randomBytes(8)]),
    algorithm,
    name,
    encodeDer(SEQUENCE, time(now), time(new Date(now.getTime() + YEAR_MS))),
    name,
    [...publicKey.export({ type: "spki", format: "der" })],
    encodeDer(0xa3, extensions),
  );
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const signature = sign("sha256", Buffer.from(signed), createPrivateKey(key));
  const bytes = encodeDer(SEQUENCE, signed, algorithm, encodeDer(BIT_STRING, [0], [...signature]));
  return { key, cert: encodePem({ type: "CERTIFICATE", bytes }) };
}

/** The request with the certificate that its connection has shown, and no other. */
export function withPeerCertificate(incoming: IncomingMessage, request: HttpRequest): HttpRequest {
  if (!(incoming.socket instanceof TLSSocket)) return request;
  const headers = { ...request.headers };
  delete headers[CLIENT_CERTIFICATE_HEADER];
  const { raw } = incoming.socket.getPeerCertificate() as { raw?: Buffer };
  if (raw !== undefined) {
    headers[CLIENT_CERTIFICATE_HEADER] = encodeBase64(encodePem({ type: "CERTIFICATE", bytes: [...raw] }));
  }
  return { ...request, headers };
}
