/** Servers that say what they were asked and who they are: what Ingress and service tutorials deploy. */
import { wireName } from "../../base/http-text.ts";
import type { ServedRequest } from "../../runtime/network-port.ts";
import type { ImageDefinition, ServerContext } from "../define-image.ts";
import { tags } from "../tags.ts";
import { defineWebApp, flagOf, goStamp, html, json } from "../web-app.ts";

function headerLines(headers: ServedRequest["headers"]): string[] {
  return Object.entries(headers).map(([name, value]) => `${wireName(name)}: ${value}`);
}

const target = ({ path, query }: ServedRequest): string => `${path}${query === "" ? "" : `?${query}`}`;

const whoamis = ["docker.io/traefik/whoami", "docker.io/containous/whoami"].map((name) =>
  defineWebApp({
    name,
    tags: tags(2.9, "latest v1.5.0 v1.6.0 v1.7.1 v1.8.0..7 v1.8 v1.9 v1.9.0 v1.10 v1.10.0..4 v1.11 v1.11.0"),
    port: 80,
    portFlag: true,
    program: "/whoami",
    userland: "none",
    exitCode: 2,
    page(request, ctx) {
      const { method, path, headers, remoteAddress } = request;
      if (path === "/health") return "";
      if (path === "/bench") return "1";
      if (path === "/api")
        return json({ hostname: ctx.hostname, ip: ["127.0.0.1", ctx.podIP], headers, url: target(request), method });
      const own = flagOf(ctx, "name", ctx.env["WHOAMI_NAME"] ?? "");
      return [
        ...(own === "" ? [] : [`Name: ${own}`]),
        `Hostname: ${ctx.hostname}`,
        "IP: 127.0.0.1",
        `IP: ${ctx.podIP}`,
        `RemoteAddr: ${remoteAddress}:${32_768 + ctx.random(28_000)}`,
        `${method} ${target(request)} HTTP/1.1`,
        ...headerLines(headers),
        "",
        "",
      ].join("\n");
    },
    banner: (port, ctx) => [`${goStamp(ctx.now())} Starting up on port ${port}`],
  }),
);

const nginxHello = defineWebApp({
  name: "docker.io/nginxdemos/hello",
  tags: tags(17, "latest 0.2..4 plain-text 0.2-plain-text 0.3-plain-text 0.4-plain-text"),
  port: 80,
  page(request, ctx, tag) {
    const facts = [
      `Server address: ${ctx.podIP}:80`,
      `Server name: ${ctx.hostname}`,
      `Date: ${new Date(ctx.now()).toUTCString()}`,
      `URI: ${target(request)}`,
      `Request ID: ${Array.from({ length: 32 }, () => ctx.random(16).toString(16)).join("")}`,
    ];
    if (tag.endsWith("plain-text")) return `${facts.join("\n")}\n`;
    return html("Hello World", facts.map((fact) => `<p><span>${fact}</span></p>`).join("\n"));
  },
});

const plainEcho = defineWebApp({
  name: "docker.io/jmalloc/echo-server",
  tags: tags(3, "latest 0.3.0..7"),
  port: 8080,
  readsPort: true,
  program: "/bin/echo-server",
  userland: "none",
  page: (request, { hostname }) =>
    [
      `Request served by ${hostname}`,
      "",
      `${request.method} ${target(request)} HTTP/1.1`,
      "",
      ...headerLines(request.headers),
      "",
      request.body,
    ].join("\n"),
  banner: (port) => [`Echo server listening on port ${port}.`],
});

const jsonEcho = defineWebApp({
  name: "docker.io/mendhak/http-https-echo",
  tags: tags(50, "latest 23..37"),
  port: 8080,
  memoryMB: 40,
  page(request, { hostname }) {
    const { path, headers, method, body, query } = request;
    return json({
      path,
      headers,
      method,
      body,
      hostname,
      query: Object.fromEntries(new Map(pairs(query))),
      protocol: "http",
    });
  },
  banner: (port) => [`Listening on ports ${port} for http, and 8443 for https.`],
});

function pairs(query: string): [string, string][] {
  return query.split("&").flatMap((pair): [string, string][] => {
    const [name = "", value = ""] = pair.split("=");
    return name === "" ? [] : [[name, value]];
  });
}

const COLORS: Readonly<Record<string, string>> = {
  red: "#e74c3c",
  green: "#16a085",
  blue: "#2980b9",
  blue2: "#30336b",
  pink: "#be2edd",
  darkblue: "#130f40",
};
const COLOR_OF_TAG: Readonly<Record<string, string>> = { v1: "blue", v2: "green", v3: "red" };

/** Its colour by argument, environment, or by chance. */
function colourOf(ctx: ServerContext, tag: string): string {
  const at = ctx.argv.indexOf("--color");
  const given = at >= 0 ? ctx.argv[at + 1] : flagOf(ctx, "color", ctx.env["APP_COLOR"] ?? COLOR_OF_TAG[tag] ?? "");
  return given === undefined || given === "" ? "red" : given;
}

/** The course app that shows its colour. **Simplified:** without a colour it is red, not one by chance. */
const colours = ["docker.io/kodekloud/webapp-color", "docker.io/mmumshad/simple-webapp-color"].map((name) =>
  defineWebApp({
    name,
    tags: tags(32, "latest v1 v2 v3"),
    port: 8080,
    program: "/usr/local/bin/python",
    memoryMB: 30,
    page({ path }, ctx, tag) {
      const colour = colourOf(ctx, tag);
      if (path === "/color") return colour;
      if (path !== "/") return undefined;
      const version = /^v\d$/.test(tag) ? `\n  <h2>Application Version: ${tag}</h2>` : "";
      const style = `style="background: ${COLORS[colour] ?? colour};"`;
      return html("Hello from Flask", `<div ${style}>\n  <h1>Hello from ${ctx.hostname}!</h1>${version}\n</div>`);
    },
    banner: (port) => [" * Serving Flask app 'app'", ` * Running on http://0.0.0.0:${port}`],
    works(ctx) {
      const colour = colourOf(ctx, "");
      if (COLORS[colour] !== undefined) return;
      ctx.log(`Color not supported. Received '${colour}' expected one of ${Object.keys(COLORS).join(",")}`);
      ctx.exit(1);
    },
  }),
);

export const echoServers: readonly ImageDefinition[] = [...whoamis, nginxHello, plainEcho, jsonEcho, ...colours];
