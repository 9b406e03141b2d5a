/** The same images under other names: registries that copy the official ones, and names of older times. */
import type { ImageDefinition } from "./define-image.ts";
import { nginx } from "./nginx.ts";
import { stress } from "./stress.ts";
import { pause } from "./pause.ts";
import { redis } from "./redis/redis.ts";
import { busybox, curl, dnsutils, netshoot, olderNslookup } from "./shells.ts";
import { tags } from "./tags.ts";

function renamed(definition: ImageDefinition, name: string, own = definition.tags): ImageDefinition {
  return { ...definition, name, tags: own };
}

export const mirrors: readonly ImageDefinition[] = [
  renamed(busybox, "registry.k8s.io/busybox", tags(1.2, "1.24 1.27 1.27.2 1.28 1.29 latest")),
  renamed(busybox, "registry.k8s.io/e2e-test-images/busybox", tags(2.2, "1.29-1..4 1.36.1-1 1.37.0-1")),
  { ...renamed(busybox, "docker.io/radial/busyboxplus", tags(5, "latest curl git")), programs: olderNslookup },
  renamed(nginx, "registry.k8s.io/nginx-slim", tags(41, "0.7..8 0.21..28")),
  renamed(nginx, "registry.k8s.io/nginx", tags(40, "1.7.9 test-cmd")),
  renamed(nginx, "registry.k8s.io/e2e-test-images/nginx", tags(8, "1.14-1..4 1.15-1..4")),
  ...["public.ecr.aws/nginx/nginx", "gcr.io/google_containers/nginx"].map((name) => renamed(nginx, name)),
  ...[
    "gcr.io/kubernetes-e2e-test-images/dnsutils",
    "registry.k8s.io/e2e-test-images/dnsutils",
    "docker.io/tutum/dnsutils",
  ].map((name) => renamed(dnsutils, name, tags(111, "latest 1.1..3"))),
  ...["docker.io/alpine/curl", "docker.io/appropriate/curl", "docker.io/governmentpaas/curl-ssl"].map((name) =>
    renamed(curl, name, tags(6, "latest 8.12.1 8.14.1")),
  ),
  ...["docker.io/praqma/network-multitool", "docker.io/wbitt/network-multitool"].map((name) =>
    renamed(netshoot, name, tags(60, "latest alpine-minimal extra")),
  ),
  { ...renamed(stress, "docker.io/progrium/stress", tags(120, "latest")), entrypoint: ["stress", "--verbose"] },
  renamed(pause, "docker.io/kubernetes/pause"),
  renamed(redis, "registry.k8s.io/e2e-test-images/redis", tags(26, "5.0.5-alpine 5.0.5-3")),
];

const KUBERNETES = "registry.k8s.io/";
/** Registries that hold all that another has: copies of Docker's official images, and older addresses of Kubernetes'. */
const COPIES: Readonly<Record<string, string>> = {
  "public.ecr.aws/docker/library/": "docker.io/library/",
  "mirror.gcr.io/library/": "docker.io/library/",
  "k8s.gcr.io/": KUBERNETES,
  "gcr.io/google-containers/": KUBERNETES,
  "gcr.io/google_containers/": KUBERNETES,
};

/** The image that a name of a copying registry stands for, under that name. */
export function fromCopy(
  repository: string,
  original: (name: string) => ImageDefinition | undefined,
): ImageDefinition | undefined {
  const copy = Object.keys(COPIES).find((prefix) => repository.startsWith(prefix));
  if (copy === undefined) return undefined;
  const definition = original(`${COPIES[copy]}${repository.slice(copy.length)}`);
  return definition === undefined ? undefined : renamed(definition, repository);
}
