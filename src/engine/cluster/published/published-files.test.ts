import { expect, it } from "vitest";
import { publishedFiles } from "./published-files.ts";

/** The first image that stands in a file, or where it is instead; "" where there is none. */
function image(url: string): string {
  const file = publishedFiles(url);
  if (file === undefined) return "";
  return "location" in file ? file.location : (/image: (\S*)/.exec(file.text)?.[1] ?? "none");
}

it("a release's asset is at its tag, and `latest` leads to the newest one", () => {
  const releases = "https://github.com/kubernetes-sigs/metrics-server/releases";
  expect(image(`${releases}/latest/download/components.yaml`)).toBe(`${releases}/download/v0.8.0/components.yaml`);
  expect(image(`${releases}/download/v0.7.2/components.yaml`)).toBe(
    "registry.k8s.io/metrics-server/metrics-server:v0.7.2",
  );
  expect([image(`${releases}/download/v0.5.0/components.yaml`), image(`${releases}/download/v0.7.2/x.yaml`)]).toEqual([
    ...["", ""],
  ]);
});

it("a repository's file is at its branch and at each tag, under a former owner's name too", () => {
  const at = (repository: string, reference: string): string =>
    image(`https://raw.githubusercontent.com/${repository}/${reference}/Documentation/kube-flannel.yml`);
  const newest = "ghcr.io/flannel-io/flannel-cni-plugin:v1.8.0-flannel1";
  expect([at("flannel-io/flannel", "master"), at("coreos/flannel", "refs/heads/master")]).toEqual([newest, newest]);
  expect(at("flannel-io/flannel", "refs/tags/v0.25.5")).toBe("docker.io/flannel/flannel-cni-plugin:v1.5.1-flannel1");
  expect([at("flannel-io/flannel", "main"), at("flannel-io/flannel", "v0.1.0"), at("else/flannel", "master")]).toEqual([
    ...["", "", ""],
  ]);
});
