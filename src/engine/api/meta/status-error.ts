/**
 * `metav1.Status` failures. Upstream: apimachinery pkg/api/errors/errors.go.
 */
export interface StatusCause {
  reason?: string;
  message: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** The body of a failed request, as it goes over the wire. */
export interface FailureStatus {
  kind: "Status";
  apiVersion: "v1";
  metadata: { continue?: string };
  status: "Failure";
  message: string;
  /** Absent where upstream gives none: clients take it for unknown. */
  reason?: string;
  details?: StatusDetails;
  code: number;
}

/** Thrown for whatever a client should see as a `Status`. */
export class StatusError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  private continueToken: string | undefined;

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  /** With a token to go on from here. */
  withContinue(token: string): this {
    this.continueToken = token;
    return this;
  }

  toStatus(): FailureStatus {
    const { message, reason, details, code, continueToken } = this;
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: continueToken === undefined ? {} : { continue: continueToken },
      status: "Failure",
      message,
      ...(reason !== "" && { reason }),
      ...(details && { details }),
      code,
    };
  }
}

/** `pods`, or `deployments.apps`: how messages name a resource. */
export interface GroupResource {
  group: string;
  resource: string;
}

export function qualified(resource: GroupResource): string {
  return resource.group === "" ? resource.resource : `${resource.resource}.${resource.group}`;
}

function detailsOf(resource: GroupResource, name: string): StatusDetails {
  return {
    ...(name !== "" && { name }),
    ...(resource.group !== "" && { group: resource.group }),
    kind: resource.resource,
  };
}

export function notFound(resource: GroupResource, name: string): StatusError {
  return new StatusError(404, "NotFound", `${qualified(resource)} "${name}" not found`, detailsOf(resource, name));
}

export function alreadyExists(resource: GroupResource, name: string): StatusError {
  return new StatusError(
    409,
    "AlreadyExists",
    `${qualified(resource)} "${name}" already exists`,
    detailsOf(resource, name),
  );
}

export function conflict(resource: GroupResource, name: string, why: string): StatusError {
  return new StatusError(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`,
    detailsOf(resource, name),
  );
}

export function forbidden(resource: GroupResource, name: string, why: string): StatusError {
  const subject = name === "" ? `${qualified(resource)} is forbidden` : `${qualified(resource)} "${name}" is forbidden`;
  return new StatusError(403, "Forbidden", `${subject}: ${why}`, detailsOf(resource, name));
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, "BadRequest", message);
}

export function methodNotSupported(resource: GroupResource, action: string): StatusError {
  return new StatusError(
    405,
    "MethodNotAllowed",
    `${action} is not supported on resources of kind "${qualified(resource)}"`,
    detailsOf(resource, ""),
  );
}

export function isNotFound(error: unknown): error is StatusError {
  return error instanceof StatusError && error.reason === "NotFound";
}

export function isAlreadyExists(error: unknown): error is StatusError {
  return error instanceof StatusError && error.reason === "AlreadyExists";
}

export function isConflict(error: unknown): error is StatusError {
  return error instanceof StatusError && error.reason === "Conflict";
}
