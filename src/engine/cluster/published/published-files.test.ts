import { expect, it } from "vitest";
import { addonImages } from "../addon-images.ts";
import { createTestCluster } from "../testing/test-cluster.ts";
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

it("each manifest's images can be pulled, and there are no releases that nobody has made", () => {
  const catalogue = new Map(
    addonImages(createTestCluster({ preset: "empty" }).cluster).map((each) => [each.name, each]),
  );
  const minors = (prefix: string, from: number, to: number): string[] =>
    Array.from({ length: to - from + 1 }, (_, at) => from + at).flatMap((minor) =>
      Array.from({ length: 10 }, (_, patch) => `${prefix}${minor}.${patch}`),
    );
  const urls = [
    ...minors("v0.", 5, 9).map((tag) => `kubernetes-sigs/metrics-server/releases/download/${tag}/components.yaml`),
    ...minors("v0.", 24, 28).map((tag) => `flannel-io/flannel/releases/download/${tag}/kube-flannel.yml`),
  ].map((path) => `https://github.com/${path}`);
  const raw = "https://raw.githubusercontent.com/kubernetes/ingress-nginx";
  for (const tag of minors("controller-v1.", 7, 16)) urls.push(`${raw}/${tag}/deploy/static/provider/kind/deploy.yaml`);
  for (let patch = 22; patch <= 35; patch++)
    urls.push(
      `https://raw.githubusercontent.com/rancher/local-path-provisioner/v0.0.${patch}/deploy/local-path-storage.yaml`,
    );
  const texts = urls.flatMap((url) => publishedFiles(url) ?? []).flatMap((file) => ("text" in file ? [file.text] : []));
  expect(texts).toHaveLength(9 + 21 + 13 + 7);
  const images = texts.flatMap((text) => [...text.matchAll(/image: (\S+:\S+)/g)].map(([, name = ""]) => name));
  const missing = images.filter((name) => {
    const [, repository = "", tag = ""] = /^(.*):([^:]+)$/.exec(name) ?? [];
    return catalogue.get(repository.replace(/^rancher/, "docker.io/$&"))?.tags[tag] === undefined;
  });
  expect([images.length, missing]).toEqual([9 + 21 * 3 + 13 * 3 + 7, []]);
});
