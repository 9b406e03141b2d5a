/**
 * What projects of the world outside publish for `kubectl apply -f`: one line a file. Texts are written when somebody asks
 * for one.
 */
import type { PublishedFiles } from "../../network/internet/published.ts";
import { flannelFiles } from "./flannel.ts";
import { gatewayApi } from "./gateway-api.ts";
import { githubFile } from "./github-file.ts";
import { ingressNginxFiles } from "./ingress-nginx.ts";
import { localPathStorage } from "./local-path.ts";
import { metricsServer } from "./metrics-server.ts";

let files: readonly PublishedFiles[] | undefined;

export function publishedFiles(url: string): ReturnType<PublishedFiles> {
  files ??= [metricsServer, gatewayApi, ...flannelFiles, ...ingressNginxFiles, localPathStorage].map(githubFile);
  for (const file of files) {
    const found = file(url);
    if (found !== undefined) return found;
  }
  return undefined;
}
