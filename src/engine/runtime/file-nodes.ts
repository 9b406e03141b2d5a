/** What the directories, files, links and devices of a file system in memory are. */
import type { FileStat } from "../base/program.ts";

export interface NodeHead {
  /** The file system that may change this node in place. */
  owner: object | undefined;
  mode: number;
  uid: number;
  gid: number;
  mtime: number;
}
export interface FileNode extends NodeHead {
  type: "file";
  /** A function makes its text at each read (/proc, /sys, downward API). */
  data: string | (() => string);
  /** The function is called once: from then on its text is what the file has, and may be written over. */
  once?: true;
  /** It is a block device: what is written there is what it holds. */
  block?: true;
  /** Bytes that are taken beyond `data`: room that was asked for without being written. */
  room?: number;
}
export interface DirectoryNode extends NodeHead {
  type: "directory";
  entries: Map<string, Node>;
}
interface LinkNode extends NodeHead {
  type: "symlink";
  target: string;
}
interface DeviceNode extends NodeHead {
  /** A character device or a socket. */
  type: "device" | "socket";
}
export type Node = FileNode | DirectoryNode | LinkNode | DeviceNode;

export function statOf(node: Node): FileStat {
  const { mode, uid, gid, mtime } = node;
  const type = node.type === "file" && node.block === true ? "block" : node.type;
  if (node.type !== "file" || node.once !== true) return { type, size: sizeOf(node), mode, uid, gid, mtime };
  // Who only asks what it is has no text made.
  return {
    ...{ type, mode, uid, gid, mtime },
    get size() {
      return sizeOf(node);
    },
  };
}

/** What is in a file, room that was only asked for aside. */
export function textOf(node: FileNode): string {
  if (typeof node.data === "string") return node.data;
  const text = node.data();
  if (node.once !== true) return text;
  node.data = text;
  delete node.once;
  return text;
}

export function sizeOf(node: Node): number {
  if (node.type === "directory") return 4096;
  if (node.type === "symlink") return node.target.length;
  if (node.type === "file" && node.once === true) textOf(node);
  if (node.type !== "file" || typeof node.data !== "string") return 0;
  return utf8Length(node.data) + (node.room ?? 0);
}

/** Bytes of a file, or of all files in a directory and below it. */
export function bytesIn(node: Node): number {
  if (node.type === "file") return sizeOf(node);
  let bytes = 0;
  if (node.type === "directory") for (const child of node.entries.values()) bytes += bytesIn(child);
  return bytes;
}

/** Bytes of `text` in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit < 0xdc00) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes;
}

/** From now on the tree belongs to nobody: who changes it copies. */
export function disown(node: Node, owner: object): void {
  if (node.owner !== owner) return;
  node.owner = undefined;
  if (node.type === "directory") for (const child of node.entries.values()) disown(child, owner);
}

/** What files take of a disk. */
export interface DiskUse {
  bytes: number;
  inodes: number;
}

export const NO_DISK_USE: DiskUse = { bytes: 0, inodes: 0 };

/**
 * What `owner` alone has of a tree: what a copy-on-write layer holds. What is made at each read takes no room.
 * Upstream: du(1) of an overlay's upper directory, with --inodes too.
 */
export function ownedUse(node: Node, owner: object): DiskUse {
  const use = { ...NO_DISK_USE };
  addOwnedUse(use, node, owner);
  return use;
}

function addOwnedUse(use: DiskUse, node: Node, owner: object): void {
  if (node.owner !== owner || (node.type === "file" && typeof node.data !== "string")) return;
  use.inodes++;
  if (node.type === "directory") for (const child of node.entries.values()) addOwnedUse(use, child, owner);
  // Characters stand for bytes: this is asked often.
  else if (node.type === "file") use.bytes += node.data.length + (node.room ?? 0);
}
