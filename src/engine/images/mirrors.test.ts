import { expect, it } from "vitest";
import { fromCopy } from "./mirrors.ts";
import { imageSource } from "./registry.ts";

it("registries that copy another have its images under their own names", () => {
  const { find } = imageSource();
  for (const [copy, original] of [
    ["k8s.gcr.io/echoserver", "registry.k8s.io/echoserver"],
    ["gcr.io/google-containers/busybox", "registry.k8s.io/busybox"],
    ["gcr.io/google_containers/pause", "registry.k8s.io/pause"],
    ["public.ecr.aws/docker/library/nginx", "docker.io/library/nginx"],
  ] as const) {
    const found = find(copy);
    expect([copy, found?.name, found?.tags]).toEqual([copy, copy, find(original)?.tags]);
    expect(found?.tags).toBeDefined();
  }
  expect(find("k8s.gcr.io/nothing-of-that-name")).toBeUndefined();
  expect(fromCopy("docker.io/library/nginx", find)).toBeUndefined();
});
