/** The Pod of `kubectl run` and the pod template of others. Upstream: kubectl pkg/generate/versioned/run.go. */
import { CommandError } from "../errors.ts";
import type { Built } from "../create-object.ts";
import { parseEnv, parseLabels } from "../key-values.ts";

export interface RunOptions {
  name: string;
  image: string;
  labels: string;
  annotations: readonly string[];
  env: readonly string[];
  port: string;
  restart: "Always" | "OnFailure" | "Never";
  pullPolicy: string;
  /** Words after the name. */
  words: readonly string[];
  /** The words are the command, not its arguments. */
  asCommand: boolean;
  stdin: boolean;
  tty: boolean;
  stdinOnce: boolean;
  privileged: boolean;
}

export function runPod(options: RunOptions): Built {
  const labels = options.labels === "" ? { run: options.name } : parseLabels(options.labels);
  const annotations = Object.fromEntries(
    options.annotations.map((spec) => {
      const equals = spec.indexOf("=");
      if (equals <= 0) throw new CommandError(`invalid annotations format: ${spec}`);
      return [spec.slice(0, equals), spec.slice(equals + 1)];
    }),
  );
  const { words } = options;
  const container = {
    name: options.name,
    image: options.image,
    ...(words.length > 0 && (options.asCommand ? { command: [...words] } : { args: [...words] })),
    ...(options.port !== "" && { ports: [{ containerPort: portNumber(options.port) }] }),
    ...(options.env.length > 0 && { env: parseEnv(options.env) }),
    resources: {},
    ...(options.pullPolicy !== "" && { imagePullPolicy: options.pullPolicy }),
    ...(options.privileged && { securityContext: { privileged: true } }),
    ...(options.stdin && { stdin: true }),
    ...(options.stdinOnce && { stdinOnce: true }),
    ...(options.tty && { tty: true }),
  };
  return {
    metadata: {
      name: options.name,
      labels,
      ...(options.annotations.length > 0 && { annotations }),
    },
    spec: { containers: [container], restartPolicy: options.restart, dnsPolicy: "ClusterFirst" },
    status: {},
  };
}

function portNumber(text: string): number {
  if (!/^\d+$/.test(text)) {
    throw new CommandError(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}

const SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789";

/** A container's name from its image: the last part without tag and digest; with a random end where letters changed. */
export function nameFromImage(image: string, random: (bound: number) => number): string {
  const last = image.slice(image.lastIndexOf("/") + 1).replace(/[@:].*$/, "");
  if (!/[_.]/.test(last)) return last;
  const suffix = Array.from({ length: 5 }, () => SUFFIX_LETTERS[random(SUFFIX_LETTERS.length)]).join("");
  return `${last.replace(/[_.]/g, "-")}-${suffix}`;
}

const PATH_PART = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const HOST_PART = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const HOST = `(?:${HOST_PART}(?:\\.${HOST_PART})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const TAG = "\\w[\\w.-]{0,127}";
const DIGEST = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
const REFERENCE = new RegExp(`^(?:${HOST}/)?${PATH_PART}(?:/${PATH_PART})*(?::${TAG})?(?:@${DIGEST})?$`);

/** Whether a registry's reader takes it. Upstream: github.com/distribution/reference. */
export function isImageReference(image: string): boolean {
  return REFERENCE.test(image);
}
