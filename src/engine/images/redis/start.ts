/** The start of redis-server: its settings, its port, its first lines. Upstream: Redis src/server.c main. */
import type { BindFailure, Server, ServerContext } from "../define-image.ts";
import { boundAddress } from "../databases/bound-address.ts";
import { RedisCluster } from "./cluster.ts";
import { BASE_MEMORY, RedisServer, stamp } from "./server.ts";
import { readSettings } from "./settings.ts";

export const redisBindFails: BindFailure = ({ address, port, why, now }) => {
  const host = address === "::" ? "*" : address;
  return {
    lines: [
      `Warning: Could not create server TCP listening socket ${host}:${port}: bind: ${why}`,
      `Failed listening on port ${port} (tcp), aborting.`,
    ].map((text) => `1:M ${stamp(now)} # ${text}`),
  };
};

/** What `bind` leaves. An address behind a dash may be one that the pod has not. */
export function boundTo(words: string): string | undefined {
  return boundAddress(words.replace(/(^|\s)-/g, "$1"), ["*", "::", "::*"]);
}

export function startRedis(ctx: ServerContext, version: string): ReturnType<Server> {
  const settings = readSettings(ctx, version);
  const early = (mark: string, text: string): void => ctx.log((time) => `1:C ${stamp(time)} ${mark} ${text}`);
  if (typeof settings === "string") {
    ctx.log(settings, "stderr");
    ctx.exit(1);
    return undefined;
  }
  early("*", "oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo");
  early("*", `Redis version=${version}, bits=64, commit=00000000, modified=0, pid=1, just started`);
  if (settings.fromFile || ctx.argv.length > 1) early("*", "Configuration loaded");
  else {
    early(
      "#",
      "Warning: no config file specified, using the default config. In order to specify a config file use redis-server /path/to/redis.conf",
    );
  }
  if (settings.withoutEffect.length > 0) {
    early("#", `Drydock: these directives have no effect in this playground: ${settings.withoutEffect.join(" ")}`);
  }
  const server = new RedisServer(ctx, settings, version);
  const port = Number(server.get("port"));
  ctx.listenTcp(port, (connection) => server.accept(connection), boundTo(server.get("bind")));
  ctx.use({ cpuMillicores: 3, memoryBytes: BASE_MEMORY });
  const clustered = server.get("cluster-enabled") === "yes";
  if (clustered) server.cluster = new RedisCluster(server);
  server.line("*", `Running mode=${clustered ? "cluster" : "standalone"}, port=${port}.`);
  server.line("*", "Server initialized");
  server.line("*", "Ready to accept connections tcp");
  const [host, masterPort] = server.get("replicaof").split(" ");
  if (host !== undefined && host !== "") server.link.follow({ host, port: Number(masterPort ?? 6379) });
  return {
    signals: {
      SIGTERM: () => server.stop("User requested shutdown..."),
      SIGINT: () => server.stop("User requested shutdown..."),
    },
    ended: () => server.link.follow(undefined),
  };
}
