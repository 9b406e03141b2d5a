/** Small servers that tutorials deploy: each says who it is, so that one sees which pod answered. */
import type { ServedRequest } from "../runtime/network-port.ts";
import { processState } from "./applications/app-state.ts";
import type { ImageDefinition } from "./define-image.ts";
import { RequestCounts } from "../base/request-counts.ts";
import { tags } from "./tags.ts";
import { answerHealth, defineWebApp, goStamp, html, json } from "./web-app.ts";

const HELLO_APP_NAMES = [
  "gcr.io/google-samples/hello-app",
  "us-docker.pkg.dev/google-samples/containers/gke/hello-app",
];

/** Google's hello-app. */
const helloApps = HELLO_APP_NAMES.map((name) =>
  defineWebApp({
    name,
    tags: tags(11.5, "1.0 2.0 latest"),
    port: 8080,
    readsPort: true,
    program: "/hello-app",
    userland: "none",
    exitCode: 2,
    page: (_request, { hostname }, tag) =>
      `Hello, world!\nVersion: ${tag === "2.0" ? "2.0.0" : "1.0.0"}\nHostname: ${hostname}\n`,
    banner: (port, ctx) => [`${goStamp(ctx.now())} Server listening on port ${port}`],
    logLine: (request, _status, time) => `${goStamp(time)} Serving request: ${request.path}`,
  }),
);

const whereami = defineWebApp({
  name: "us-docker.pkg.dev/google-samples/containers/gke/whereami",
  tags: tags(60, "v1.2.0..29 latest"),
  port: 8080,
  readsPort: true,
  memoryMB: 40,
  userland: "debian",
  contentType: "application/json",
  page: ({ path, headers }, ctx) => {
    const whole = {
      host_header: headers["host"] ?? "",
      pod_name: ctx.env["POD_NAME"] ?? ctx.hostname,
      pod_name_emoji: "🚢",
      timestamp: new Date(ctx.now()).toISOString().slice(0, 19),
      ...(ctx.env["METADATA"] !== undefined && { metadata: ctx.env["METADATA"] }),
      ...(ctx.env["POD_NAMESPACE"] !== undefined && { pod_namespace: ctx.env["POD_NAMESPACE"] }),
      ...(ctx.env["POD_IP"] !== undefined && { pod_ip: ctx.env["POD_IP"] }),
      ...(ctx.env["NODE_NAME"] !== undefined && { node_name: ctx.env["NODE_NAME"] }),
      ...(ctx.env["POD_SERVICE_ACCOUNT"] !== undefined && { pod_service_account: ctx.env["POD_SERVICE_ACCOUNT"] }),
    };
    if (path === "/healthz") return "Healthy.";
    const field = path.slice(1) as keyof typeof whole;
    return field in whole ? String(whole[field]) : json(whole);
  },
  banner: (port) => [" * Serving Flask app 'app'", ` * Running on http://0.0.0.0:${port}`],
  works(ctx) {
    // **Simplified:** of gRPC's services the one for health alone.
    if (ctx.env["GRPC_ENABLED"] === "True") ctx.listen(9090, answerHealth);
  },
});

function echoed(request: ServedRequest, hostname: string): string {
  const { method, path, query, headers, body, remoteAddress } = request;
  const target = `${path}${query === "" ? "" : `?${query}`}`;
  return [
    "",
    "",
    `Hostname: ${hostname}`,
    "",
    "Pod Information:",
    "\t-no pod information available-",
    "",
    "Server values:",
    "\tserver_version=nginx: 1.13.3 - lua: 10008",
    "",
    "Request Information:",
    `\tclient_address=${remoteAddress}`,
    `\tmethod=${method}`,
    `\treal path=${target}`,
    `\tquery=${query}`,
    "\trequest_version=1.1",
    "\trequest_scheme=http",
    `\trequest_uri=http://${headers["host"] ?? ""}:8080${target}`,
    "",
    "Request Headers:",
    ...Object.entries(headers).map(([name, value]) => `\t${name}=${value}`),
    "",
    "Request Body:",
    body === "" ? "\t-no body in request-" : body,
    "",
    "",
  ].join("\n");
}

const ECHO_NAMES = [
  "registry.k8s.io/echoserver",
  "registry.k8s.io/e2e-test-images/echoserver",
  "docker.io/kicbase/echo-server",
];
const echoServers = ECHO_NAMES.map((name) =>
  defineWebApp({
    name,
    tags: tags(42.6, "1.0..10 2.3 2.5 latest"),
    port: 8080,
    program: "/usr/local/bin/run.sh",
    memoryMB: 6,
    page: (request, { hostname }) => echoed(request, hostname),
    logLine: (request, status, time) =>
      `${request.remoteAddress} - - [${new Date(time).toISOString()}] "${request.method} ${request.path} HTTP/1.1" ${status}`,
  }),
);

const serveHostname = ["registry.k8s.io/serve_hostname", "registry.k8s.io/e2e-test-images/serve-hostname"].map((name) =>
  defineWebApp({
    name,
    tags: tags(6.2, "v1.4 1.1 latest"),
    port: 9376,
    program: "/serve_hostname",
    userland: "none",
    exitCode: 2,
    page: (_request, { hostname }) => hostname,
    banner: (port, ctx) => [`${goStamp(ctx.now())} Serving on HTTP on :${port}.`],
  }),
);

/** Serves its own root directory; tutorials only ask for its front page. */
const testWebserver = defineWebApp({
  name: "registry.k8s.io/test-webserver",
  tags: tags(4.7, "latest e2e"),
  port: 80,
  program: "/test-webserver",
  page: ({ path }) =>
    path === "/"
      ? { ...html("test-webserver", '<pre>\n<a href="test-webserver">test-webserver</a>\n</pre>'), status: 200 }
      : undefined,
});

const simpleService = defineWebApp({
  name: "quay.io/openshiftlabs/simpleservice",
  tags: tags(260, "0.4.0 0.5.0"),
  port: 9876,
  userland: "debian",
  memoryMB: 20,
  notFound: "<html><title>404: Not Found</title><body>404: Not Found</body></html>",
  page: ({ path, headers, remoteAddress }, ctx) => {
    const version = ctx.env["SIMPLE_SERVICE_VERSION"] ?? "0.5.0";
    const host = headers["host"] ?? "";
    if (path === "/health") {
      const slowest = Number(ctx.env["HEALTH_MAX"] ?? 0);
      const fastest = Number(ctx.env["HEALTH_MIN"] ?? 0);
      const delayMs = slowest > fastest ? fastest + ctx.random(slowest - fastest) : slowest;
      return { ...json({ healthy: true }), delayMs: Math.max(1, delayMs) };
    }
    if (path === "/info") return json({ host, version, from: remoteAddress });
    if (path === "/env") return json({ version, env: JSON.stringify(ctx.env) });
    if (path === "/endpoint0") return json({ host, version, result: "all is well" });
    return undefined;
  },
  logLine: ({ path, method, remoteAddress }, status, time) =>
    `${new Date(time).toISOString().slice(0, 19)} INFO ${status} ${method} ${path} (${remoteAddress})`,
});

const podinfoCounts = processState(
  () => new RequestCounts("http_requests_total", "The total number of HTTP requests."),
);

const podinfo = ["ghcr.io/stefanprodan/podinfo", "docker.io/stefanprodan/podinfo"].map((name) =>
  defineWebApp({
    name,
    tags: tags(16, "6.0.0..4 6.1.0..8 6.2.0..3 6.3.0..6 6.4.0..1 6.5.0..4 6.6.0..3 6.7.0..1 6.8.0 6.9.0..2 latest"),
    port: 9898,
    program: "/home/app/podinfo",
    exitCode: 0,
    page: ({ path, method, body }, ctx, tag) => {
      const counts = podinfoCounts(ctx);
      if (path === "/metrics") return counts.text();
      counts.count({ status: path === "/echo" ? "202" : "200" });
      const version = tag === "latest" ? "6.9.2" : tag;
      const message = ctx.env["PODINFO_UI_MESSAGE"] ?? `greetings from podinfo v${version}`;
      const color = ctx.env["PODINFO_UI_COLOR"] ?? "#34577c";
      switch (path) {
        case "/":
          return json({
            hostname: ctx.hostname,
            version,
            revision: "unknown",
            color,
            message,
            goos: "linux",
            goarch: "amd64",
          });
        case "/healthz":
        case "/readyz":
          return json({ status: "OK" });
        case "/version":
          return json({ commit: "unknown", version });
        case "/env":
          return json(Object.entries(ctx.env).map(([key, value]) => `${key}=${value}`));
        case "/echo":
          return method === "POST" ? { ...json(""), body, status: 202 } : undefined;
        default:
          return undefined;
      }
    },
    banner: (port, ctx) => [
      JSON.stringify({
        level: "info",
        ts: new Date(ctx.now()).toISOString(),
        msg: "Starting HTTP Server.",
        addr: `:${port}`,
      }),
    ],
  }),
);

/** The app of "Kubernetes in Action". */
const kiada = ["docker.io/luksa/kiada", "docker.io/luksa/kubia"].map((name) =>
  defineWebApp({
    name,
    tags: tags(290, "latest v1 v2 v3 0.1..10"),
    port: 8080,
    program: "/usr/local/bin/node",
    userland: "debian",
    memoryMB: 30,
    exitCode: 143,
    page: ({ remoteAddress }, { hostname, podIP }, tag) =>
      name.endsWith("kubia")
        ? `You've hit ${hostname}\n`
        : `Kiada version ${tag === "latest" ? "0.1" : tag}. Request processed by "${hostname}". Server IP: ${podIP}. Client IP: ${remoteAddress}\n`,
    banner: () =>
      name.endsWith("kubia")
        ? ["Kubia server starting..."]
        : ["Kiada - Kubernetes in Action Demo Application", "Listening on port 8080"],
    logLine: ({ remoteAddress }, _status, time) =>
      name.endsWith("kubia")
        ? `Received request from ${remoteAddress}`
        : `${new Date(time).toISOString()} Received request for / from ${remoteAddress}`,
  }),
);

const color = defineWebApp({
  name: "docker.io/jpetazzo/color",
  tags: tags(7, "latest"),
  port: 80,
  program: "/color",
  userland: "none",
  page: (_request, { hostname, podIP }) =>
    `🎨 This is pod ${hostname} on linux/amd64, serving / for ${podIP}, color ${hostname.split("-")[0] ?? ""}\n`,
});

const helloKubernetes = defineWebApp({
  name: "docker.io/paulbouwer/hello-kubernetes",
  tags: tags(45, "1 1.0..10 latest"),
  port: 8080,
  readsPort: true,
  program: "/usr/local/bin/node",
  memoryMB: 30,
  exitCode: 143,
  page: (_request, ctx) =>
    html(
      "Hello Kubernetes!",
      `<h1>${ctx.env["MESSAGE"] ?? "Hello world!"}</h1>\n<table>\n<tr><th>pod:</th><td>${ctx.hostname}</td></tr>\n<tr><th>node:</th><td>${ctx.env["KUBERNETES_NODE_NAME"] ?? ""}</td></tr>\n</table>`,
    ),
  banner: (port) => [`Listening on: http://:${port}`],
});

/** The config map demo of Kubernetes' kustomize documentation. */
const monopoleHello = defineWebApp({
  name: "docker.io/monopole/hello",
  tags: tags(3.2, "1 2 latest"),
  port: 8080,
  program: "/hello",
  userland: "none",
  exitCode: 2,
  page: ({ path }, ctx) => {
    const greeting = ctx.env["ALT_GREETING"] ?? "Hello";
    const risky = /--enableRiskyFeature=true/.test(ctx.argv.join(" "));
    const words = `${greeting} ${path.slice(1) || "World"}!`;
    return html("hello", `Version 1 : ${risky ? `<em>${words}</em>` : words}`);
  },
});

export const demoServers: readonly ImageDefinition[] = [
  ...helloApps,
  whereami,
  ...echoServers,
  ...serveHostname,
  testWebserver,
  simpleService,
  ...podinfo,
  ...kiada,
  color,
  helloKubernetes,
  monopoleHello,
];
