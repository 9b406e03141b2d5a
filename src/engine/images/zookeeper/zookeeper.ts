/** ZooKeeper: its official image, and the one of Kubernetes' tutorial, which builds its ensemble from the pod's name. */
import { defineImage } from "../define-image.ts";
import type { ImageDefinition } from "../define-image.ts";
import { tags } from "../tags.ts";
import { zkCli, zkServer } from "./cli.ts";
import { startZookeeper, zookeeperBindFails } from "./server.ts";
import { log4j, startZookeeperScript } from "./start-zookeeper.ts";

const HOME = "/opt/zookeeper";
const PORTS = [2181, 2888, 3888];
const JAVA = "/usr/lib/jvm/java-8-openjdk-amd64/bin/java";
const OFFICIAL_JAVA = "/opt/java/openjdk/bin/java";

function server(version: string) {
  return {
    kind: "server",
    start: (ctx: Parameters<typeof startZookeeper>[0]) => startZookeeper(ctx, version),
    bindFails: zookeeperBindFails,
  } as const;
}

const READY = `#!/usr/bin/env bash
# Whether the server at that port says that it is well.
answer=$(echo ruok | nc 127.0.0.1 $1)
[ "$answer" == "imok" ]
`;

const kubernetes = defineImage({
  name: "registry.k8s.io/kubernetes-zookeeper",
  tags: tags(121, "1.0-3.4.10"),
  cmd: ["bash"],
  files: {
    [`${HOME}/bin/zookeeper-ready`]: READY,
    "/usr/etc/zookeeper/log4j.properties": log4j("INFO"),
  },
  owned: ["/bin", "/conf"]
    .map((folder) => ({ path: HOME + folder, uid: 1000 }))
    .concat({ path: "/usr/etc/zookeeper", uid: 1000 }),
  env: { PATH: `${HOME}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin` },
  exposedPorts: PORTS,
  userland: "debian",
  accounts: [{ name: "zookeeper", uid: 1000 }],
  programs: () => ({
    [JAVA]: server("3.4.10"),
    [`${HOME}/bin/start-zookeeper`]: { kind: "program", run: startZookeeperScript },
    [`${HOME}/bin/zkCli.sh`]: { kind: "program", run: zkCli("3.4.10") },
    [`${HOME}/bin/zkServer.sh`]: { kind: "program", run: zkServer(JAVA, `${HOME}/conf`) },
  }),
});

/** What a tag without a whole version stands for. */
const NEWEST: Readonly<Record<string, string>> = {
  "3.4": "3.4.14",
  "3.5": "3.5.10",
  "3.6": "3.6.4",
  "3.7": "3.7.2",
  "3.8": "3.8.4",
};

/** The configuration is the environment's, unless there is a file. */
const ENTRYPOINT = `#!/bin/bash
set -e
if [[ ! -f "$ZOO_CONF_DIR/zoo.cfg" ]]; then
  {
    echo "dataDir=$ZOO_DATA_DIR"
    echo "dataLogDir=$ZOO_DATA_LOG_DIR"
    echo "tickTime=$ZOO_TICK_TIME"
    echo "initLimit=$ZOO_INIT_LIMIT"
    echo "syncLimit=$ZOO_SYNC_LIMIT"
    echo "autopurge.snapRetainCount=3"
    echo "autopurge.purgeInterval=0"
    echo "maxClientCnxns=60"
    echo "4lw.commands.whitelist=\${ZOO_4LW_COMMANDS_WHITELIST:-srvr}"
    for server in $ZOO_SERVERS; do echo "$server" | tr ';' '\\n' | head -1; done
    echo "clientPort=2181"
  } > "$ZOO_CONF_DIR/zoo.cfg"
fi
mkdir -p "$ZOO_DATA_DIR"
if [[ ! -f "$ZOO_DATA_DIR/myid" ]]; then echo "\${ZOO_MY_ID:-1}" > "$ZOO_DATA_DIR/myid"; fi
exec "$@"
`;

const official = defineImage({
  name: "docker.io/library/zookeeper",
  tags: tags(110, "latest 3.4 3.5 3.6 3.7 3.8 3.9"),
  entrypoint: ["/docker-entrypoint.sh"],
  cmd: ["zkServer.sh", "start-foreground"],
  env: {
    ZOO_CONF_DIR: "/conf",
    ZOO_DATA_DIR: "/data",
    ZOO_DATA_LOG_DIR: "/datalog",
    ZOO_TICK_TIME: "2000",
    ZOO_INIT_LIMIT: "5",
    ZOO_SYNC_LIMIT: "2",
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/apache-zookeeper-bin/bin",
  },
  files: { "/docker-entrypoint.sh": ENTRYPOINT, "/conf/log4j.properties": log4j("INFO") },
  exposedPorts: PORTS,
  volumes: ["/data", "/datalog"],
  userland: "debian",
  accounts: [{ name: "zookeeper", uid: 1000 }],
  programs: (tag) => {
    const asked = /^\d+\.\d+/.exec(tag)?.[0] ?? "";
    const version = NEWEST[asked] ?? "3.9.4";
    return {
      [OFFICIAL_JAVA]: { ...server(version), shows: () => ({ user: "zookeeper" }) },
      "/apache-zookeeper-bin/bin/zkCli.sh": { kind: "program", run: zkCli(version) },
      "/apache-zookeeper-bin/bin/zkServer.sh": { kind: "program", run: zkServer(OFFICIAL_JAVA, "/conf") },
    };
  },
});

export const zookeeperImages: readonly ImageDefinition[] = [official, kubernetes];
