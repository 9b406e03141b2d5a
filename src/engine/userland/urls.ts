import { encodeUtf8 } from "./utf8.ts";

export interface Url {
  scheme: string;
  host: string;
  port: number;
  /** As written: host, with the port when it was given. */
  authority: string;
  /** Path with query, never empty. */
  path: string;
  credentials: string | undefined;
}

/** A host as it stands in a URL: an IPv6 address in brackets. */
export function hostInUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

const PORTS: Readonly<Record<string, number>> = { https: 443, telnet: 23 };

/** Reads a URL as curl and wget do: without a scheme it is http. Undefined when it is none. */
export function parseUrl(text: string): Url | undefined {
  const match =
    /^(?:([a-zA-Z][\w+.-]*):\/\/)?(?:([^@/?#]*)@)?(\[[^\]]+\]|[^:/?#]+)(?::(\d*))?([/?][^#]*)?(?:#.*)?$/.exec(text);
  if (match === null || (match[1] === undefined && /^[a-zA-Z][\w+.-]*:\/\//.test(text))) return undefined;
  const [, scheme = "http", credentials, host = "", portText, path = "/"] = match;
  if (/\s/.test(host + path) || Number(portText ?? 1) > 65_535) return undefined;
  const lower = scheme.toLowerCase();
  const port = portText === undefined || portText === "" ? (PORTS[lower] ?? 80) : Number(portText);
  const authority = portText === undefined || portText === "" ? host : `${host}:${portText}`;
  return {
    scheme: lower,
    host: host.replace(/^\[|\]$/g, ""),
    port,
    authority,
    path: path.startsWith("?") ? `/${path}` : path,
    credentials,
  };
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The Authorization header of `user:password`. */
export function withCredentials(credentials: string): string {
  const bytes = encodeUtf8(credentials);
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const word = ((bytes[at] as number) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    for (let shift = 18; shift >= 0; shift -= 6)
      text += at + (18 - shift) / 6 > bytes.length ? "=" : ALPHABET[(word >> shift) & 63];
  }
  return `Basic ${text}`;
}
