import type { Container, Pod } from "../api/generated/types.ts";

const paths = new WeakMap<Container, string>();

/** `spec.containers{nginx}`: what events about a container name as their object's part. */
export function containerPath(pod: Pod, container: Container): string {
  let path = paths.get(container);
  if (path === undefined) {
    path = `spec.${listOf(pod, container)}{${container.name}}`;
    paths.set(container, path);
  }
  return path;
}

function listOf({ spec }: Pod, container: Container): "containers" | "initContainers" | "ephemeralContainers" {
  if (spec.initContainers?.includes(container) === true) return "initContainers";
  return spec.ephemeralContainers?.includes(container) === true ? "ephemeralContainers" : "containers";
}
