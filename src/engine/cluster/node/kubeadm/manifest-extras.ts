/**
 * A static pod's file with more flags and volumes than kubeadm gives it by itself: `extraArgs` and `extraVolumes` of a
 * ClusterConfiguration. Upstream: cmd/kubeadm/app/{util/arguments.go,phases/controlplane/volumes.go}.
 */
import { parse } from "yaml";
import type { Container, Volume } from "../../../api/generated/types.ts";
import type { StaticPodManifest } from "../../../kubelet/static-pod-file.ts";
import { manifestText } from "../node-manifests.ts";

export interface ExtraVolume {
  name: string;
  hostPath: string;
  mountPath: string;
  readOnly?: boolean;
  pathType?: string;
}

export interface Extras {
  /** One of a name takes the place of kubeadm's own; of those that are given several times all stay. */
  args: readonly (readonly [name: string, value: string])[];
  volumes: readonly ExtraVolume[];
}

const NONE: Extras = { args: [], volumes: [] };

export function withExtras(text: string, { args, volumes }: Extras = NONE): string {
  if (args.length === 0 && volumes.length === 0) return text;
  const manifest = parse(text) as StaticPodManifest;
  const { spec } = manifest;
  const [container] = spec.containers;
  if (container === undefined) return text;
  const changed: Container = {
    ...container,
    command: commandWith(container.command ?? [], args),
    volumeMounts: [
      ...(container.volumeMounts ?? []),
      ...volumes.map(({ name, mountPath, readOnly }) => ({ mountPath, name, ...(readOnly === true && { readOnly }) })),
    ].sort(byName),
  };
  const more = volumes.map(({ name, hostPath: path, pathType }): Volume => ({
    hostPath: { path, ...(pathType !== undefined && pathType !== "" && { type: pathType }) },
    name,
  }));
  return manifestText({
    metadata: manifest.metadata,
    spec: { ...spec, containers: [changed], volumes: [...(spec.volumes ?? []), ...more].sort(byName) },
  });
}

function commandWith([program = "", ...flags]: readonly string[], args: Extras["args"]): string[] {
  const given = new Set(args.map(([name]) => name));
  const kept = flags.filter((flag) => !given.has(nameOf(flag)));
  const all = [...kept, ...args.map(([name, value]) => `--${name}=${value}`)];
  return [program, ...all.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0))];
}

function nameOf(flag: string): string {
  return flag.replace(/^--/, "").replace(/=.*$/s, "");
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
