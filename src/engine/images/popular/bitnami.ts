/**
 * Bitnami's builds: nobody's root, their data below /bitnami, their own names for what others call differently, and a refusal
 * of empty passwords. Upstream: bitnami/containers, rootfs/opt/bitnami/scripts/*.
 *
 * **Simplified:** of their environment only what is named here counts; no replica sets and no backups.
 */
import type { ImageProgram } from "../../runtime/containers/image.ts";
import { mysqlImages } from "../databases/mysql.ts";
import { postgres } from "../databases/postgres.ts";
import { defineImage } from "../define-image.ts";
import type { ImageDefinition } from "../define-image.ts";
import { mongo } from "../mongo/mongo.ts";
import { nginx } from "../nginx.ts";
import { redis } from "../redis/redis.ts";
import { tags } from "../tags.ts";

interface Build {
  name: string;
  /** As its log and its scripts call it. */
  title: string;
  base: ImageDefinition;
  sizeMB: number;
  versions: string;
  port: number;
  /** Shell that checks and maps the environment; `refuse VARIABLE` ends it where that is empty. */
  setup: string;
  /** What it is at last. */
  run: string;
  files?: Readonly<Record<string, string>>;
}

const ADVICE =
  "Set the environment variable ALLOW_EMPTY_PASSWORD=yes to allow the container to be started with blank passwords. This is recommended only for development.";

function entrypoint({ name, title, setup, run }: Build): string {
  return `#!/bin/bash
say() { echo "${name} $(date +%H:%M:%S.00) $1 ==> $2" >&2; }
refuse() {
  if [ -z "$2" ] && [ "$ALLOW_EMPTY_PASSWORD" != yes ]; then
    say ERROR "The $1 environment variable is empty or not set. ${ADVICE}"
    exit 1
  fi
}
case "$1" in
  ""|/opt/bitnami/scripts/${name}/run.sh) ;;
  *) exec "$@" ;;
esac
say "INFO " "Welcome to the Bitnami ${name} container"
say "INFO " "** Starting ${title} setup **"
${setup}
say "INFO " "** ${title} setup finished! **"
say "INFO " "** Starting ${title} **"
exec ${run}
`;
}

function define(build: Build): ImageDefinition[] {
  const { name, base, sizeMB, versions, port, files } = build;
  return ["docker.io/bitnami", "docker.io/bitnamilegacy"].map((registry) => {
    const {
      volumes: _volumes,
      workingDir: _folder,
      alpine: _alpine,
      ...rest
    } = base as ImageDefinition & {
      alpine?: unknown;
    };
    return defineImage({
      ...rest,
      name: `${registry}/${name}`,
      tags: tags(sizeMB, `latest ${versions}`),
      user: 1001,
      env: { ...base.env, BITNAMI_APP_NAME: name },
      entrypoint: [`/opt/bitnami/scripts/${name}/entrypoint.sh`],
      cmd: [`/opt/bitnami/scripts/${name}/run.sh`],
      exposedPorts: [port],
      files: { ...base.files, ...files, [`/opt/bitnami/scripts/${name}/entrypoint.sh`]: entrypoint(build) },
      programs: (tag): Readonly<Record<string, ImageProgram>> => base.programs?.(tag) ?? {},
    });
  });
}

const NGINX_CONF = `worker_processes auto;
error_log /opt/bitnami/nginx/logs/error.log;
events { worker_connections 1024; }
http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log /opt/bitnami/nginx/logs/access.log;
    include /opt/bitnami/nginx/conf/server_blocks/*.conf;
    server {
        listen 8080;
        server_name _;
        location / { root /app; index index.html index.htm; }
    }
}
`;

const [mysql, , mariadb] = mysqlImages as [ImageDefinition, ImageDefinition, ImageDefinition];

const sql = (name: string, title: string, base: ImageDefinition, daemon: string): Build => {
  const prefix = name.toUpperCase();
  return {
    ...{ name, title, base, sizeMB: 180, port: 3306 },
    versions: name === "mysql" ? "5.7 8.0 8.4 9.0" : "10.6 10.11 11.4 11.8",
    setup: `refuse ${prefix}_ROOT_PASSWORD "$${prefix}_ROOT_PASSWORD"
[ -n "$${prefix}_ROOT_PASSWORD" ] || export ${prefix}_ALLOW_EMPTY_PASSWORD=yes`,
    run: `${daemon} --datadir=/bitnami/${name}/data`,
  };
};

const builds: readonly Build[] = [
  {
    ...{ name: "nginx", title: "NGINX", base: nginx, sizeMB: 62, versions: "1.25 1.26 1.27 1.28 1.29", port: 8080 },
    setup: ":",
    run: 'nginx -c /opt/bitnami/nginx/conf/nginx.conf -g "daemon off;"',
    files: {
      "/opt/bitnami/nginx/conf/nginx.conf": NGINX_CONF,
      "/app/index.html": nginx.files?.["/usr/share/nginx/html/index.html"] ?? "",
    },
  },
  {
    ...{ name: "redis", title: "Redis", base: redis, sizeMB: 60, versions: "6.2 7.0 7.2 7.4 8.0", port: 6379 },
    setup: `refuse REDIS_PASSWORD "$REDIS_PASSWORD"
set -- --port "\${REDIS_PORT_NUMBER:-6379}" --dir /bitnami/redis/data --appendonly yes
[ -z "$REDIS_PASSWORD" ] || set -- "$@" --requirepass "$REDIS_PASSWORD"
case "$REDIS_REPLICATION_MODE" in
  slave|replica)
    set -- "$@" --replicaof "$REDIS_MASTER_HOST \${REDIS_MASTER_PORT_NUMBER:-6379}"
    [ -z "$REDIS_MASTER_PASSWORD" ] || set -- "$@" --masterauth "$REDIS_MASTER_PASSWORD" ;;
esac`,
    run: 'redis-server "$@"',
  },
  {
    ...{ name: "postgresql", title: "PostgreSQL", base: postgres, sizeMB: 97, port: 5432 },
    versions: "12 13 14 15 16 17",
    setup: `export POSTGRES_PASSWORD="\${POSTGRESQL_PASSWORD:-$POSTGRES_PASSWORD}"
refuse POSTGRESQL_PASSWORD "$POSTGRES_PASSWORD"
[ -n "$POSTGRES_PASSWORD" ] || export POSTGRES_HOST_AUTH_METHOD=trust
export POSTGRES_USER="\${POSTGRESQL_USERNAME:-$POSTGRES_USER}" POSTGRES_DB="\${POSTGRESQL_DATABASE:-$POSTGRES_DB}"
export PGDATA=/bitnami/postgresql/data`,
    run: "postgres",
  },
  sql("mysql", "MySQL", mysql, "mysqld"),
  sql("mariadb", "MariaDB", mariadb, "mariadbd"),
  {
    ...{ name: "mongodb", title: "MongoDB", base: mongo, sizeMB: 240, versions: "5.0 6.0 7.0 8.0", port: 27017 },
    setup: `if [ -n "$MONGODB_ROOT_PASSWORD" ]; then
  export MONGO_INITDB_ROOT_USERNAME="\${MONGODB_ROOT_USER:-root}" MONGO_INITDB_ROOT_PASSWORD="$MONGODB_ROOT_PASSWORD"
fi`,
    run: "mongod --dbpath /bitnami/mongodb/data/db",
  },
];

export const bitnami: readonly ImageDefinition[] = builds.flatMap(define);
