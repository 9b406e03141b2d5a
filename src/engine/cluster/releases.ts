/** The releases that a cluster can be at: it begins with the first, and kubeadm takes it to the others. */
import { KUBERNETES_IMAGE_TAG } from "./bootstrap.ts";

/** Of one minor version, oldest first. */
export const RELEASES: readonly string[] = [KUBERNETES_IMAGE_TAG, "v1.36.1", "v1.36.2"];
/** `v1.36`: what the package repository's address ends with. */
export const MINOR = KUBERNETES_IMAGE_TAG.replace(/\.\d+$/, "");
export const NEWEST = RELEASES.at(-1) as string;

/** Negative when `a` is older; by number, part by part. */
export function compareReleases(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.replace(/^v/, "").split(".").map(Number)) as [number[], number[]];
  for (let at = 0; at < 3; at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
