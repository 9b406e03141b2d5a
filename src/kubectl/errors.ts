/**
 * What a command fails with, and the words it is shown in.
 * Upstream: kubectl pkg/cmd/util/helpers.go (CheckErr) and cli-runtime's error helpers.
 */
import { type FailureStatus, type StatusCause } from "../engine/api/meta/status-error.ts";
import { isObject } from "../engine/base/json.ts";

/** A failure of the client itself: `error: …` unless the text is complete already. */
export class CommandError extends Error {
  readonly exitCode: number;
  /** Printed as it stands, without `error: `. */
  readonly verbatim: boolean;
  /** What stands on stdout by then, of a printer that failed in the middle. */
  readonly output: string;

  constructor(message: string, options: { exitCode?: number; verbatim?: boolean; output?: string } = {}) {
    super(message);
    this.output = options.output ?? "";
    this.exitCode = options.exitCode ?? 1;
    this.verbatim = options.verbatim ?? false;
  }
}

/** Ends the command with this code; everything to say has been said. */
export class SilentExit extends CommandError {
  constructor(exitCode: number) {
    super("", { exitCode, verbatim: true });
  }
}

/** The server answered with a failure `Status`. */
export class ApiError extends Error {
  readonly status: FailureStatus;

  constructor(status: FailureStatus) {
    super(status.message);
    this.status = status;
  }

  get reason(): string {
    return this.status.reason ?? "";
  }
}

/** Several failures, each shown on a line of its own. */
export class ErrorList extends Error {
  readonly errors: readonly Error[];

  constructor(errors: readonly Error[]) {
    super(errors.map((error) => error.message).join(", "));
    this.errors = errors;
  }
}

/** Throws what was gathered: nothing, the only one, or all. */
export function throwGathered(errors: readonly Error[]): void {
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new ErrorList(errors);
}

export function hasReason(error: unknown, reason: string): error is ApiError {
  return error instanceof ApiError && error.reason === reason;
}

/** The same failure with the file that it came from: `error when creating "web.yaml": …`. */
export function withSource(verb: string, source: string | undefined, error: unknown): Error {
  if (!(error instanceof Error)) throw error;
  if (source === undefined || source === "") return error;
  const message = `error when ${verb} ${JSON.stringify(source)}: ${error.message}`;
  if (error instanceof ApiError) return new ApiError({ ...error.status, message });
  if (error instanceof CommandError) return new CommandError(message);
  return error;
}

/** A list that was refused says what was looked for. Upstream: cli-runtime pkg/resource/selector.go. */
export function aboutList(
  error: unknown,
  list: { group: string; version: string; name: string; labelSelector: string; fieldSelector: string },
): unknown {
  if (!(error instanceof ApiError) || (error.reason !== "BadRequest" && error.reason !== "NotFound")) return error;
  const { group, version, name, labelSelector, fieldSelector } = list;
  const resource = JSON.stringify(`${group}/${version}, Resource=${name}`);
  const message =
    labelSelector === "" && fieldSelector === ""
      ? `Unable to list ${resource}: ${error.message}`
      : `Unable to find ${resource} that match label selector ${JSON.stringify(labelSelector)}, field selector ${JSON.stringify(fieldSelector)}: ${error.message}`;
  return new ApiError({ ...error.status, message });
}

function causeText(cause: StatusCause): string {
  return `${cause.field ?? ""}: ${cause.message}`;
}

function invalidText(status: FailureStatus): string {
  const { details, message } = status;
  let text = "The request is invalid";
  if (details === undefined) return message === "" ? text : `${text}: ${message}`;
  if ((details.kind ?? "") !== "" || (details.name ?? "") !== "") {
    text = `The ${details.kind ?? ""} ${JSON.stringify(details.name ?? "")} is invalid`;
  } else if (message !== "" && (details.causes ?? []).length === 0) text += `: ${message}`;
  const causes = [...new Set((details.causes ?? []).map(causeText))];
  if (causes.length === 0) return text;
  if (causes.length === 1) return `${text}: ${causes[0]}`;
  return [`${text}: `, ...causes.map((cause) => `* ${cause}`)].join("\n");
}

/** The failure as one or more lines for stderr, without the last newline. Empty for a silent one. */
export function errorText(error: unknown): string {
  if (error instanceof ErrorList) {
    return error.errors.map((each) => (each instanceof CommandError ? each.message : errorText(each))).join("\n");
  }
  if (error instanceof ApiError) {
    const { reason, message } = error.status;
    if (reason === "Invalid") return invalidText(error.status);
    if (reason === "Unauthorized") return `error: You must be logged in to the server (${message})`;
    return reason === "" ? `Error from server: ${message}` : `Error from server (${reason}): ${message}`;
  }
  if (error instanceof CommandError) {
    return error.verbatim || error.message.startsWith("error: ") ? error.message : `error: ${error.message}`;
  }
  throw error;
}

export function exitCodeOf(error: unknown): number {
  return error instanceof CommandError ? error.exitCode : 1;
}

/** Understands a response body as a `Status`; undefined when it is something else. */
export function failureStatus(body: unknown): FailureStatus | undefined {
  if (!isObject(body) || body["kind"] !== "Status" || body["status"] === "Success") return undefined;
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: String(body["message"] ?? ""),
    reason: String(body["reason"] ?? ""),
    ...(isObject(body["details"]) && { details: body["details"] as NonNullable<FailureStatus["details"]> }),
    code: Number(body["code"] ?? 500),
  };
}

/** A failure that is the caller's way of using the command. */
export function usageError(path: string, message: string): CommandError {
  return new CommandError(`${message}\nSee '${path} -h' for help and examples`);
}
