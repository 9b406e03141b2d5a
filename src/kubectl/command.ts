/** What a kubectl command is, and the flags that many share. Upstream: spf13/cobra commands under kubectl pkg/cmd. */
import type { ExitCode } from "../engine/base/program.ts";
import type { Call } from "../engine/base/syscalls.ts";
import type { Flag } from "./flags.ts";
import type { Invocation } from "./invocation.ts";

export type CommandGroup =
  | "Basic Commands (Beginner)"
  | "Basic Commands (Intermediate)"
  | "Deploy Commands"
  | "Cluster Management Commands"
  | "Troubleshooting and Debugging Commands"
  | "Advanced Commands"
  | "Settings Commands"
  | "Other Commands";

export interface Command {
  name: string;
  aliases?: readonly string[];
  group?: CommandGroup;
  /** One line for lists of commands. */
  short: string;
  /** What follows the command's path in its usage line. */
  usage?: string;
  examples?: readonly string[];
  flags?: readonly Flag[];
  subcommands?: readonly Command[];
  /** Absent: the command only groups its subcommands and shows its help. */
  run?(call: Invocation): Call<ExitCode | void>;
  /** Without a subcommand, its help goes to stderr. */
  helpToStderr?: boolean;
  /** Without a subcommand, its help is no failure. */
  helpIsFine?: boolean;
  /** What its arguments are, for completion. */
  completes?: "resources" | "pods" | "files" | "nodes" | "contexts" | "none" | "container-images" | "types";
  /** Words that are not commands of this kubectl but exist upstream are marked so and fail when run. */
  hidden?: boolean;
  /** Whatever flags stand there are not read: the command fails in any case. */
  anyFlags?: boolean;
}

export function defineCommand(command: Command): Command {
  return command;
}

export const FILE_FLAGS: readonly Flag[] = [
  {
    name: "filename",
    short: "f",
    type: "strings",
    usage: "Files, directories or - for stdin that name the resources.",
  },
  { name: "kustomize", short: "k", type: "string", usage: "Directory of a kustomization." },
  { name: "recursive", short: "R", type: "bool", usage: "Read directories given with -f recursively." },
];

export const OUTPUT_FLAG: Flag = { name: "output", short: "o", type: "string", usage: "Output format." };

export const PRINT_FLAGS: readonly Flag[] = [
  OUTPUT_FLAG,
  { name: "template", type: "string", usage: "Template for -o=go-template." },
  {
    name: "allow-missing-template-keys",
    type: "bool",
    default: true,
    usage: "Templates ignore fields and keys that are missing.",
  },
  { name: "show-managed-fields", type: "bool", usage: "Keep managedFields in JSON and YAML." },
];

export const SELECTOR_FLAG: Flag = {
  name: "selector",
  short: "l",
  type: "string",
  usage: "Label selector (=, ==, !=, in, notin).",
};

export const FIELD_SELECTOR_FLAG: Flag = {
  name: "field-selector",
  type: "string",
  usage: "Field selector (=, ==, !=).",
};

export const ALL_FLAG: Flag = { name: "all", type: "bool", usage: "All objects of the types." };

export const ALL_NAMESPACES_FLAG: Flag = {
  name: "all-namespaces",
  short: "A",
  type: "bool",
  usage: "Objects of all namespaces.",
};

export const DRY_RUN_FLAG: Flag = {
  name: "dry-run",
  type: "string",
  default: "none",
  bare: "unchanged",
  usage: 'One of "none", "server" or "client": show what would be sent, without keeping it.',
};

export const VALIDATE_FLAG: Flag = {
  name: "validate",
  type: "string",
  default: "strict",
  bare: "strict",
  usage: "One of strict (or true), warn, ignore (or false).",
};

export function fieldManagerFlag(name: string): Flag {
  return { name: "field-manager", type: "string", default: name, usage: "Name that tracks who owns fields." };
}

export const SAVE_CONFIG_FLAG: Flag = {
  name: "save-config",
  type: "bool",
  usage: "Keep the configuration in the object's annotation, for a later apply.",
};

/** Flags that each `kubectl create …` generator has. */
export const CREATE_FLAGS: readonly Flag[] = [
  ...PRINT_FLAGS,
  DRY_RUN_FLAG,
  VALIDATE_FLAG,
  fieldManagerFlag("kubectl-create"),
  SAVE_CONFIG_FLAG,
];

/** Flags that every command takes. */
export const GLOBAL_FLAGS: readonly Flag[] = [
  { name: "namespace", short: "n", type: "string", usage: "Namespace of this request." },
  { name: "kubeconfig", type: "string", usage: "Path of the kubeconfig file." },
  { name: "context", type: "string", usage: "Name of the kubeconfig context to use." },
  { name: "cluster", type: "string", usage: "Name of the kubeconfig cluster to use." },
  { name: "user", type: "string", usage: "Name of the kubeconfig user to use." },
  { name: "server", short: "s", type: "string", usage: "Address and port of the API server." },
  { name: "token", type: "string", usage: "Bearer token for the API server." },
  { name: "as", type: "string", usage: "User to act as." },
  { name: "as-group", type: "array", usage: "Group to act as; may be repeated." },
  { name: "as-uid", type: "string", usage: "UID to act as." },
  { name: "request-timeout", type: "string", default: "0", usage: "How long to wait for one request; 0 waits on." },
  { name: "warnings-as-errors", type: "bool", usage: "Fail when the server sends a warning." },
  { name: "insecure-skip-tls-verify", type: "bool", usage: "Take any certificate that the server shows." },
  {
    name: "certificate-authority",
    type: "string",
    usage: "File of the authority that signs the server's certificate.",
  },
  { name: "client-certificate", type: "string", unsupported: true },
  { name: "client-key", type: "string", unsupported: true },
  { name: "tls-server-name", type: "string", usage: "Whom the server's certificate must be for." },
  { name: "username", type: "string", unsupported: true },
  { name: "password", type: "string", unsupported: true },
  { name: "cache-dir", type: "string", unsupported: true },
  {
    name: "v",
    short: "v",
    type: "int",
    default: 0,
    usage: "Show requests on standard error: 6 to 10, ever more of them.",
  },
  { name: "match-server-version", type: "bool", unsupported: true },
  { name: "disable-compression", type: "bool", unsupported: true },
  { name: "profile", type: "string", unsupported: true },
  { name: "profile-output", type: "string", unsupported: true },
];
