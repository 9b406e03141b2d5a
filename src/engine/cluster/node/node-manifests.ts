/**
 * The static pods that a node's installer left, as files of /etc/kubernetes/manifests. Until somebody looks at the node's
 * disk there are no files: the manifests themselves stand for them.
 */
import { stringify } from "yaml";
import type { ManifestFile, StaticPodManifest } from "../../kubelet/static-pod-file.ts";
import type { MemoryFileSystem } from "../../runtime/memory-file-system.ts";

export const MANIFESTS = "/etc/kubernetes/manifests";

export class NodeManifests {
  private all: readonly StaticPodManifest[];
  /** Every manifest that a file may be the text of: those of `all`, and of what was there before. */
  private readonly known: StaticPodManifest[];
  /** Where else than MANIFESTS the kubelet looks. */
  folder = MANIFESTS;
  /** What is taken out while there is no disk. */
  private readonly out = new Set<StaticPodManifest>();
  private disk: MemoryFileSystem | undefined;

  constructor(manifests: readonly StaticPodManifest[]) {
    this.all = manifests;
    this.known = [...manifests];
  }

  /** The disk has been made: its folder counts from now on. */
  moveTo(disk: MemoryFileSystem): void {
    disk.mkdir(MANIFESTS, { recursive: true });
    for (const manifest of this.all) if (!this.out.has(manifest)) write(disk, manifest);
    this.disk = disk;
  }

  /** The installer has others by now: those that `set` puts back. */
  replace(manifests: readonly StaticPodManifest[]): void {
    this.all = manifests;
    this.known.push(...manifests);
  }

  /** What the kubelet finds: files whose names don't begin with a dot. */
  files(): ManifestFile[] {
    const { disk, folder } = this;
    if (disk === undefined) {
      const present = this.all.filter((manifest) => !this.out.has(manifest));
      return present.map((manifest) => ({ path: pathOf(manifest), text: "", manifest }));
    }
    if (!disk.exists(folder) || disk.stat(folder).type !== "directory") return [];
    const paths = disk.readdir(folder).flatMap((name) => (name.startsWith(".") ? [] : [`${folder}/${name}`]));
    return paths
      .filter((path) => disk.exists(path) && disk.stat(path).type === "file")
      .map((path) => {
        const text = disk.readFile(path);
        const manifest = this.known.find((each) => pathOf(each) === path && textOf(each) === text);
        return { path, text, manifest };
      });
  }

  /** Puts a component's manifest back as it was, or takes it out. False when this node never had it. */
  set(component: string, present: boolean): boolean {
    const manifest = this.all.find(({ metadata }) => metadata.name === component);
    if (manifest === undefined) return false;
    if (this.disk === undefined) {
      if (present) this.out.delete(manifest);
      else this.out.add(manifest);
    } else if (present) write(this.disk, manifest);
    else if (this.disk.exists(pathOf(manifest))) this.disk.remove(pathOf(manifest));
    return true;
  }
}

/** For root's eyes alone, as kubeadm has it. */
function write(disk: MemoryFileSystem, manifest: StaticPodManifest): void {
  disk.writeFile(pathOf(manifest), textOf(manifest), { mode: 0o600 });
}

function pathOf({ metadata }: StaticPodManifest): string {
  return `${MANIFESTS}/${metadata.name}.yaml`;
}

const texts = new WeakMap<StaticPodManifest, string>();

/** The file that is written for a manifest, as Go's library writes it: in the order of the alphabet. */
export function textOf(manifest: StaticPodManifest): string {
  let text = texts.get(manifest);
  if (text === undefined) {
    text = manifestText(manifest);
    texts.set(manifest, text);
  }
  return text;
}

export function manifestText({ metadata, spec }: StaticPodManifest): string {
  const pod = { apiVersion: "v1", kind: "Pod", metadata, spec, status: {} };
  return stringify(pod, { indentSeq: false, sortMapEntries: true, lineWidth: 0 });
}
