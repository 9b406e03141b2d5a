import type { FileSystem, Program, Signal } from "../base/program.ts";
import type { Listener } from "../runtime/network-port.ts";

/** What a built-in server (an image's main program) can do. It is an event handler: idle, it costs nothing. */
export interface ServerContext {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly hostname: string;
  readonly fs: FileSystem;
  readonly podIP: string;
  now(): number;
  random(bound: number): number;
  /** A line on standard output or error, without its newline. */
  log(line: string, stream?: "stdout" | "stderr"): void;
  /** Throws `SystemError` EADDRINUSE. */
  listen(port: number, listener: Listener): void;
  /** Runs later, in background virtual time, unless the process has ended. */
  after(delayMs: number, run: () => void): void;
  /** Present use, for metrics: CPU in millicores, memory in bytes. */
  use(resources: { cpuMillicores?: number; memoryBytes?: number }): void;
  /** Ends the process. */
  exit(code: number): void;
}

/** Starts when its process starts. Returns how it takes signals; a signal it doesn't name has its default effect. */
export type Server = (ctx: ServerContext) => { signals?: Partial<Record<Signal, () => void>> } | void;

/** A program in an image: a generator like any command, or a server. */
export type ImageProgram = { kind: "program"; run: Program } | { kind: "server"; start: Server };

export interface ImageTag {
  /** Compressed size in bytes: what a pull moves and what the image list shows. */
  size: number;
}

/** An image that can be pulled. One file an image, one line in `images/registry.ts`. */
export interface ImageDefinition {
  /** With host and path, without tag: `docker.io/library/nginx`, `gcr.io/google-samples/kubernetes-bootcamp`. */
  name: string;
  /** Tags that exist. A pull of any other fails as in life: `not found`. */
  tags: Readonly<Record<string, ImageTag>>;
  entrypoint?: readonly string[];
  cmd?: readonly string[];
  env?: Readonly<Record<string, string>>;
  workingDir?: string;
  user?: number;
  exposedPorts?: readonly number[];
  /** Text files beyond what a userland brings, by absolute path. */
  files?: Readonly<Record<string, string>>;
  /** Which coreutils it carries: "busybox" and "debian" have sh and all tools of userland, "none" nothing (distroless). */
  userland: "busybox" | "debian" | "none";
  /** Programs of its own by absolute path; `tag` lets v1 and v2 differ. */
  programs?: (tag: string) => Readonly<Record<string, ImageProgram>>;
}

export function defineImage(definition: ImageDefinition): ImageDefinition {
  return definition;
}
