/**
 * The definitions that a release of the Gateway API has for `kubectl apply -f`. Upstream: kubernetes-sigs/gateway-api
 * config/crd/standard.
 *
 * **Simplified:** a release has the kinds that it had of those that are here, with the newest one's fields, and no admission
 * policy.
 */
import { yamlDocuments } from "../../network/internet/examples/examples.ts";
import { BUNDLE_VERSION } from "../../network/gateway/kinds.ts";
import { gatewayDefinitions } from "../gateway-definitions.ts";
import type { GithubFile } from "./github-file.ts";

const RELEASES = `v1.0.0 v1.1.0 v1.1.1 v1.2.0 v1.2.1 v1.3.0 v1.4.0 v1.4.1 v1.5.0 ${BUNDLE_VERSION}`;

export const gatewayApi: GithubFile = {
  repository: "kubernetes-sigs/gateway-api",
  asset: "standard-install.yaml",
  has: (tag) => RELEASES.split(" ").includes(tag),
  newest: BUNDLE_VERSION,
  text: (tag) => yamlDocuments(gatewayDefinitions(tag)),
};
