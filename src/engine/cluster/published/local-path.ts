/** The manifest of rancher's local path provisioner. Upstream: rancher/local-path-provisioner deploy/local-path-storage.yaml. */
import { yamlDocuments } from "../../network/internet/examples/examples.ts";
import { releasedLocalPath } from "../folder-storage/local-path-objects.ts";
import type { GithubFile } from "./github-file.ts";

const RELEASES = "v0.0.24 v0.0.26 v0.0.28 v0.0.29 v0.0.30 v0.0.31 v0.0.32";

export const localPathStorage: GithubFile = {
  repository: "rancher/local-path-provisioner",
  path: "deploy/local-path-storage.yaml",
  branch: "master",
  has: (tag) => RELEASES.split(" ").includes(tag),
  newest: "v0.0.32",
  text: (release) =>
    yamlDocuments(
      releasedLocalPath(release).map(([{ group, version, kind }, object]) => ({
        ...{ apiVersion: group === "" ? version : `${group}/${version}`, kind, ...object },
      })),
    ),
};
