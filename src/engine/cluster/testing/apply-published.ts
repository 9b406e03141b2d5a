import { parseAllDocuments } from "yaml";
import type { Draft, KubeObject } from "../../api/meta/object.ts";
import { resources } from "../../api/registry.ts";
import { publishedFiles } from "../published/published-files.ts";
import type { TestCluster } from "./test-cluster.ts";

/** Creates what a manifest that somebody publishes has, as the laptop's kubectl would. */
export function applyPublished({ client }: TestCluster, url: string): void {
  const file = publishedFiles(url);
  if (file === undefined || !("text" in file)) throw new Error(`nothing is published at ${url}`);
  for (const document of parseAllDocuments(file.text)) {
    const object = document.toJS() as KubeObject;
    const resource = resources.find(
      ({ group, version, kind }) =>
        kind === object.kind && (group === "" ? version : `${group}/${version}`) === object.apiVersion,
    );
    if (resource === undefined) throw new Error(`no resource has the kind ${object.kind}`);
    client.resource(resource).create(object as Draft<KubeObject>);
  }
}
