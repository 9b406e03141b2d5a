/** What a container runs, and with which environment. Upstream: containerd internal/cri/opts/spec_opts.go (WithProcessArgs). */
import type { Container, ContainerConfig } from "./container.ts";

export const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The image's entrypoint and cmd, unless the configuration says otherwise. */
export function commandLine({ image, command, args }: ContainerConfig): string[] {
  const { entrypoint = [], cmd = [] } = image.definition;
  return [...(command ?? entrypoint), ...(args ?? (command === undefined ? cmd : []))];
}

export function processEnvironment({ config, sandbox }: Container): Record<string, string> {
  return { PATH: DEFAULT_PATH, HOSTNAME: sandbox.hostname, ...config.image.definition.env, ...config.env };
}
