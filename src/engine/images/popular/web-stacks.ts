/** Web servers with a language or an application behind them. */
import type { ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import { write } from "../../base/syscalls.ts";
import { defineImage } from "../define-image.ts";
import type { ImageDefinition, Server } from "../define-image.ts";
import { AccessLog } from "../http-log.ts";
import { apacheBindFails, phpApacheShows } from "../httpd.ts";
import { defineService } from "../services/define-service.ts";
import { StaticSite } from "../static-files.ts";
import { tags } from "../tags.ts";
import { html, json } from "../web-app.ts";

/** A server that shows the files of one folder. */
function filesServer(how: {
  port: number;
  root: string;
  server: string;
  memoryMB: number;
  banner: readonly string[];
  notFound: string;
  /** What it can't do with a file. */
  refuses?(request: ServedRequest): ServedResponse | undefined;
}): Server {
  return (ctx) => {
    const access = new AccessLog({ forwarded: false });
    const site = new StaticSite(ctx, { root: how.root, server: how.server, errorPage: () => how.notFound });
    ctx.use({ cpuMillicores: 2, memoryBytes: how.memoryMB * 1024 * 1024 });
    ctx.listen(how.port, (request) => {
      const refused = how.refuses?.(request);
      if (refused !== undefined) return refused;
      const response = site.answer(request);
      ctx.log(access.line(request, response.status, response.length));
      return response;
    });
    for (const line of how.banner) ctx.log(line);
    const stop = (): void => ctx.exit(0);
    return { signals: { SIGTERM: stop, SIGWINCH: stop, SIGINT: stop } };
  };
}

const NO_PHP = "Drydock: this playground runs no PHP; files without it are served.\n";

/** **Simplified:** PHP itself is not there: `.php` pages answer 501, `php` says its version. */
const php = defineImage({
  name: "docker.io/library/php",
  tags: tags(180, "latest 5.6 7.0..4 8 8.0..4", [
    "",
    "-apache",
    "-cli",
    "-fpm",
    "-fpm-alpine",
    "-cli-alpine",
    "-alpine",
  ]),
  entrypoint: ["docker-php-entrypoint"],
  cmd: ["start-php"],
  files: {
    "/usr/local/bin/docker-php-entrypoint": '#!/bin/sh\nexec "$@"\n',
    "/var/www/html/.keep": "",
  },
  workingDir: "/var/www/html",
  exposedPorts: [80],
  userland: "debian",
  programs: (tag) => {
    const apache: Server = filesServer({
      port: 80,
      root: "/var/www/html",
      server: "Apache/2.4.65 (Debian)",
      memoryMB: 12,
      banner: ["AH00094: Command line: 'apache2 -D FOREGROUND'"],
      notFound: "<h1>Not Found</h1>\n<p>The requested URL was not found on this server.</p>\n",
      refuses: ({ path }) => (path.endsWith(".php") ? { status: 501, body: NO_PHP } : undefined),
    });
    const fpm: Server = (ctx) => {
      ctx.log("NOTICE: fpm is running, pid 1", "stderr");
      ctx.log("NOTICE: ready to handle connections", "stderr");
      ctx.log(NO_PHP.trim(), "stderr");
      ctx.use({ cpuMillicores: 1, memoryBytes: 12 * 1024 * 1024 });
      ctx.listenTcp(9000, (connection) => ({ data: () => connection.close() }));
      return { signals: { SIGTERM: () => ctx.exit(0), SIGQUIT: () => ctx.exit(0), SIGINT: () => ctx.exit(0) } };
    };
    const version = /^\d+\.\d+/.exec(tag)?.[0] ?? "8.4";
    return {
      "/usr/local/bin/apache2-foreground": {
        kind: "server",
        start: apache,
        bindFails: apacheBindFails,
        shows: phpApacheShows,
      },
      "/usr/local/sbin/php-fpm": { kind: "server", start: fpm },
      "/usr/local/bin/start-php": tag.includes("apache")
        ? { kind: "server", start: apache, bindFails: apacheBindFails, shows: phpApacheShows }
        : tag.includes("fpm")
          ? { kind: "server", start: fpm }
          : {
              kind: "program",
              *run() {
                yield* write(1, "Interactive shell\n\n");
                return 0;
              },
            },
      "/usr/local/bin/php": {
        kind: "program",
        *run(_ctx, argv) {
          if (argv[1] === "-v" || argv[1] === "--version") {
            yield* write(1, `PHP ${version}.0 (cli) (NTS)\n`);
            return 0;
          }
          yield* write(2, NO_PHP);
          return 255;
        },
      },
    };
  },
});

const TOMCAT_404 =
  '<!doctype html><html lang="en"><head><title>HTTP Status 404 – Not Found</title></head><body><h1>HTTP Status 404 – Not Found</h1><h3>Apache Tomcat/10.1.48</h3></body></html>';

/** **Simplified:** it serves the files of webapps/ROOT and runs no servlets; it has none at the start, as the image. */
const tomcat = defineImage({
  name: "docker.io/library/tomcat",
  tags: tags(210, "latest 7 7.0 8 8.0 8.5 9 9.0 10 10.1 11 11.0", [
    "",
    "-jdk17",
    "-jre17",
    "-jdk11",
    "-jdk8",
    "-alpine",
    "-slim",
  ]),
  cmd: ["catalina.sh", "run"],
  workingDir: "/usr/local/tomcat",
  env: {
    CATALINA_HOME: "/usr/local/tomcat",
    PATH: "/usr/local/tomcat/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  },
  exposedPorts: [8080],
  files: {
    "/usr/local/tomcat/webapps/.keep": "",
    "/usr/local/tomcat/webapps.dist/ROOT/index.html": "<h1>Apache Tomcat</h1>\n",
  },
  userland: "debian",
  programs: () => ({
    "/usr/local/tomcat/bin/catalina.sh": {
      kind: "server",
      start: filesServer({
        port: 8080,
        root: "/usr/local/tomcat/webapps/ROOT",
        server: "",
        memoryMB: 120,
        banner: ["INFO [main] org.apache.catalina.startup.Catalina.start Server startup in [512] milliseconds"],
        notFound: TOMCAT_404,
      }),
    },
  }),
});

const caddy = defineImage({
  name: "docker.io/library/caddy",
  tags: tags(18, "latest 2 2.6..10", ["", "-alpine"]),
  cmd: ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"],
  files: { "/usr/share/caddy/index.html": "<!DOCTYPE html>\n<title>Caddy works!</title>\n<h1>Congratulations!</h1>\n" },
  exposedPorts: [80],
  userland: "busybox",
  programs: () => ({
    "/usr/bin/caddy": {
      kind: "server",
      start: filesServer({
        port: 80,
        root: "/usr/share/caddy",
        server: "Caddy",
        memoryMB: 14,
        banner: [
          '{"level":"info","msg":"serving initial configuration"}',
          "Drydock: the Caddyfile is not read: port 80, /usr/share/caddy",
        ],
        notFound: "",
      }),
    },
  }),
});

const login = (title: string, text: string) => () => html(title, `<p>${text}</p>`);

export const webStacks: readonly ImageDefinition[] = [
  php,
  tomcat,
  caddy,
  ...defineService({
    names: ["docker.io/library/ghost"],
    tags: tags(180, "latest 0.7.1 1 2 3 4 5 5.0 5.59 5.130 6", ["", "-alpine"]),
    program: "/usr/local/bin/ghost",
    http: { 2368: ({ path }) => (path === "/" ? html("Ghost", "<p>Thoughts, stories and ideas.</p>") : undefined) },
    lacks: "shows one page and keeps no posts; it asks no database",
    banner: [
      "[INFO] Ghost is running in production...",
      "[INFO] Listening on: 0.0.0.0:2368",
      "[INFO] Ghost booted in 2.1s",
    ],
    startMs: 2100,
    memoryMB: 150,
  }),
  ...defineService({
    names: ["docker.io/library/adminer"],
    tags: tags(38, "latest 4 4.8.1 5 5.4.1"),
    program: "/usr/local/bin/adminer",
    http: { 8080: login("Login - Adminer", "Adminer: databases are not managed in this playground.") },
    lacks: "shows its login page alone",
    banner: ["PHP Development Server (http://[::]:8080) started"],
    memoryMB: 12,
  }),
  ...defineService({
    names: ["docker.io/library/phpmyadmin", "docker.io/phpmyadmin/phpmyadmin"],
    tags: tags(160, "latest 4.9 5 5.0..2", ["", "-apache"]),
    program: "/usr/local/bin/phpmyadmin",
    http: { 80: login("phpMyAdmin", "phpMyAdmin: databases are not managed in this playground.") },
    lacks: "shows its login page alone",
    banner: ["AH00094: Command line: 'apache2 -D FOREGROUND'"],
    memoryMB: 30,
  }),
  ...defineService({
    names: ["docker.io/library/mongo-express"],
    tags: tags(60, "latest 0.54.0 1.0.0..2 1.0.2-20"),
    program: "/usr/local/bin/mongo-express",
    http: { 8081: login("Mongo Express", "Mongo Express: databases are not managed in this playground.") },
    lacks: "shows one page alone and asks no database",
    banner: ["Mongo Express server listening at http://0.0.0.0:8081"],
    memoryMB: 50,
  }),
  ...defineService({
    names: ["docker.io/jenkins/jenkins"],
    tags: tags(270, "latest lts lts-jdk17 lts-jdk21 jdk17 2.387.3 2.426.1 2.452.1 2.504.1"),
    program: "/usr/local/bin/jenkins.sh",
    http: {
      8080: ({ path }) =>
        path === "/login"
          ? html("Sign in - Jenkins", "<h1>Sign in to Jenkins</h1>")
          : { ...html("Forbidden", "Authentication required", 403), headers: { "x-jenkins": "2.504.1" } },
    },
    tcp: [50_000],
    lacks: "builds nothing: it shows its login page",
    banner: ["INFO\thudson.lifecycle.Lifecycle#onReady: Jenkins is fully up and running"],
    startMs: 12_000,
    memoryMB: 450,
  }),
  ...defineService({
    names: ["docker.io/library/traefik"],
    tags: tags(50, "latest v1.7 v2.0..11 v3 v3.0..6 2.10 3.5"),
    program: "/usr/local/bin/traefik",
    userland: "busybox",
    http: {
      80: () => undefined,
      8080: ({ path }) =>
        path === "/ping"
          ? "OK"
          : path === "/api/rawdata"
            ? json({})
            : path.startsWith("/dashboard")
              ? html("Traefik", "<h1>Traefik</h1>")
              : undefined,
    },
    lacks:
      "reads no Ingresses and routes nothing: every request is answered 404; /ping and the dashboard's page are there",
    banner: ["INF Starting provider aggregator *aggregator.ProviderAggregator"],
    memoryMB: 30,
  }),
  ...defineService({
    names: ["docker.io/library/influxdb"],
    tags: tags(130, "latest 1.7 1.8 2 2.0..7", ["", "-alpine"]),
    program: "/usr/bin/influxd",
    http: {
      8086: ({ path }) =>
        path === "/ping"
          ? { status: 204, body: "" }
          : path === "/health"
            ? json({ name: "influxdb", status: "pass" })
            : json({ error: "not simulated" }, 501),
    },
    lacks: "stores and queries nothing: it answers 501; /ping and /health are there",
    banner: ['lvl=info msg="Listening on HTTP" addr=:8086'],
    memoryMB: 60,
  }),
  ...defineService({
    names: ["docker.io/library/eclipse-mosquitto"],
    tags: tags(5, "latest 1.6 2 2.0 2.0.15..22"),
    program: "/usr/sbin/mosquitto",
    userland: "busybox",
    tcp: [1883],
    lacks: "speaks no MQTT: clients are hung up on",
    banner: ["mosquitto version 2.0.22 running"],
    memoryMB: 3,
  }),
  ...defineService({
    names: ["docker.io/jaegertracing/all-in-one"],
    tags: tags(35, "latest 1 1.6 1.22 1.35 1.57 1.60 1.70 1.74"),
    program: "/go/bin/all-in-one-linux",
    userland: "none",
    http: {
      16_686: ({ path }) => (path === "/" ? html("Jaeger UI", "<p>Jaeger: no traces are kept here.</p>") : undefined),
      14_269: () => json({ status: "Server available" }),
    },
    tcp: [4317, 4318, 14_268],
    lacks: "takes in and shows no traces",
    banner: ['{"level":"info","msg":"Starting HTTP server","addr":":16686"}'],
    memoryMB: 25,
  }),
  ...defineService({
    names: ["docker.io/lmenezes/cerebro", "docker.io/upmcenterprises/cerebro"],
    tags: tags(120, "latest 0.7.2 0.9.4"),
    program: "/opt/cerebro/bin/cerebro",
    http: { 9000: login("Cerebro", "Cerebro: this playground has no indices to show.") },
    lacks: "asks no Elasticsearch and shows one page",
    banner: ["[info] play.api.Play - Application started (Prod)"],
    memoryMB: 180,
  }),
];
