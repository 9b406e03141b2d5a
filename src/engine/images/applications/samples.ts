/** Small applications of one or two images: the Tomcat with its war file, the load and the mended payment of Robot Shop. */
import type { ServedResponse } from "../../runtime/network-port.ts";
import { defineImage } from "../define-image.ts";
import type { ImageDefinition, ServerContext } from "../define-image.ts";
import { tags } from "../tags.ts";
import { defineWebApp, html } from "../web-app.ts";
import { askHttp, failures, whenAnswered } from "./back-ends.ts";
import type { Reply } from "./back-ends.ts";
import { askRedis, redisValue } from "./redis-client.ts";
import { defineVisitor } from "./worker.ts";

const TOMCAT = "/root/apache-tomcat-7.0.42-v2";

/** Only a file: what an init container or a sidecar copies to the server's folder. */
const sample = defineImage({
  name: "docker.io/resouer/sample",
  tags: tags(2.5, "v1 v2 latest"),
  cmd: ["tail", "-f", "/dev/null"],
  userland: "busybox",
  files: { "/sample.war": "PK\n" },
});

/** Serves `/sample/` once its war file is in the folder. */
const tomcat = defineWebApp({
  name: "docker.io/resouer/mytomcat",
  tags: tags(160, "7.0 latest"),
  port: 8080,
  program: `${TOMCAT}/bin/start.sh`,
  userland: "debian",
  memoryMB: 130,
  startMs: 4000,
  exitCode: 143,
  notFound:
    "<html><head><title>Apache Tomcat/7.0.42 - Error report</title></head><body><h1>HTTP Status 404</h1></body></html>",
  page: ({ path }, ctx) =>
    /^\/sample\/?$/.test(path) && deployed(ctx)
      ? html("Sample Hello, World Application", '<h1>Sample "Hello, World" Application</h1>')
      : undefined,
  banner: () => ['INFO: Starting ProtocolHandler ["http-bio-8080"]', "INFO: Server startup in 3912 ms"],
});

function deployed(ctx: ServerContext): boolean {
  return ctx.fs.exists(`${TOMCAT}/webapps/sample.war`);
}

const helloNode = ["docker.io/aronchick/hello-node", "gcr.io/hello-minikube-zero-install/hello-node"].map((name) =>
  defineWebApp({
    name,
    tags: tags(250, "1.0 2.0 latest"),
    port: 8080,
    program: "/usr/local/bin/node",
    userland: "debian",
    memoryMB: 30,
    exitCode: 143,
    page: () => "Hello World!",
    logLine: ({ path }) => `Received request for URL: ${path}`,
  }),
);

/** Robot Shop's payment: it asks the cart and the user before it charges. */
const payment = ["rs-payment", "rs-payment-fix"].map((name) =>
  defineWebApp({
    name: `docker.io/robotshop/${name}`,
    tags: tags(140, "latest 2.0.0 2.1.0"),
    port: 8080,
    program: "/usr/local/bin/uwsgi",
    userland: "debian",
    memoryMB: 45,
    page({ method, path }, ctx) {
      if (path === "/health") return "OK";
      if (method !== "POST" || !path.startsWith("/pay/")) return undefined;
      const user = path.slice("/pay/".length);
      const asked = [
        askHttp(ctx, `http://${ctx.env["USER_HOST"] ?? "user"}:8080/check/${user}`),
        askHttp(ctx, `http://${ctx.env["CART_HOST"] ?? "cart"}:8080/cart/${user}`, { method: "DELETE" }),
      ];
      return whenAnswered(ctx, asked, (replies) => {
        const [failed] = failures(replies);
        if (failed === undefined) return { status: 200, body: "{}" };
        ctx.log(failed, "stderr");
        return { status: 500, body: failed };
      });
    },
    banner: () => ["*** Starting uWSGI 2.0.18 (64bit) ***", "uWSGI http bound on :8080 fd 4"],
  }),
);

const load = defineVisitor({
  name: "docker.io/robotshop/rs-load",
  tags: tags(140, "latest 2.0.0 2.1.0"),
  everyMs: 5000,
  address: (ctx) => ctx.env["HOST"] ?? "http://web:8080/",
  paths: ["/", "/api/user/uniqueid", "/api/catalogue/categories"],
});

const CLUSTER = "redis-cluster:6379";

/** Counts in a Redis Cluster, wherever its key is. */
const helloRedis = defineWebApp({
  name: "us-docker.pkg.dev/google-samples/containers/gke/hello-app-redis",
  tags: tags(9, "1.0 latest"),
  port: 8080,
  readsPort: true,
  program: "/hello-app",
  userland: "none",
  exitCode: 2,
  page({ path }, ctx) {
    if (path === "/healthz") return "ok";
    const count = (place: string, moves: number): ServedResponse =>
      whenAnswered(ctx, [askRedis(ctx, place, ["INCR", "hits"])], ([reply]) => {
        const got = redisValue(reply as Reply);
        const moved = "error" in got ? /^MOVED \d+ (.*)$/.exec(got.error)?.[1] : undefined;
        if (moved !== undefined && moves > 0) return count(moved, moves - 1);
        if (!("error" in got)) {
          const text = `Hello, world!\nVersion: 1.0.0\nHostname: ${ctx.hostname}\nI have been hit [${String(got.value)}] times since deployment!\n`;
          return { status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body: text };
        }
        ctx.log(got.error, "stderr");
        return { status: 500, body: `${got.error}\n` };
      });
    return count(CLUSTER, 5);
  },
  banner: (port) => [`Server listening on port ${port}`],
  logLine: ({ path }) => `Serving request: ${path}`,
});

export const samples: readonly ImageDefinition[] = [sample, tomcat, ...helloNode, helloRedis, ...payment, load];
