/** flannel's images: the daemon, and the plugin that its manifest copies to each node. */
import type { Client } from "../../client/client.ts";
import { tags } from "../../images/tags.ts";
import type { ImageDefinition, ServerContext } from "../../runtime/containers/image.ts";
import { FLANNEL_PLUGIN } from "./flannel-files.ts";
import { Flanneld } from "./flanneld.ts";

const RELEASES =
  "v0.22.0 v0.22.3 v0.24.2 v0.24.4 v0.25.0 v0.25.1 v0.25.2 v0.25.3 v0.25.4 v0.25.5 v0.25.6 v0.25.7 v0.26.0 v0.26.1 v0.26.2 v0.26.3 v0.26.4 v0.26.5 v0.26.6 v0.26.7 v0.27.0 v0.27.1 v0.27.2 v0.27.3 v0.27.4";
const PLUGINS =
  "v1.1.2 v1.2.0 v1.4.0-flannel1 v1.4.1-flannel1 v1.5.1-flannel1 v1.5.1-flannel2 v1.6.0-flannel1 v1.6.2-flannel1 v1.7.1-flannel1 v1.8.0-flannel1";

/** `clientOf`: the API as the account of a container's pod. **Simplified:** both registries have all tags. */
export function flannelImages(clientOf: (ctx: ServerContext) => Client): ImageDefinition[] {
  return ["docker.io/flannel", "ghcr.io/flannel-io"].flatMap((registry): ImageDefinition[] => [
    {
      name: `${registry}/flannel`,
      tags: tags(33, RELEASES),
      entrypoint: ["/opt/bin/flanneld"],
      userland: "busybox",
      programs: () => ({
        "/opt/bin/flanneld": { kind: "server", start: (ctx) => new Flanneld(ctx, clientOf(ctx)).start() },
      }),
    },
    {
      name: `${registry}/flannel-cni-plugin`,
      tags: tags(5, PLUGINS),
      userland: "busybox",
      files: { [`/${FLANNEL_PLUGIN}`]: "\u007fELF" },
    },
  ]);
}
