/**
 * What an image is to the container runtime: names, sizes, files and programs. Image files in `engine/images` fill this in.
 * Upstream: the OCI image configuration (opencontainers/image-spec config.md).
 *
 * **Simplified:** an image has one size and no layers; two tags of a repository share nothing.
 */
import type { FileSystem, Program, Signal } from "../../base/program.ts";
import type { ProgramSource } from "../machine.ts";
import type { TcpListener, UdpListener } from "../connection.ts";
import type { Greeting } from "./container-log.ts";
import type { NameListener } from "../network-namespace.ts";
import type { Listener, NetworkPort } from "../network-port.ts";
import type { WriteProblem } from "./write-problem.ts";

/** What a built-in server (an image's main program) can do. It is an event handler: idle, it costs nothing. */
export interface ServerContext {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly hostname: string;
  readonly fs: FileSystem;
  /**
   * Text of a file of the image while nobody has looked into the container's own tree; undefined otherwise: then ask
   * `fs`. It spares a server that only shows what its image brought a tree of its own.
   */
  pristine(path: string): string | undefined;
  /** True while nobody has looked into the container's tree and nothing is mounted in that folder or above it. */
  untouched(folder: string): boolean;
  readonly podIP: string;
  /** The pod that it runs in. */
  readonly pod: { readonly namespace: string; readonly name: string };
  /** The user that the process runs as. */
  readonly uid: number;
  /** Why the process can't make files in a folder; undefined: it can. */
  writeProblem(folder: string): WriteProblem | undefined;
  /** Whether root has a capability in the container. */
  may(capability: string): boolean;
  now(): number;
  random(bound: number): number;
  /** A line on standard output or error, without its newline. A function is called with this moment when somebody reads the log. */
  log(line: string | ((time: number) => string), stream?: "stdout" | "stderr"): void;
  /** Lines that all processes of an image begin with, from one list. */
  greet(lines: Greeting): void;
  /**
   * `address`: the only one to listen on, or several. Throws `SystemError` EADDRINUSE when somebody has the port, EADDRNOTAVAIL for an
   * address that the pod has not. A server that lets this out of its start ends with the words of its image: `bindFails`.
   */
  listen(port: number, listener: Listener, address?: string | readonly string[]): void;
  /**
   * Serves byte streams: `listener` is called for each client and answers what it wants to hear; see `connection.ts`, also
   * for `lineServer`, which makes one of a protocol of lines. Throws as `listen` does. When the process ends, its
   * connections end. Answers how to give the port back.
   */
  listenTcp(port: number, listener: TcpListener, address?: string): () => void;
  /** Serves datagrams: `listener` answers with the reply. Throws as `listen` does; answers how to give the port back. */
  listenUdp(port: number, listener: UdpListener, address?: string): () => void;
  /** Serves DNS. Throws as `listen` does; answers how to give the port back. */
  listenNames(port: number, listener: NameListener): () => void;
  /** The way out, for servers that are clients too. What is under way when the process ends is given up. */
  readonly network: Pick<NetworkPort, "send" | "connect" | "resolve" | "query" | "exchange">;
  /** Runs later, in background virtual time, unless the process has ended. */
  after(delayMs: number, run: () => void): void;
  /** Present use, for metrics: CPU in millicores, memory in bytes. More memory than the limit: the process is killed. */
  use(resources: { cpuMillicores?: number; memoryBytes?: number }): void;
  /** So many milliseconds of one core went into what was just done; they count on top of the present use. */
  work(cpuMs: number): void;
  /** Sends a signal to the container's first process: for programs that are their server's tool as well (`nginx -s`). */
  signalMain(signal: Signal): void;
  /** Ends the process. */
  exit(code: number): void;
}

/** What a server wants to hear of once it runs. */
export interface ServerHooks {
  /** A signal it doesn't name has its default effect. */
  signals?: Partial<Record<Signal, () => void>>;
  /** The process is gone, for whatever reason: exit, signal, the node's power. Called once. */
  ended?: () => void;
}

/** Starts when its process starts. */
export type Server = (ctx: ServerContext) => ServerHooks | void;

/** A program in an image: a generator like any command, or a server. */
export type ImageProgram =
  | { kind: "program"; run: Program }
  | {
      kind: "server";
      start: Server;
      bindFails?: BindFailure;
      shows?: ShownServer;
      /** What it is instead for a command line that serves nothing. */
      tool?: (argv: readonly string[]) => Program | undefined;
    };

/** How a server looks to `ps`, when its command line alone is not what it shows. Asked when somebody looks. */
export type ShownServer = (server: { argv: readonly string[]; fs: FileSystem }) => {
  /** The title that it gives itself; absent: its command line. */
  title?: string;
  /** Who it becomes when root starts it. */
  user?: string;
  /** The titles of the processes that it has besides itself; at most five. */
  children?: readonly string[];
  /** Who they are when root started it; absent: as `user`. */
  childUser?: string;
  /** True iff its children have its sockets open too, as those that serve its clients. */
  shares?: boolean;
};

/**
 * What a server says when it doesn't get its port, and how it ends (1 unless `code` says otherwise). `why` is strerror's
 * text; `address` is `::` where the server would have taken all. Without it: Go's words.
 */
export type BindFailure = (failed: { address: string; port: number; why: string; now: number }) => {
  lines: readonly string[];
  code?: number;
};

export interface ImageTag {
  /** Compressed size in bytes: what a pull moves and what the image list shows. */
  size: number;
}

export type Userland = "busybox" | "debian" | "none";

/** An image that can be pulled. One file an image, one line in `images/registry.ts`. */
export interface ImageDefinition {
  /** With host and path, without tag: `docker.io/library/nginx`, `gcr.io/google-samples/kubernetes-bootcamp`. */
  name: string;
  /** Who may pull it; absent: everybody. */
  login?: { username: string; password: string };
  /** Tags that exist. A pull of any other fails as in life: `not found`. */
  tags: Readonly<Record<string, ImageTag>>;
  entrypoint?: readonly string[];
  cmd?: readonly string[];
  env?: Readonly<Record<string, string>>;
  workingDir?: string;
  user?: number;
  exposedPorts?: readonly number[];
  /** Folders that are volumes of the container itself, unless the pod mounts something there: writable in a read-only root. */
  volumes?: readonly string[];
  /** Text files beyond what a userland brings, by absolute path. */
  files?: Readonly<Record<string, string>>;
  /** Those that are another text in each tag. */
  filesOf?: (tag: string) => Readonly<Record<string, string>>;
  /**
   * Which coreutils it carries: "busybox" and "debian" have sh and all tools of userland, "none" nothing (distroless). A
   * tag that names Alpine has busybox' in Debian's place: see `userlandOf`.
   */
  userland: Userland;
  /** Users and their groups beside those of the userland. `alpineUid`: where the tag is built on Alpine. */
  accounts?: readonly { name: string; uid: number; alpineUid?: number; home?: string; shell?: string }[];
  /** Folders that belong to a user of the image with all that is in them. */
  owned?: readonly { path: string; uid: number }[];
  /** Programs of its own by absolute path; `tag` lets v1 and v2 differ. */
  programs?: (tag: string) => Readonly<Record<string, ImageProgram>>;
}

/** The userland of one tag: `16-alpine` is built on another distribution than `16`. */
export function userlandOf({ userland }: ImageDefinition, tag: string): Userland {
  return userland === "debian" && /(^|-)alpine/.test(tag) ? "busybox" : userland;
}

/** The registries of the world, as every node reaches them. */
export interface ImageSource {
  /** By full name without tag. */
  find(repository: string): ImageDefinition | undefined;
  /** Shell and tools of a userland; undefined for "none". */
  tools(userland: Userland): ProgramSource | undefined;
  /** Text files that a userland brings, by absolute path. */
  files(userland: Userland, tag: string): Readonly<Record<string, string>>;
}
