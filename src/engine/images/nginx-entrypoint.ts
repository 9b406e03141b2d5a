/**
 * What the entry point of nginx' image does and says before nginx starts. Upstream: docker-nginx entrypoint/*.sh.
 *
 * **Simplified:** it is part of the server and no script, so that a web server needs no shell: scripts that are mounted into
 * /docker-entrypoint.d are named and not run, and nginx started by its name in `command` passes here as well.
 */
import type { FileSystem } from "../base/program.ts";
import type { ServerContext } from "./define-image.ts";

const ME = "/docker-entrypoint.sh";
const IPV6 = "10-listen-on-ipv6-by-default.sh";
const TEMPLATES = "20-envsubst-on-templates.sh";
const DEFAULT = "/etc/nginx/conf.d/default.conf";
const FOLDER = "/docker-entrypoint.d";

/** By minor version of nginx 1, since when the image has them. */
const SCRIPTS: readonly (readonly [since: number, name: string])[] = [
  [19, IPV6],
  [25, "15-local-resolvers.envsh"],
  [19, TEMPLATES],
  [21, "30-tune-worker-processes.sh"],
];

export function minorOf(version: string): number {
  return Number(/^1\.(\d+)/.exec(version)?.[1] ?? 29);
}

export const entryScripts: readonly string[] = SCRIPTS.map(([, name]) => `${FOLDER}/${name}`);

/** Its lines, with what each script says; none before version 1.19. */
function linesWith(version: string, says: (script: string) => readonly string[]): string[] {
  const scripts = SCRIPTS.filter(([since]) => since <= minorOf(version));
  if (scripts.length === 0) return [];
  const launched = scripts.flatMap(([, name]) => [
    `${ME}: ${name.endsWith(".envsh") ? "Sourcing" : "Launching"} ${FOLDER}/${name}`,
    ...says(name),
  ]);
  return [
    `${ME}: ${FOLDER}/ is not empty, will attempt to perform configuration`,
    `${ME}: Looking for shell scripts in ${FOLDER}/`,
    ...launched,
    `${ME}: Configuration complete; ready for start up`,
  ];
}

const AS_PACKAGED = [
  `${IPV6}: info: Getting the checksum of ${DEFAULT}`,
  `${IPV6}: info: Enabled listen on IPv6 in ${DEFAULT}`,
];

/** Over a configuration that is as the image brings it. */
export function usualLines(version: string): string[] {
  return linesWith(version, (script) => (script === IPV6 ? AS_PACKAGED : []));
}

/** Fills the templates in, and says what it found. */
export function enter(ctx: ServerContext, version: string, packaged: string): string[] {
  const { fs } = ctx;
  return linesWith(version, (script) => {
    if (script === IPV6) return aboutDefault(ctx, packaged);
    return script === TEMPLATES ? fillTemplates(ctx) : [];
  }).concat(foreign(fs).map((name) => `Drydock: ${FOLDER}/${name} is not run in this playground`));
}

function aboutDefault(ctx: ServerContext, packaged: string): readonly string[] {
  const { fs } = ctx;
  if (!fs.exists(DEFAULT)) return [`${IPV6}: info: ${DEFAULT} is not a file or does not exist`];
  if (ctx.writeProblem(DEFAULT.slice(0, DEFAULT.lastIndexOf("/"))) !== undefined)
    return [`${IPV6}: info: can not modify ${DEFAULT} (read-only file system?)`];
  if (fs.readFile(DEFAULT) === packaged) return AS_PACKAGED;
  return [
    `${IPV6}: info: Getting the checksum of ${DEFAULT}`,
    `${IPV6}: info: ${DEFAULT} differs from the packaged version`,
  ];
}

function foreign(fs: FileSystem): string[] {
  const names = fs.exists(FOLDER) ? fs.readdir(FOLDER) : [];
  return names.filter((name) => !name.startsWith(".") && !SCRIPTS.some(([, own]) => own === name));
}

function fillTemplates({ fs, env }: ServerContext): string[] {
  const from = env["NGINX_ENVSUBST_TEMPLATE_DIR"] ?? "/etc/nginx/templates";
  const to = env["NGINX_ENVSUBST_OUTPUT_DIR"] ?? "/etc/nginx/conf.d";
  const suffix = env["NGINX_ENVSUBST_TEMPLATE_SUFFIX"] ?? ".template";
  if (!fs.exists(from)) return [];
  return fs
    .readdir(from)
    .filter((name) => name.endsWith(suffix))
    .map((name) => {
      const target = `${to}/${name.slice(0, -suffix.length)}`;
      // Only what the environment has is filled in: nginx' own variables look the same.
      const filled = fs
        .readFile(`${from}/${name}`)
        .replace(/\$(?:\{(\w+)\}|(\w+))/g, (text, braced?: string, bare?: string) => env[braced ?? bare ?? ""] ?? text);
      fs.writeFile(target, filled);
      return `${TEMPLATES}: Running envsubst on ${from}/${name} to ${target}`;
    });
}
