/**
 * The Kubernetes packages of a node, and the repository that they come from. Upstream: kubernetes/release (packages),
 * pkgs.k8s.io; apt-mark(8).
 *
 * **Simplified:** a machine's other packages are not looked at, and the repository of one minor version is there.
 */
import { matchPattern } from "../../../userland/shell/pattern.ts";
import { compareReleases, MINOR, RELEASES } from "../../releases.ts";

/** Their download in bytes. */
export const SIZES: Readonly<Record<string, number>> = {
  kubeadm: 12_700_000,
  kubectl: 11_700_000,
  kubelet: 13_200_000,
};
export const PACKAGES: readonly string[] = Object.keys(SIZES);
export const SOURCES_LIST = "/etc/apt/sources.list.d/kubernetes.list";

/** Revision of a package beside the release that it carries. */
const REVISION = "-1.1";

export function repositoryUrl(minor: string): string {
  return `https://pkgs.k8s.io/core:/stable:/${minor}/deb/`;
}

export const SOURCES_TEXT = `deb [signed-by=/etc/apt/keyrings/kubernetes-apt-keyring.gpg] ${repositoryUrl(MINOR)} /\n`;

/** `v1.36.1` → `1.36.1-1.1` */
export function packageVersion(release: string): string {
  return `${release.slice(1)}${REVISION}`;
}

export class NodePackages {
  /** What `apt-mark hold` keeps as it is; kubeadm's instructions hold all three. */
  readonly held = new Set(PACKAGES);
  private readonly releases = new Map(PACKAGES.map((name) => [name, RELEASES[0] as string]));
  /** False once `apt-get update` has found another repository's address. */
  indexed = true;

  /** `v1.36.0`; that of a kubelet counts from its next start on. */
  release(name: string): string {
    return this.releases.get(name) ?? (RELEASES[0] as string);
  }

  /** Package versions that can be installed, newest first. */
  available(): string[] {
    return this.indexed ? RELEASES.map(packageVersion).reverse() : [];
  }

  /** The one that `wanted` (`1.36.1-1.1`, `1.36.1-*`, or nothing: the newest) names. */
  find(wanted: string | undefined): string | undefined {
    if (wanted === undefined) return this.available()[0];
    return this.available().find((version) => matchPattern(wanted, version));
  }

  install(name: string, version: string): void {
    this.releases.set(name, `v${version.slice(0, -REVISION.length)}`);
  }
}

/** Whether installing `to` in place of `from` goes back. */
export function isDowngrade(from: string, to: string): boolean {
  return compareReleases(to.replace(REVISION, ""), from.replace(REVISION, "")) < 0;
}
