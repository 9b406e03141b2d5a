/** Bytes as text between lines of dashes. Source: RFC 7468. */
import { decodeBase64Bytes, encodeBase64Bytes } from "../base64.ts";

export interface PemBlock {
  /** `CERTIFICATE`, `CERTIFICATE REQUEST`, `PRIVATE KEY` … */
  readonly type: string;
  readonly bytes: readonly number[];
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n([\s\S]*?)\r?\n?-----END \1-----/;
const LINE = /.{1,64}/g;

export function encodePem({ type, bytes }: PemBlock): string {
  const lines = encodeBase64Bytes(bytes).match(LINE) ?? [];
  return [`-----BEGIN ${type}-----`, ...lines, `-----END ${type}-----`, ""].join("\n");
}

/** The certificates of a bundle, each as the text that it is there. */
export function certificatesIn(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
}

/** The first block of a text; undefined when there is none. */
export function decodePem(text: string): PemBlock | undefined {
  const found = BLOCK.exec(text);
  if (found === null) return undefined;
  const [, type = "", body = ""] = found;
  try {
    return { type, bytes: decodeBase64Bytes(body.replace(/\s+/g, "")) };
  } catch {
    return undefined;
  }
}
