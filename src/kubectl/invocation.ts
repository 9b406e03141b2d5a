/** One run of one command: its flags and arguments, its streams, its way to the API server. */
import type { ProgramContext } from "../engine/base/program.ts";
import { type Call, write } from "../engine/base/syscalls.ts";
import type { Command } from "./command.ts";
import { Discovery } from "./discovery.ts";
import { CommandError, errorText, SilentExit } from "./errors.ts";
import { durationMs, type FlagValues, type ParsedArgs } from "./flags.ts";
import { type ClientConfig, clientConfig } from "./client-config.ts";
import { kubeconfigPath } from "./kubeconfig-chain.ts";
import { RequestLog } from "./request-log.ts";
import { RestClient } from "./rest-client.ts";

export type DryRun = "none" | "client" | "server";

export class Invocation {
  readonly ctx: ProgramContext;
  readonly command: Command;
  /** `kubectl create deployment` */
  readonly path: string;
  readonly flags: FlagValues;
  readonly args: readonly string[];
  /** How many arguments stood before `--`; -1 without one. */
  readonly dash: number;
  /** As typed, after the program's name. */
  readonly argv: readonly string[];
  /** Of this client: `v1.36.0`. */
  readonly release: string;
  private connected: { config: ClientConfig; rest: RestClient; discovery: Discovery } | undefined;
  private readonly seenWarnings = new Set<string>();

  constructor(
    ctx: ProgramContext,
    command: Command,
    line: { path: string; parsed: ParsedArgs; argv: readonly string[]; release: string },
  ) {
    this.ctx = ctx;
    this.command = command;
    this.path = line.path;
    this.flags = line.parsed.values;
    this.args = line.parsed.args;
    this.dash = line.parsed.dash;
    this.argv = line.argv;
    this.release = line.release;
  }

  out(text: string): Call<void> {
    return write(1, text);
  }

  err(text: string): Call<void> {
    return write(2, text);
  }

  /** Shows a failure without ending the command. */
  *fail(error: unknown): Call<void> {
    const text = errorText(error);
    if (text !== "") yield* this.err(`${text}\n`);
  }

  get config(): ClientConfig {
    return this.connect().config;
  }

  get rest(): RestClient {
    return this.connect().rest;
  }

  get discovery(): Discovery {
    return this.connect().discovery;
  }

  get namespace(): string {
    return this.config.namespace;
  }

  /** The value of --dry-run. */
  get dryRun(): DryRun {
    if (!this.flags.has("dry-run")) return "none";
    const value = this.flags.string("dry-run");
    if (value === "none" || value === "client" || value === "server") return value;
    if (value === "unchanged") {
      throw new CommandError(
        'Must explicitly specify dry-run as "none", "server", or "client". A bare "--dry-run" flag is no longer valid',
      );
    }
    throw new CommandError(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`);
  }

  /** Query parameters of a request that changes something. */
  writeQuery(): Record<string, string | undefined> {
    return {
      dryRun: this.dryRun === "server" ? "All" : undefined,
      fieldManager: this.flags.has("field-manager") ? this.flags.string("field-manager") : undefined,
      fieldValidation: this.fieldValidation(),
    };
  }

  private fieldValidation(): string | undefined {
    if (!this.flags.has("validate")) return undefined;
    const value = this.flags.string("validate");
    if (["strict", "true"].includes(value.toLowerCase())) return "Strict";
    if (value.toLowerCase() === "warn") return "Warn";
    if (["ignore", "false"].includes(value.toLowerCase())) return "Ignore";
    throw new CommandError(`invalid argument ${JSON.stringify(value)} for "--validate" flag`);
  }

  private connect(): { config: ClientConfig; rest: RestClient; discovery: Discovery } {
    if (this.connected === undefined) {
      const config = clientConfig(this.ctx, this.flags);
      const timeout = this.flags.string("request-timeout");
      const timeoutMs = /^\d+$/.test(timeout) ? Number(timeout) * 1000 : durationMs(timeout);
      if (timeoutMs === undefined) {
        throw new CommandError(
          `Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)`,
        );
      }
      const rest = new RestClient(config, {
        timeoutMs,
        onWarning: (text) => this.warn(text),
        log: new RequestLog(this.ctx, {
          level: this.flags.int("v"),
          kubeconfig: kubeconfigPath(this.ctx, this.flags),
        }),
      });
      this.connected = { config, rest, discovery: new Discovery(rest) };
    }
    return this.connected;
  }

  /** Prints a server's warning once. */
  *warn(text: string): Call<void> {
    if (this.seenWarnings.has(text)) return;
    this.seenWarnings.add(text);
    yield* this.err(`Warning: ${text}\n`);
    if (this.flags.bool("warnings-as-errors")) {
      yield* this.err("error: 1 warning received\n");
      throw new SilentExit(1);
    }
  }
}
