/**
 * HAProxy: frontends that pass requests on to the servers of their backends in turn, as haproxy.cfg says.
 * **Simplified:** it passes HTTP on, in `mode tcp` too; of the configuration `bind`, `default_backend`, `use_backend … if { path_beg … }`,
 * `server` and `stats` count, every other line is named at the start and has no effect; servers are not checked ahead.
 */
import type { ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import { defineImage } from "../define-image.ts";
import type { Server, ServerContext } from "../define-image.ts";
import { tags } from "../tags.ts";

const CONFIG = "/usr/local/etc/haproxy/haproxy.cfg";
const SECTION =
  /^(global|defaults|frontend|backend|listen|userlist|peers|resolvers|cache|program|ring|mailers)\b\s*(\S*)/;
const SILENT = /^(mode|log|option|timeout|balance|maxconn|daemon|user|group|chroot|pidfile|master-worker)\b/;

interface Section {
  ports: number[];
  servers: string[];
  fallback: string | undefined;
  rules: { prefix: string; backend: string }[];
  next: number;
}

interface Configuration {
  sections: Map<string, Section>;
  withoutEffect: string[];
}

/** The sections by name, or what is wrong in HAProxy's words. */
function readConfiguration(text: string): Configuration | string {
  const sections = new Map<string, Section>();
  const withoutEffect: string[] = [];
  let section: Section | undefined;
  for (const [at, raw] of text.split("\n").entries()) {
    const line = raw.replace(/(^|\s)#.*$/, "").trim();
    if (line === "") continue;
    const begins = SECTION.exec(line);
    if (begins !== null) {
      section = { ports: [], servers: [], fallback: undefined, rules: [], next: 0 };
      sections.set(begins[2] === "" ? (begins[1] as string) : (begins[2] as string), section);
      continue;
    }
    const words = line.split(/\s+/);
    const [keyword = "", first = "", second = ""] = words;
    if (section === undefined) return `parsing [${CONFIG}:${at + 1}] : unknown keyword '${keyword}' out of section.`;
    if (keyword === "bind")
      section.ports.push(...first.split(",").map((each) => Number(each.slice(each.lastIndexOf(":") + 1))));
    else if (keyword === "server") section.servers.push(second);
    else if (keyword === "default_backend") section.fallback = first;
    else if (keyword === "use_backend") {
      const prefix = /path_beg\s+(\S+)/.exec(line)?.[1];
      if (prefix === undefined) withoutEffect.push(line);
      else section.rules.push({ prefix, backend: first });
    } else if (!SILENT.test(keyword)) withoutEffect.push(line);
  }
  for (const { fallback } of sections.values())
    if (fallback !== undefined && !sections.has(fallback))
      return `Proxy: unable to find required default_backend: '${fallback}'.`;
  return { sections, withoutEffect };
}

const UNAVAILABLE: ServedResponse = {
  status: 503,
  headers: { "content-type": "text/html", "cache-control": "no-cache" },
  body: "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n",
};

function passOn(ctx: ServerContext, request: ServedRequest, backend: Section): ServedResponse {
  const { method, path, query, headers, body, remoteAddress } = request;
  for (let tries = 0; tries < backend.servers.length; tries++) {
    const server = backend.servers[backend.next++ % backend.servers.length] as string;
    const outcome = ctx.network.exchange?.({
      method,
      url: `http://${server}${path}${query === "" ? "" : `?${query}`}`,
      headers: { ...headers, "x-forwarded-for": remoteAddress },
      body,
    });
    if (outcome?.ok !== true) continue;
    const { response, latencyMs, hops } = outcome;
    return {
      ...response,
      delayMs: latencyMs + (response.delayMs ?? 1),
      onward: () => [...hops, ...(response.onward?.() ?? [])],
    };
  }
  return UNAVAILABLE;
}

const start: Server = (ctx) => {
  const at = ctx.argv.indexOf("-f");
  const path = at < 0 ? CONFIG : (ctx.argv[at + 1] ?? CONFIG);
  const fail = (text: string): void => {
    ctx.log(`[ALERT]    (1) : ${text}`, "stderr");
    ctx.exit(1);
  };
  if (!ctx.fs.exists(path)) return fail(`Cannot open configuration file/directory ${path} : No such file or directory`);
  const read = readConfiguration(ctx.fs.readFile(path));
  if (typeof read === "string") return fail(read);
  for (const line of read.withoutEffect) ctx.log(`Drydock: without effect in this playground: ${line}`, "stderr");
  const { sections } = read;
  const fronts = [...sections.values()].filter(({ ports }) => ports.length > 0);
  if (fronts.length === 0)
    return fail("[haproxy.main()] No enabled listener found (check for 'bind' directives) ! Exiting.");
  ctx.use({ cpuMillicores: 1, memoryBytes: 14 * 1024 * 1024 });
  for (const front of fronts) {
    for (const port of front.ports) {
      ctx.listen(port, (request) => {
        const rule = front.rules.find(({ prefix }) => request.path.startsWith(prefix));
        const backend = front.servers.length > 0 ? front : sections.get(rule?.backend ?? front.fallback ?? "");
        return backend === undefined ? UNAVAILABLE : passOn(ctx, request, backend);
      });
    }
  }
  ctx.log("[NOTICE]   (1) : New worker (8) forked", "stderr");
  ctx.log("[NOTICE]   (1) : Loading success.", "stderr");
  return { signals: { SIGTERM: () => ctx.exit(0), SIGUSR1: () => ctx.exit(0), SIGINT: () => ctx.exit(0) } };
};

export const haproxy = defineImage({
  name: "docker.io/library/haproxy",
  tags: tags(42, "latest lts 1 1.7 1.8 1.9 2 2.0..9 3 3.0..2", ["", "-alpine", "-bookworm"]),
  entrypoint: ["docker-entrypoint.sh"],
  cmd: ["haproxy", "-f", CONFIG],
  files: {
    "/usr/local/bin/docker-entrypoint.sh": `#!/bin/sh\nif [ "\${1#-}" != "$1" ]; then\n  set -- haproxy "$@"\nfi\nexec "$@"\n`,
  },
  userland: "debian",
  programs: () => ({ "/usr/local/sbin/haproxy": { kind: "server", start } }),
});
