/** What a container runs, and with which environment. Upstream: containerd internal/cri/opts/spec_opts.go (WithProcessArgs). */
import type { ProcessStdio } from "../machine.ts";
import type { ContainerConfig } from "./container-config.ts";
import type { Container } from "./container.ts";
import type { ContainerUser } from "./container-user.ts";
import type { ImageDefinition } from "./image.ts";

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Of the images alone: one list for all containers that are not told otherwise. */
const commands = new WeakMap<ImageDefinition, readonly string[]>();

/** The image's entrypoint and cmd, unless the configuration says otherwise. */
export function commandLine({ image, command, args }: ContainerConfig): readonly string[] {
  const { definition } = image;
  if (command !== undefined || args !== undefined) {
    const { entrypoint = [], cmd = [] } = definition;
    return [...(command ?? entrypoint), ...(args ?? (command === undefined ? cmd : []))];
  }
  let known = commands.get(definition);
  if (known === undefined) {
    known = [...(definition.entrypoint ?? []), ...(definition.cmd ?? [])];
    commands.set(definition, known);
  }
  return known;
}

export function processEnvironment({ config, sandbox }: Container): Record<string, string> {
  return { PATH: DEFAULT_PATH, HOSTNAME: sandbox.hostname, ...config.image.definition.env, ...config.env };
}

/** runc says last where the user is at home, unless that stands there. */
export function withHome(env: Record<string, string>, { home }: ContainerUser): Record<string, string> {
  return env["HOME"] === undefined ? { ...env, HOME: home } : env;
}

/** What containerd tells a process on a terminal. */
export function terminalEnvironment({ stdin }: ProcessStdio): Record<string, string> {
  return typeof stdin === "string" ? {} : { TERM: "xterm" };
}

/** Where its programs are looked for. */
export function programPath({ env, image }: ContainerConfig): string {
  return env["PATH"] ?? image.definition.env?.["PATH"] ?? DEFAULT_PATH;
}
