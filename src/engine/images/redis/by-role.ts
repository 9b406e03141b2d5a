/**
 * Redis of Kubernetes' old storage example: a master, a Sentinel or, by default, a replica of the master that the service
 * redis-sentinel names. Upstream: kubernetes/examples _archived/storage/redis/image/run.sh.
 */
import { exec } from "../../base/syscalls.ts";
import { defineImage } from "../define-image.ts";
import type { ImageDefinition } from "../define-image.ts";
import { tags } from "../tags.ts";
import { redis } from "./redis.ts";

const SCRIPT = "/redis-by-role.sh";

const TEXT = `#!/bin/bash
find_master() {
  [ -n "$REDIS_SENTINEL_SERVICE_HOST" ] || return 1
  set -- $(redis-cli -h "$REDIS_SENTINEL_SERVICE_HOST" -p "$REDIS_SENTINEL_SERVICE_PORT" --csv SENTINEL get-master-addr-by-name mymaster 2>/dev/null | tr ',"' '  ')
  [ "$1" != NULL ] && [ "$1" != NIL ] && echo "$1" | grep '[0-9]'
}
until_reached() {
  while :; do
    master=$(find_master) || master=$1
    if [ -z "$master" ]; then
      echo "Failed to find master."
      sleep 60
      exit 1
    fi
    redis-cli -h "$master" INFO >/dev/null 2>&1 && break
    echo "Connecting to master failed.  Waiting..."
    sleep 10
  done
}
if [ "$MASTER" = true ]; then
  [ -e /redis-master-data ] || { echo "Redis master data doesn't exist, data won't be persistent!"; mkdir /redis-master-data; }
  exec redis-server --dir /redis-master-data --protected-mode no
elif [ "$SENTINEL" = true ]; then
  until_reached "$(hostname -i)"
  conf=/data/sentinel.conf
  echo "sentinel monitor mymaster $master 6379 2" >$conf
  echo "sentinel down-after-milliseconds mymaster 60000" >>$conf
  echo "sentinel failover-timeout mymaster 180000" >>$conf
  echo "sentinel parallel-syncs mymaster 1" >>$conf
  echo "bind 0.0.0.0" >>$conf
  exec redis-sentinel $conf
fi
until_reached ""
exec redis-server --replicaof "$master 6379" --protected-mode no
`;

/** Tag v1 is the example's; others are Redis as it comes. */
export const redisByRole: readonly ImageDefinition[] = ["registry.k8s.io/redis", "docker.io/kubernetes/redis"].map(
  (name) =>
    defineImage({
      ...redis,
      name,
      tags: tags(28, "v1 e2e"),
      entrypoint: ["/run.sh"],
      files: { ...redis.files, [SCRIPT]: TEXT },
      programs: (tag) => ({
        ...redis.programs?.(tag),
        "/run.sh": {
          kind: "program",
          *run({ env, cwd }, [, ...words]) {
            const usual = tag !== "v1" || words.some((word) => word !== "redis-server");
            const argv = usual ? ["/usr/local/bin/docker-entrypoint.sh", ...words] : ["/bin/bash", SCRIPT];
            return yield* exec({ argv, env, cwd, stdio: [0, 1, 2] });
          },
        },
      }),
    }),
);
