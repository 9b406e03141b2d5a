/** Images that courses and everyday clusters use. */
import { defineImage } from "../define-image.ts";
import type { ImageDefinition } from "../define-image.ts";
import { tags } from "../tags.ts";
import { amicontainedImages } from "./amicontained.ts";
import { bitnami } from "./bitnami.ts";
import { echoServers } from "./echo-servers.ts";
import { haproxy } from "./haproxy.ts";
import { cloudSdk, kubectlImages } from "./kubectl.ts";
import { memcached } from "./memcached.ts";
import { stressNg } from "./stress-ng.ts";
import { webStacks } from "./web-stacks.ts";
import { wordpress } from "./wordpress.ts";

/** What the documentation's page on image volumes mounts: files alone. */
const artifact = defineImage({
  name: "quay.io/crio/artifact",
  tags: tags(1, "v1 v2"),
  userland: "none",
  files: { "/dir/file": "1\n", "/file": "2\n" },
});

export const popular: readonly ImageDefinition[] = [
  ...amicontainedImages,
  artifact,
  ...bitnami,
  ...cloudSdk,
  ...echoServers,
  haproxy,
  ...kubectlImages,
  memcached,
  ...stressNg,
  ...webStacks,
  wordpress,
];
