/**
 * What is in the files of etcd: a snapshot (everything that it held), or, in the data folder of a running member, a mark
 * that says whose data the folder stands for. Upstream: the bbolt database of member/snap/db.
 */
import { hash53 } from "../../base/hash.ts";
import { isObject } from "../../base/json.ts";
import type { Contents } from "./keyspace.ts";

const SNAPSHOT = "etcd snapshot 3.6.0";
const LIVE = /^etcd data (\d+)\n$/;

export interface SnapshotFile {
  contents: Contents;
  /** Eight hexadecimal digits over all that it holds. */
  hash: string;
}

export function snapshotText(contents: Contents): string {
  const body = JSON.stringify(contents);
  return `${SNAPSHOT} ${hashOf(body)}\n${body}\n`;
}

/** Undefined for what is no snapshot; "damaged" where it was changed since. */
export function readSnapshot(text: string): SnapshotFile | "damaged" | undefined {
  if (!text.startsWith(`${SNAPSHOT} `)) return undefined;
  const end = text.indexOf("\n");
  const body = text.slice(end + 1, -1);
  const hash = text.slice(SNAPSHOT.length + 1, end);
  if (hashOf(body) !== hash) return "damaged";
  const contents: unknown = JSON.parse(body);
  return isObject(contents) ? { contents: contents as Partial<Contents> as Contents, hash } : "damaged";
}

export function liveMark(generation: number): string {
  return `etcd data ${generation}\n`;
}

/** Which data a member's own file stands for. */
export function readMark(text: string): number | undefined {
  const found = LIVE.exec(text);
  return found === null ? undefined : Number(found[1]);
}

export function databasePath(folder: string): string {
  return `${folder}/member/snap/db`;
}

function hashOf(body: string): string {
  return hash53(body).padStart(8, "0").slice(-8);
}
