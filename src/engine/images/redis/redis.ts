/** Redis and Valkey, and Redis as Google's guestbook starts it. */
import type { ShownServer } from "../../runtime/containers/image.ts";
import { defineImage } from "../define-image.ts";
import type { ImageDefinition, ServerContext } from "../define-image.ts";
import { lazyTags, tags } from "../tags.ts";
import { redisCli } from "./cli.ts";
import { startSentinel } from "./sentinel/sentinel.ts";
import { redisBindFails, startRedis } from "./start.ts";

const VERSIONS =
  "latest 3.2 4 4.0 5 5.0 5.0.0..14 6 6.0 6.0.0..20 6.2 6.2.0..19 7 7.0 7.0.0..15 7.2 7.2.0..11 7.4 7.4.0..6 8 8.0 8.0.0..4 8.2 8.2.0..2";
/** What a tag without a whole version stands for. */
const NEWEST: Readonly<Record<string, string>> = {
  "3.2": "3.2.12",
  "4": "4.0.14",
  "4.0": "4.0.14",
  "5": "5.0.14",
  "5.0": "5.0.14",
  "6": "6.2.19",
  "6.0": "6.0.20",
  "6.2": "6.2.19",
  "7": "7.4.6",
  "7.0": "7.0.15",
  "7.2": "7.2.11",
  "7.4": "7.4.6",
  "8": "8.2.2",
  "8.0": "8.0.4",
};

function versionOf(tag: string): string {
  const number = /^\d+(\.\d+)*/.exec(tag)?.[0] ?? "";
  return number.split(".").length === 3 ? number : (NEWEST[number] ?? "8.2.2");
}

function programsOf(names: readonly string[]): NonNullable<ImageDefinition["programs"]> {
  return (tag) => {
    const version = versionOf(tag);
    return Object.fromEntries(
      names.flatMap((name) => [
        [
          `/usr/local/bin/${name}-server`,
          {
            ...{ kind: "server" as const, bindFails: redisBindFails, shows: redisShows },
            start: (ctx: ServerContext) => (ctx.argv.includes("--sentinel") ? startSentinel : startRedis)(ctx, version),
          },
        ],
        [
          `/usr/local/bin/${name}-sentinel`,
          {
            ...{ kind: "server" as const, bindFails: redisBindFails, shows: redisShows },
            start: (ctx: ServerContext) => startSentinel(ctx, version),
          },
        ],
        [`/usr/local/bin/${name}-cli`, { kind: "program", run: redisCli(version) }],
      ]),
    );
  };
}

/** It shows where it listens. */
const redisShows: ShownServer = ({ argv, fs }) => {
  const file = argv[1];
  const text = file !== undefined && !file.startsWith("-") && fs.exists(file) ? fs.readFile(file) : "";
  const port = argv[argv.indexOf("--port") + 1];
  const own = argv.includes("--port") ? port : /^port\s+(\d+)/m.exec(text)?.[1];
  const address = /^bind\s+(\S+)/m.exec(text)?.[1] ?? "*";
  const sentinel = argv.includes("--sentinel") || (argv[0] ?? "").endsWith("sentinel");
  const mode = sentinel ? " [sentinel]" : /^cluster-enabled\s+yes/m.test(text) ? " [cluster]" : "";
  const name = (argv[0] ?? "").replace(/^.*\//, "");
  return { title: `${name} ${address}:${own ?? (sentinel ? "26379" : "6379")}${mode}`, user: "redis" };
};

/** Options and configuration files alone are the server's. */
const ENTRYPOINT = `#!/bin/sh
if [ "\${1#-}" != "$1" ] || [ "\${1%.conf}" != "$1" ]; then
  set -- redis-server "$@"
fi
exec "$@"
`;

export const redis = defineImage({
  name: "docker.io/library/redis",
  tags: lazyTags(() => ({ ...tags(49.8, VERSIONS, ["", "-bookworm"]), ...tags(26.4, VERSIONS, ["-alpine"]) })),
  entrypoint: ["/usr/local/bin/docker-entrypoint.sh"],
  cmd: ["redis-server"],
  files: { "/usr/local/bin/docker-entrypoint.sh": ENTRYPOINT },
  workingDir: "/data",
  exposedPorts: [6379],
  volumes: ["/data"],
  userland: "debian",
  accounts: [{ name: "redis", uid: 999, home: "/home/redis", shell: "/bin/sh" }],
  programs: programsOf(["redis"]),
});

/** **Simplified:** it says that it is Redis 7.2.4, which its protocol does too, in its log as well. */
const valkey = defineImage({
  ...redis,
  name: "docker.io/valkey/valkey",
  tags: tags(45, "latest 7 7.2 8 8.0 8.1 9 9.0", ["", "-alpine"]),
  cmd: ["valkey-server"],
  programs: () => programsOf(["redis", "valkey"])("7.2.4"),
});

/** Replicas that look for their master under the name that the guestbook's pages give it. */
const followers = [
  ["gcr.io/google_samples/gb-redisslave", "v1..3 latest", "redis-master"],
  ["gcr.io/google-samples/gb-redisslave", "v1..3 latest", "redis-master"],
  ["registry.k8s.io/redis-slave", "v1..2 latest", "redis-master"],
  ["docker.io/kubernetes/redis-slave", "v1..2 latest", "redis-master"],
  ["gcr.io/google_samples/gb-redis-follower", "v1..2 latest", "redis-leader"],
  ["gcr.io/google-samples/gb-redis-follower", "v1..2 latest", "redis-leader"],
  ["us-docker.pkg.dev/google-samples/containers/gke/gb-redis-follower", "v1..2 latest", "redis-leader"],
].map(([name = "", names = "", master = ""]) =>
  defineImage({
    ...redis,
    name,
    tags: tags(36, names),
    cmd: ["redis-server", "--replicaof", master, "6379"],
  }),
);

export const redisImages: readonly ImageDefinition[] = [redis, valkey, ...followers];
