/**
 * Who may use a volume's files: everybody an emptyDir, the pod's fsGroup all that is its own.
 * Upstream: pkg/volume/volume_linux.go (SetVolumeOwnership), pkg/volume/emptydir (setupDir).
 */
import type { Pod, Volume } from "../api/generated/types.ts";
import type { FileSystem } from "../base/program.ts";
import type { VolumePlace } from "../storage/volume-plugin.ts";

const OPEN = 0o777;
/** Where minikube's provisioner makes its folders: anybody may write there. */
const PROVISIONED = "/tmp/hostpath-provisioner/";
const SET_GROUP = 0o2000;
const READ_WRITE = 0o660;
const READ_ONLY = 0o440;
const PASS = 0o110;

export function setOwnership(pod: Pod, volume: Volume, place: VolumePlace & { files?: object }): void {
  const root = place.root === "" ? "/" : place.root;
  const onDisk = volume.hostPath !== undefined || root.startsWith(PROVISIONED);
  if (volume.emptyDir !== undefined || root.startsWith(PROVISIONED)) place.fs.chmod(root, OPEN);
  const { fsGroup: group, fsGroupChangePolicy } = pod.spec.securityContext ?? {};
  // A node's own folders are nobody's to give away.
  if (group === undefined || onDisk) return;
  if (fsGroupChangePolicy === "OnRootMismatch") {
    const { gid, mode } = place.fs.stat(root);
    if (gid === group && (mode & SET_GROUP) !== 0) return;
  }
  give(place.fs, root, { group, bits: place.files === undefined && place.readOnly !== true ? READ_WRITE : READ_ONLY });
}

function give(fs: FileSystem, path: string, how: { group: number; bits: number }): void {
  const { type, mode, uid } = fs.lstat(path);
  if (type === "symlink" || type === "device" || type === "socket") return;
  fs.chown(path, uid, how.group);
  if (type === "file" || type === "block") return fs.chmod(path, mode | how.bits);
  fs.chmod(path, mode | how.bits | SET_GROUP | PASS);
  for (const name of fs.readdir(path)) give(fs, path === "/" ? `/${name}` : `${path}/${name}`, how);
}
