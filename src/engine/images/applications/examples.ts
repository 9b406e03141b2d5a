/** Images of single pages: ingress-nginx' examples, DNS across namespaces, sleepers and Kafka's command line. */
import { parseGoDuration } from "../../base/go-duration.ts";
import { SystemError } from "../../base/program.ts";
import type { Program } from "../../base/program.ts";
import { connect, http, readAll, resolve, sleep, write } from "../../base/syscalls.ts";
import type { ServedResponse } from "../../runtime/network-port.ts";
import { defineImage } from "../define-image.ts";
import type { ImageDefinition, ServerContext } from "../define-image.ts";
import { tags } from "../tags.ts";
import { defineWebApp, goStamp } from "../web-app.ts";
import { formOf } from "./app-state.ts";

const NOT_FOUND = "The page you're looking for could not be found";

/**
 * Pages in the place of errors, by the headers that the Ingress controller sends. Upstream: kubernetes/ingress-nginx
 * images/custom-error-pages. **Simplified:** formats are HTML and JSON.
 */
const errorPages = [
  "registry.k8s.io/ingress-nginx/custom-error-pages",
  "registry.k8s.io/ingress-nginx/nginx-errors",
].map((name) =>
  defineWebApp({
    name,
    tags: tags(8, "1.0 v1.0.0..2 v1.1.0..2 v1.2.0..9 0.48.1"),
    port: 8080,
    program: "/nginx-errors",
    userland: "none",
    exitCode: 2,
    files: {
      "/www/404.html": `<span>${NOT_FOUND}.</span>\n`,
      "/www/404.json": `{ "message": "${NOT_FOUND}" }\n`,
      "/www/4xx.html": "<span>4xx html</span>\n",
      "/www/4xx.json": '{ "message": "4xx json" }\n',
      "/www/5xx.html": "<span>5xx html</span>\n",
      "/www/5xx.json": '{ "message": "5xx json" }\n',
    },
    page: ({ path, headers }, ctx) => (path === "/healthz" ? "" : errorPage(ctx, headers)),
  }),
);

function errorPage(ctx: ServerContext, headers: Readonly<Record<string, string>>): ServedResponse {
  const say = (text: string): void => ctx.log((time) => `${goStamp(time)} ${text}`, "stderr");
  const usual = ctx.env["DEFAULT_RESPONSE_FORMAT"] ?? "text/html";
  const format = headers["x-format"] ?? usual;
  if (headers["x-format"] === undefined) say(`format not specified. Using ${format}`);
  const extension = /json/.test(format) ? ".json" : ".html";
  const asked = headers["x-code"] ?? "";
  const code = /^\d{3}$/.test(asked) ? Number(asked) : 404;
  if (String(code) !== asked)
    say(`unexpected error reading return code: strconv.Atoi: parsing "${asked}": invalid syntax. Using 404`);
  const folder = ctx.env["ERROR_FILES_PATH"] ?? "/www";
  const files = [`${folder}/${code}${extension}`, `${folder}/${String(code)[0]}xx${extension}`];
  for (const file of files) {
    if (!ctx.fs.exists(file)) {
      say(`unexpected error opening file: open ${file}: no such file or directory`);
      continue;
    }
    say(`serving custom error response for code ${code} and format ${format} from file ${file}`);
    return { status: code, headers: { "content-type": format }, body: ctx.fs.readFile(file) };
  }
  return { status: code, headers: { "content-type": format }, body: "404 page not found\n" };
}

/** Who says that he is internal is let in, with headers that tell who he is. */
const authService = defineWebApp({
  name: "gcr.io/k8s-staging-ingress-nginx/ext-auth-example-authsvc",
  tags: tags(5, "v1.0.0"),
  port: 8080,
  program: "/authsvc",
  userland: "none",
  exitCode: 2,
  page({ headers, query }, ctx) {
    if ((headers["user"] ?? "").includes("internal")) {
      const id = Array.from({ length: 18 }, () => ctx.random(10)).join("");
      return { status: 200, headers: { userid: id, userrole: "admin" }, body: "ok" };
    }
    const code = Number(formOf(query)["code"] ?? 403);
    return { status: code, body: code === 200 ? "ok" : "unauthorized" };
  },
});

/** Shows what the authentication said. */
const authEcho = defineWebApp({
  name: "registry.k8s.io/ingress-nginx/e2e-test-echo",
  tags: tags(30, "v1.0.0..2 v1.1.0..5 v1.2.0..9"),
  port: 8080,
  program: "/echo",
  page: ({ headers }) => `UserID: ${headers["userid"] ?? ""}, UserRole: ${headers["userrole"] ?? ""}`,
});

const dnsBackend = defineWebApp({
  name: "registry.k8s.io/example-dns-backend",
  tags: tags(250, "v1..2"),
  port: 8000,
  program: "/server.py",
  userland: "debian",
  memoryMB: 10,
  exitCode: 143,
  page: () => "Hello World!\n",
});

const dnsClient: Program = function* (_ctx, argv) {
  const address = argv.find((word) => /^https?:/.test(word)) ?? "";
  const host = /^https?:\/\/([^:/]+)/.exec(address)?.[1] ?? "";
  try {
    const [found = ""] = yield* resolve(host);
    yield* write(1, `${found}\nSend request to: ${address}\n`);
    const { status, body } = yield* http({ method: "GET", url: address, headers: {}, body: "" });
    yield* write(1, `<Response [${status}]>\n${(yield* readAll(body)).trimEnd()}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const lost = error.errno === "ENOTFOUND" || error.errno === "EAI_AGAIN";
    yield* write(
      2,
      lost
        ? "socket.gaierror: [Errno -2] Name or service not known\n"
        : `requests.exceptions.ConnectionError: ${error.errno}\n`,
    );
    return 1;
  }
};

/** Of Python it has the page's one program. */
const dnsFrontend = defineImage({
  name: "registry.k8s.io/example-dns-frontend",
  tags: tags(250, "v1"),
  entrypoint: ["python", "client.py"],
  userland: "debian",
  programs: () => ({ "/usr/local/bin/python": { kind: "program", run: dnsClient } }),
});

const sleeper: Program = function* (_ctx, [, text = ""]) {
  const ms = parseGoDuration(text);
  if (typeof ms !== "number") {
    yield* write(2, `${ms.problem}\n`);
    return 1;
  }
  yield* sleep(Math.max(0, ms));
  return 0;
};

/** What queues of jobs are tried with. */
const sleepers = defineImage({
  name: "gcr.io/k8s-staging-perf-tests/sleep",
  tags: tags(1, "latest v0.0.3 v0.1.0"),
  entrypoint: ["/sleep"],
  userland: "none",
  programs: () => ({ "/sleep": { kind: "program", run: sleeper } }),
});

/** **Simplified:** it says whether a broker's port is open, and speaks no Kafka. */
const kcat: Program = function* (_ctx, argv) {
  const brokers = argv[argv.indexOf("-b") + 1] ?? "";
  if (!argv.includes("-b")) {
    yield* write(2, "Error: -b <broker,..> missing\n\nUsage: kcat <options> [file1 file2 .. | topic1 topic2 ..]]\n");
    return 1;
  }
  const [host = "", port = "9092"] = (brokers.split(",")[0] ?? "").split(":");
  try {
    yield* connect(host, Number(port), { timeoutMs: 5000 });
    yield* write(2, "% ERROR: Drydock: in this playground no broker speaks Kafka\n");
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const why = error.errno === "ECONNREFUSED" ? "Connection refused" : "Failed to resolve: Name or service not known";
    yield* write(
      2,
      `%3|FAIL|rdkafka#producer-1| [thrd:${host}:${port}/bootstrap]: ${host}:${port}/bootstrap: ${why}\n`,
    );
    yield* write(
      2,
      "% ERROR: Failed to acquire metadata: Local: Broker transport failure (Are the brokers reachable?)\n",
    );
  }
  return 1;
};

const kcats = ["docker.io/confluentinc/cp-kcat", "docker.io/edenhill/kcat"].map((name) =>
  defineImage({
    name,
    tags: tags(90, "latest 7.0.0..1 7.1.0 7.2.0 7.3.0 7.4.0..3 7.5.0..3 7.6.0 1.7.0..1"),
    entrypoint: ["kcat"],
    user: 1000,
    userland: "debian",
    accounts: [{ name: "appuser", uid: 1000, home: "/home/appuser" }],
    programs: () =>
      Object.fromEntries(
        ["kcat", "kafkacat"].map((tool) => [`/usr/local/bin/${tool}`, { kind: "program", run: kcat }]),
      ),
  }),
);

export const examples: readonly ImageDefinition[] = [
  ...errorPages,
  authService,
  authEcho,
  dnsBackend,
  dnsFrontend,
  sleepers,
  ...kcats,
];
