/** MinIO's server and its client. */
import { defineImage } from "../define-image.ts";
import type { ImageDefinition } from "../define-image.ts";
import { tags } from "../tags.ts";
import { mc } from "./mc.ts";
import { startMinio } from "./server.ts";

const CLIENT = { "/usr/bin/mc": { kind: "program" as const, run: mc } };

/** A first word that is no command of the image is minio's. */
const ENTRYPOINT = `#!/bin/sh
if [ "\${1#-}" != "$1" ] || ! command -v "$1" >/dev/null; then
  set -- minio "$@"
fi
exec "$@"
`;

const servers = ["docker.io/minio/minio", "quay.io/minio/minio"].map((name) =>
  defineImage({
    name,
    tags: tags(
      60,
      "latest edge RELEASE.2021-04-06T23-11-00Z RELEASE.2023-09-07T02-05-02Z RELEASE.2024-01-01T16-36-33Z RELEASE.2025-04-22T22-12-26Z",
    ),
    entrypoint: ["/usr/bin/docker-entrypoint.sh"],
    cmd: ["minio"],
    files: { "/usr/bin/docker-entrypoint.sh": ENTRYPOINT },
    exposedPorts: [9000],
    volumes: ["/data"],
    userland: "debian",
    programs: () => ({ "/usr/bin/minio": { kind: "server", start: startMinio }, ...CLIENT }),
  }),
);

const clients = ["docker.io/minio/mc", "quay.io/minio/mc"].map((name) =>
  defineImage({
    name,
    tags: tags(
      27,
      "latest edge RELEASE.2023-09-07T22-48-55Z RELEASE.2024-01-31T08-59-40Z RELEASE.2025-04-16T18-13-26Z",
    ),
    entrypoint: ["mc"],
    userland: "debian",
    programs: () => CLIENT,
  }),
);

export const minio: readonly ImageDefinition[] = [...servers, ...clients];
