/**
 * Tar archives as text: what `tar` in a container and `kubectl cp` exchange. Headers are POSIX' ustar, with GNU's `L` and
 * `K` entries for long names; PAX headers are read (path, linkpath, size).
 * Simplified: contents are text, as all of the simulation's streams are. A content that lost bytes on its way does not
 * fit its size any more: a `TarError` says so.
 */
import { utf8Decode, utf8Encode } from "./base64.ts";

export interface TarEntry {
  name: string;
  type: "file" | "directory" | "symlink";
  mode: number;
  uid: number;
  gid: number;
  /** Milliseconds since the Unix epoch. */
  mtime: number;
  /** Of a symlink: where it points. */
  link: string;
  /** Of a file. */
  data: string;
}

export class TarError extends Error {}

const BLOCK = 512;
/** GNU's tar fills the last record up. */
const RECORD = 20 * BLOCK;
const TYPES = { file: "0", directory: "5", symlink: "2" } as const;

/** The archive's end included. */
export function writeTar(entries: readonly TarEntry[]): string {
  let size = 0;
  let text = "";
  for (const entry of entries) {
    const name = entry.type === "directory" ? `${entry.name.replace(/\/+$/, "")}/` : entry.name;
    const data = entry.type === "file" ? entry.data : "";
    const pieces = [
      ...(byteLength(name) > 100 ? [long("L", name)] : []),
      ...(byteLength(entry.link) > 100 ? [long("K", entry.link)] : []),
      header({ ...entry, name, type: TYPES[entry.type], size: byteLength(data) }),
      padded(data),
    ];
    for (const piece of pieces) {
      size += byteLength(piece);
      text += piece;
    }
  }
  const end = size + 2 * BLOCK;
  return text + "\0".repeat(Math.ceil(end / RECORD) * RECORD - size);
}

function long(type: "L" | "K", name: string): string {
  const data = `${name}\0`;
  const size = byteLength(data);
  return header({ name: "././@LongLink", type, size, mode: 0o644, uid: 0, gid: 0, mtime: 0, link: "" }) + padded(data);
}

function padded(data: string): string {
  const over = byteLength(data) % BLOCK;
  return over === 0 ? data : data + "\0".repeat(BLOCK - over);
}

function header(entry: Omit<TarEntry, "data" | "type"> & { type: string; size: number }): string {
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, "0")}\0`;
  const before =
    field(entry.name, 100) +
    octal(entry.mode & 0o7777, 8) +
    octal(entry.uid, 8) +
    octal(entry.gid, 8) +
    octal(entry.size, 12) +
    octal(Math.max(0, Math.floor(entry.mtime / 1000)), 12);
  const after = `${entry.type + field(entry.link, 100)}ustar\x0000${field("", 64)}${octal(0, 8)}${octal(0, 8)}${field("", 167)}`;
  const sum = checksum(`${before}        ${after}`);
  return `${before}${sum.toString(8).padStart(6, "0")}\0 ${after}`;
}

/** A text in so many bytes, cut or filled. */
function field(text: string, length: number): string {
  const bytes = utf8Encode(text).slice(0, length);
  return utf8Decode(bytes) + "\0".repeat(length - bytes.length);
}

/** Throws a `TarError` when it is none. */
export function readTar(archive: string): TarEntry[] {
  const entries: TarEntry[] = [];
  let at = 0;
  let given: Partial<Record<"path" | "linkpath", string>> = {};
  for (;;) {
    const [block, next] = take(archive, at, BLOCK);
    if (block === "" || /^\0*$/.test(block)) return entries;
    const head = readHeader(block);
    if (head === undefined) {
      const before = entries.at(-1)?.name;
      throw new TarError(
        before === undefined ? "This does not look like a tar archive" : `${before}: not text: its bytes were lost`,
      );
    }
    const [data, end] = take(archive, next, head.size);
    const [padding, after] = take(archive, end, (BLOCK - (head.size % BLOCK)) % BLOCK);
    if (byteLength(data) < head.size) throw new TarError("Unexpected EOF in archive");
    if (!/^\0*$/.test(padding)) throw new TarError(`${given.path ?? head.name}: not text: its bytes were lost`);
    at = after;
    if (head.type === "L") given.path = data.replace(/\0+$/, "");
    else if (head.type === "K") given.linkpath = data.replace(/\0+$/, "");
    else if (head.type === "x") given = { ...given, ...paxRecords(data) };
    else if (head.type !== "g") {
      const { type, size: _, ...rest } = head;
      const name = given.path ?? head.name;
      entries.push({
        ...rest,
        name,
        link: given.linkpath ?? head.link,
        type: type === "2" ? "symlink" : type === "5" || name.endsWith("/") ? "directory" : "file",
        data,
      });
      given = {};
    }
  }
}

/** `27 path=a/long/name\n` and so on. */
function paxRecords(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/\d+ ([^=\n]+)=([^\n]*)\n/g)].map((match) => [match[1], match[2]]));
}

function readHeader(block: string): (Omit<TarEntry, "data" | "type"> & { type: string; size: number }) | undefined {
  const fields: string[] = [];
  let at = 0;
  for (const length of [100, 8, 8, 8, 12, 12, 8, 1, 100, 8, 32, 32, 8, 8, 155, 12]) {
    const [text, next] = take(block, at, length);
    fields.push(text);
    at = next;
  }
  const raw = (index: number): string => fields[index] ?? "";
  const text = (index: number): string => raw(index).replace(/\0.*$/s, "");
  const number = (index: number): number => Number.parseInt(text(index).trim() || "0", 8);
  const start = fields.slice(0, 6).join("").length;
  const summed = `${block.slice(0, start)}        ${block.slice(start + raw(6).length)}`;
  if (checksum(summed) !== number(6)) return undefined;
  const prefix = text(9).startsWith("ustar") ? text(14) : "";
  return {
    name: prefix === "" ? text(0) : `${prefix}/${text(0)}`,
    mode: number(1),
    uid: number(2),
    gid: number(3),
    size: number(4),
    mtime: number(5) * 1000,
    type: raw(7),
    link: text(8),
  };
}

function checksum(block: string): number {
  let sum = 0;
  for (const byte of utf8Encode(block)) sum += byte;
  return sum;
}

function byteLength(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x80) length += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return length;
}

/** So many bytes' worth of text from an index, and the index behind it. */
function take(text: string, from: number, bytes: number): [string, number] {
  let at = from;
  let left = bytes;
  while (left > 0 && at < text.length) {
    const code = text.codePointAt(at) as number;
    left -= code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    at += code < 0x10000 ? 1 : 2;
  }
  return [text.slice(from, at), at];
}
