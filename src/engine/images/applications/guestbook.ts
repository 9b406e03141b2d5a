/**
 * The guestbooks of Kubernetes' documentation: PHP and Go in front of a Redis leader and its followers.
 * Upstream: kubernetes/examples web/guestbook, web/guestbook-go.
 */
import type { ImageDefinition, ServerContext } from "../define-image.ts";
import { tags } from "../tags.ts";
import { defineWebApp, html, json } from "../web-app.ts";
import { formOf, pathWords } from "./app-state.ts";
import { whenAnswered } from "./back-ends.ts";
import { askRedis, redisValue } from "./redis-client.ts";
import type { RedisValue } from "./redis-client.ts";

interface Names {
  leader: string;
  follower: string;
}
const MASTER: Names = { leader: "redis-master", follower: "redis-slave" };
const REPLICA: Names = { leader: "redis-master", follower: "redis-replica" };
const LEADER: Names = { leader: "redis-leader", follower: "redis-follower" };

/** A host: by name, or as the service's environment variables have it. */
function hostOf(ctx: ServerContext, host: string): string {
  if (ctx.env["GET_HOSTS_FROM"] !== "env") return host;
  return ctx.env[`${host.toUpperCase().replaceAll("-", "_")}_SERVICE_HOST`] ?? "";
}

const frontends = (
  [
    ["gcr.io/google_samples/gb-frontend", MASTER],
    ["gcr.io/google-samples/gb-frontend", REPLICA],
    ["us-docker.pkg.dev/google-samples/containers/gke/gb-frontend", LEADER],
    ["docker.io/kubernetes/example-guestbook-php-redis", MASTER],
  ] as const
).map(([name, { leader, follower }]) =>
  defineWebApp({
    name,
    tags: tags(190, "v1..6 latest"),
    port: 80,
    program: "/usr/local/bin/apache2-foreground",
    userland: "debian",
    memoryMB: 24,
    page({ path, query }, ctx) {
      if (path === "/" || path === "/index.html") {
        return html("Guestbook", '<h2>Guestbook</h2>\n<form><input name="message"><button>Submit</button></form>');
      }
      if (path !== "/guestbook.php") return undefined;
      const { cmd, key = "", value = "" } = formOf(query);
      const writes = cmd === "set";
      const place = `${hostOf(ctx, writes ? leader : follower)}:6379`;
      const asking = askRedis(ctx, place, writes ? ["SET", key, value] : ["GET", key]);
      return whenAnswered(ctx, [asking], ([reply]) => {
        const got = redisValue(reply as never);
        if ("error" in got) {
          ctx.log(
            `PHP Fatal error:  Uncaught Predis\\Connection\\ConnectionException: ${got.error} [tcp://${place}]`,
            "stderr",
          );
          return html("Error", `<b>Fatal error</b>: ${got.error} [tcp://${place}]`, 500);
        }
        return json(writes ? { message: "Updated" } : { data: got.value ?? "" });
      });
    },
    banner: () => ["AH00094: Command line: 'apache2 -D FOREGROUND'"],
  }),
);

const GO_NAMES = ["registry.k8s.io/guestbook", "docker.io/kubernetes/guestbook", "docker.io/ibmcom/guestbook"];

const goGuestbooks = GO_NAMES.map((name) =>
  defineWebApp({
    name,
    tags: tags(5, "v1..3 latest"),
    port: 3000,
    program: "/app/main",
    userland: "none",
    exitCode: 2,
    page({ path }, ctx) {
      const ask = (host: string, words: string[], show: (value: RedisValue) => unknown): ReturnType<typeof json> =>
        whenAnswered(ctx, [askRedis(ctx, `${host}:6379`, words)], ([reply]) => {
          const got = redisValue(reply as never);
          return "error" in got ? { ...json({}), status: 500, body: `${got.error}\n` } : json(show(got.value));
        });
      const [verb, key = "", value = ""] = pathWords(path);
      if (verb === "") return html("Guestbook", '<h1>Guestbook</h1>\n<div id="guestbook-entries"></div>');
      if (verb === "env") return json(ctx.env);
      if (verb === "lrange") return ask("redis-slave", ["LRANGE", key, "0", "-1"], (entries) => entries);
      if (verb === "info") return ask("redis-master", ["INFO"], (text) => text);
      if (verb !== "rpush") return undefined;
      return ask("redis-master", ["RPUSH", key, value], () => [value]);
    },
    banner: () => ["[negroni] listening on :3000"],
  }),
);

export const guestbook: readonly ImageDefinition[] = [...frontends, ...goGuestbooks];
