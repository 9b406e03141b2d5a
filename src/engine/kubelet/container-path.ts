import type { Container, Pod } from "../api/generated/types.ts";

const paths = new WeakMap<Container, string>();

/** `spec.containers{nginx}`: what events about a container name as their object's part. */
export function containerPath(pod: Pod, container: Container): string {
  let path = paths.get(container);
  if (path === undefined) {
    const list = pod.spec.initContainers?.includes(container) === true ? "initContainers" : "containers";
    path = `spec.${list}{${container.name}}`;
    paths.set(container, path);
  }
  return path;
}
