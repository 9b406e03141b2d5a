/**
 * What a program is. Anything that runs "as a process" (a shell, a command, a script in a container) is a generator
 * that yields system calls and is resumed with their answers; whoever drives it decides where they go. A system call
 * that fails makes the yield throw a `SystemError`; a signal that is not handled makes it throw `Killed`.
 *
 * Programs should use the typed wrappers in `syscalls.ts` (`yield* read(0)`), not yield raw records.
 */
import type { DnsQuestion } from "./dns.ts";
import type { Way } from "./http.ts";
import type { LoadSpec } from "./load.ts";
import type { IptablesEdit, IpvsEdit, TableName } from "./packet-filter.ts";

/** 0 to 255; 128 + n for a death by signal n. */
export type ExitCode = number;
export type Signal =
  | "SIGHUP"
  | "SIGINT"
  | "SIGQUIT"
  | "SIGKILL"
  | "SIGPIPE"
  | "SIGALRM"
  | "SIGTERM"
  | "SIGWINCH"
  | "SIGUSR1"
  | "SIGUSR2";
export const SIGNAL_NUMBERS: Readonly<Record<Signal, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGWINCH: 28,
};

export type Errno =
  | "ENOENT"
  | "EEXIST"
  | "ENOTDIR"
  | "EISDIR"
  | "ENOTEMPTY"
  | "EACCES"
  | "EPERM"
  | "EROFS"
  | "EBADF"
  | "EPIPE"
  | "EINVAL"
  | "ESRCH"
  | "ECHILD"
  | "ECONNREFUSED"
  | "EHOSTUNREACH"
  | "ENETUNREACH"
  | "ETIMEDOUT"
  | "ECONNRESET"
  | "EPROTO"
  | "ENOTFOUND"
  | "EAI_AGAIN"
  | "EADDRINUSE"
  | "EADDRNOTAVAIL"
  | "ENOSPC"
  | "EAGAIN"
  | "ENOTTY";

/** A system call's failure. `detail` names the path, host or address. */
export class SystemError extends Error {
  readonly errno: Errno;
  readonly detail: string;

  constructor(errno: Errno, detail = "") {
    super(detail === "" ? errno : `${errno}: ${detail}`);
    this.errno = errno;
    this.detail = detail;
  }
}

/** Thrown into a generator that dies by a signal; programs let it pass (their `finally` blocks run). */
export class Killed extends Error {
  readonly signal: Signal;

  constructor(signal: Signal) {
    super(signal);
    this.signal = signal;
  }
}

/** Text in, text out. Streams carry JavaScript strings. Simplified: no raw bytes; text is UTF-8 when it is measured. */
/** A connection that stays open between requests. The network notes in it which endpoint it leads to. */
export interface KeptConnection {
  endpoint?: { readonly address: number; readonly port: number; readonly nodeName: string };
}

/** The detail of an ETIMEDOUT where the server had taken the connection and then said nothing. */
export const UNANSWERED = "no answer";
/** Detail of EPROTO: what answered speaks something else than HTTP. */
export const NOT_HTTP = "no HTTP";

/** The detail of an ETIMEDOUT where the name's address was not even known by then. */
export const UNRESOLVED = "no address";

export interface HttpRequest {
  method: string;
  /** Absolute, `http://host:port/path?query` or `https://…`. */
  url: string;
  headers: Record<string, string>;
  body: string;
  /** Where it comes from, as far as its server knows. */
  remoteAddress?: string;
  /** Milliseconds until ETIMEDOUT; none when absent. The error's detail says how far it came: `UNRESOLVED`, `UNANSWERED`. */
  timeoutMs?: number;
  /** The same, for the connection alone. */
  connectTimeoutMs?: number;
  /** Requests that have the same one share a connection: a service's proxy sends them to the same endpoint. */
  connection?: KeptConnection;
  /**
   * Asks for a two-way channel instead of a body (exec, attach, port-forward). The answer's `channel` is set on 101.
   */
  upgrade?: boolean;
  /** Connect here instead of to the URL's host and port (curl --resolve, --connect-to). */
  connectTo?: string;
}

export interface HttpResponse {
  status: number;
  headers: Record<string, string>;
  /** The certificate that a server of TLS showed, in PEM. */
  certificate?: string;
  /** How the connection came about, where there is a network in between. */
  way?: Way;
  /** File descriptor of the body stream: read until null. A watch or `logs -f` delivers as things happen. */
  body: number;
  /** Only after `upgrade`: descriptors of the remote process' streams. `status` yields one JSON `Status` text, then null. */
  channel?: { stdin: number; stdout: number; stderr: number; status: number; resize: number };
}

/** A request that came in on a port that a program listens on. Header names are in lower case. */
export interface ListenedRequest {
  id: number;
  method: string;
  path: string;
  query: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

export interface ListenedResponse {
  status: number;
  headers?: Record<string, string>;
  body: string;
  /** More of the body follows, by `respond-more`, until its end. */
  goesOn?: boolean;
}

/** What a packet that wants an echo came to. */
export interface EchoReply {
  /** `exceeded`: a router on the way ended it, because its time to live was over. */
  readonly kind: "echo" | "exceeded" | "host-unreachable" | "port-unreachable" | "silence";
  /** Who said so; "" for silence. */
  readonly from: string;
  /** What is left of the answer's own time to live. */
  readonly ttl: number;
  readonly latencyMs: number;
}

/** An open connection of TCP, or a socket of UDP with one peer. `fd` reads what the peer sends and writes to it. */
export interface Connected {
  fd: number;
  localAddress: string;
  localPort: number;
  remoteAddress: string;
  remotePort: number;
}

export interface SpawnOptions {
  argv: string[];
  env: Record<string, string>;
  cwd: string;
  /** The child's 0, 1, 2 as descriptors of the caller (dup'ed: the caller may close its own afterwards). */
  stdio: [number, number, number];
  /** Runs this instead of looking argv[0] up in PATH. */
  program?: Program;
  /** Puts the child into a new process group of its own (jobs). */
  newGroup?: boolean;
  /** Only for exec: the program runs somewhere else. */
  into?: Entry;
  /** Only for exec: whose process it is from now on, and its children's. */
  user?: User;
}

/** Namespaces that a process can join: those of files, of the host name, of the network. */
export type NamespaceKind = "mnt" | "uts" | "net";

/** A folder as the new root, or namespaces of another process. */
export type Entry = { root: string } | { pid: number; namespaces: readonly NamespaceKind[] };

export type OpenMode = "read" | "write" | "append" | "read-write";

export type SysCall =
  | { call: "read"; fd: number; line?: boolean } // → string (never empty) | null at the end; waits; with `line` it takes nothing behind the first newline
  | { call: "write"; fd: number; data: string } // → undefined; waits while the pipe is full; SIGPIPE then EPIPE
  | { call: "close"; fd: number }
  | { call: "dup"; fd: number } // → number
  | { call: "pipe" } // → [read, write]
  | { call: "open"; path: string; mode: OpenMode } // → number
  | { call: "sleep"; ms: number }
  | { call: "spawn"; options: SpawnOptions } // → pid; ENOENT when there is no such program
  | { call: "exec"; options: SpawnOptions } // → never: this process runs that program from now on; ENOENT; with `into` EPERM, ESRCH
  | { call: "wait"; pid: number } // → ExitCode; ECHILD
  | { call: "wait-any" } // → { pid, code } of the next child that ends; ECHILD when there is none
  | { call: "kill"; pid: number; signal: Signal } // negative pid: the group; ESRCH
  | { call: "trap"; signal: Signal; action: "default" | "ignore" | "queue" } // queued signals are read with "signals"; one that comes ends a sleep, a poll (→ []) and a wait-any (→ pid 0)
  | { call: "signals" } // → Signal[] that came since and are trapped with "queue"
  | { call: "http"; request: HttpRequest } // → HttpResponse; ENOTFOUND, ECONNREFUSED, ETIMEDOUT …
  | { call: "load"; spec: LoadSpec } // → LoadResult, when all is sent and answered or a queued signal comes
  | { call: "resolve"; host: string } // → string[] addresses; waits; ENOTFOUND, EAI_AGAIN
  | { call: "query"; question: DnsQuestion; server: string; port?: number; tcp?: boolean; timeoutMs: number } // → DnsMessage of the name server at that address; waits; ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH
  | { call: "echo"; address: string; ttl: number; timeoutMs: number } // → EchoReply; waits; ENETUNREACH
  | { call: "read-line"; prompt: string; history: readonly string[]; complete?: Completer } // tty only: a line without its newline | null at Ctrl-D; ENOTTY
  | { call: "tty-mode"; fd: number; mode: TtyMode }
  | { call: "poll"; fds: number[]; timeoutMs?: number } // → number[] of descriptors that would not wait
  | { call: "listen"; port: number; address?: string } // → a descriptor: each line read is a `ListenedRequest` as JSON; closing it ends; `address`: on this one alone; EADDRINUSE, EADDRNOTAVAIL, EACCES
  | { call: "respond"; fd: number; id: number; response: ListenedResponse } // → undefined; the answer to one request of a listening descriptor
  | { call: "respond-more"; fd: number; id: number; text: string | null } // → whether the client is still there; null: the end
  | { call: "connect"; host: string; port: number; protocol?: "TCP" | "UDP"; timeoutMs?: number } // → Connected; waits; ENOTFOUND, EAI_AGAIN, ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH; reads of its fd may fail with ECONNRESET or ETIMEDOUT
  | { call: "listen-tcp"; port: number; address?: string | readonly string[] } // → a descriptor to accept on, of one address, several or all; EADDRINUSE, EADDRNOTAVAIL, EACCES
  | { call: "listen-udp"; port: number; address?: string | readonly string[] } // → the same; every new peer counts as a connection, every read gives one datagram
  | { call: "accept"; fd: number } // → Connected; waits for the next client
  | { call: "shutdown"; fd: number } // → undefined; half-close: the peer reads the end, this side goes on reading
  | { call: "sockets" } // → NamespaceSockets of this network namespace
  | { call: "capture" } // → a descriptor: each line read is a `Packet` as JSON that passes this network namespace; EPERM
  | { call: "tracked-connections" } // → TrackedConnection[]: what this network namespace remembers of connections; EPERM
  | { call: "packet-filter"; ask: "IPv4" | "IPv6" | "ipvs" | "nftables"; counted: boolean } // → IptablesTable[], VirtualServer[] or the ruleset's text (base/packet-filter.ts) of this network namespace; EPERM is the program's to say
  | { call: "edit-iptables"; family: "IPv4" | "IPv6"; table: TableName; edits: readonly IptablesEdit[] } // → what `PacketFilter.editIptables` answers; EPERM where the namespace has no filter of its own
  | { call: "edit-ipvs"; edit: IpvsEdit } // → what `PacketFilter.editIpvs` answers; EPERM as above
  | { call: "external"; name: string; args: unknown } // → what the host's handler of that name answers; time stands still meanwhile
  | { call: "intent"; name: string; args: unknown }; // asks the playground for something outside the machine (open the editor, power a node off)

/** cooked: whole lines, echo, Ctrl-C makes SIGINT. raw: each key as it comes, no echo, no signals. */
export type TtyMode = "cooked" | "raw";

/** What could follow the text before the cursor. `from` is where in the line the replaced word begins. */
export interface Completion {
  from: number;
  candidates: string[];
}
/** Runs as part of the process that reads the line; may do system calls (kubectl asks the API server). */
export type Completer = (line: string, cursor: number) => Generator<SysCall, Completion, unknown>;

/** `name` is "" for a user that no file names; `groups` are ascending, absent: `gid` alone. */
export interface User {
  name: string;
  uid: number;
  gid: number;
  groups?: readonly number[];
  home: string;
}

export const ROOT: User = { name: "root", uid: 0, gid: 0, home: "/root" };

/** A process as tables have it. */
export interface ProcessRow {
  pid: number;
  ppid: number;
  argv: readonly string[];
  startedAt: number;
  user: string;
  /** What it takes, with all that shares its cgroup; absent: next to nothing. */
  use?(): { cpuMillicores: number; memoryBytes: number };
}

/** What a program gets besides its arguments. All of it is immediate; whatever may wait is a system call. */
export interface ProgramContext {
  readonly pid: number;
  readonly argv: readonly string[];
  /** The process' own copy; children get a copy in turn. */
  readonly env: Record<string, string>;
  cwd: string;
  readonly fs: FileSystem;
  readonly hostname: string;
  readonly user: User;
  /** Virtual milliseconds since the Unix epoch. */
  now(): number;
  /** A whole number in [0, bound), from this process' own stream. */
  random(bound: number): number;
  /** The size of the terminal at `fd`, undefined when it is none. */
  tty(fd: number): { columns: number; rows: number } | undefined;
  /** True when PATH look-up would find a program of that name. */
  which(name: string): string | undefined;
  /** Names that PATH look-up knows, sorted: for completion and `help`. */
  programNames(): string[];
  /** Processes of this machine or container: for ps, jobs, kill. */
  processes(): ProcessRow[];
  /** Open descriptors beyond 0..2 are closed at exit by the driver. */
}

export type Program = (ctx: ProgramContext, argv: readonly string[]) => Generator<SysCall, ExitCode, unknown>;

export interface FileStat {
  /** `device`: a character device; `block`: a block device, which is read and written like a file. */
  type: "file" | "directory" | "symlink" | "device" | "block" | "socket";
  size: number;
  mode: number;
  uid: number;
  gid: number;
  mtime: number;
}

/** One machine's or container's file system. Paths are absolute; every failure is a `SystemError`. */
export interface FileSystem {
  readFile(path: string): string;
  /** What a file holds that is no text in UTF-8; undefined for a text. Where it is missing, all files are texts. */
  readForeign?(path: string): readonly number[] | undefined;
  writeFile(path: string, data: string, options?: { append?: boolean; mode?: number }): void;
  stat(path: string): FileStat;
  lstat(path: string): FileStat;
  exists(path: string): boolean;
  /** Names in a directory, sorted by UTF-16 unit. */
  readdir(path: string): string[];
  mkdir(path: string, options?: { recursive?: boolean; mode?: number }): void;
  remove(path: string, options?: { recursive?: boolean }): void;
  rename(from: string, to: string): void;
  symlink(target: string, path: string): void;
  readlink(path: string): string;
  chmod(path: string, mode: number): void;
  chown(path: string, uid: number, gid: number): void;
  touch(path: string, mtime: number): void;
  /** Takes room for a file of so many bytes without writing them; where it is missing, there is no such thing. */
  allocate?(path: string, bytes: number): void;
  /** Whether nobody may write there, whatever the permissions say: a mount or a tree that is read-only. */
  isReadOnly?(path: string): boolean;
  /** How much the file system that has the path may hold and does; undefined where only its disk sets an end. */
  space?(path: string): FileSystemSpace | undefined;
  /** What is mounted where in the tree, in the order of mounting; absent where nobody keeps account of it. */
  mountTable?: () => readonly MountPoint[];
}

/** In bytes. Upstream: statfs(2). */
export interface FileSystemSpace {
  readonly capacity: number;
  readonly used: number;
  /** How many files it may have and has, where somebody counts. */
  readonly inodes?: { readonly capacity: number; readonly used: number };
}

/** What a mounted file system is: `/dev/sdb` of type ext4. */
export interface MountDevice {
  readonly source: string;
  readonly type: string;
  /** Asked for when somebody wants to know; absent: it has no blocks (proc, sysfs and the like). */
  readonly space?: () => FileSystemSpace;
}

/** A line of a mount table. Upstream: proc_pid_mounts(5). */
export interface MountPoint extends MountDevice {
  readonly path: string;
  /** `rw,relatime` */
  readonly options: string;
}
