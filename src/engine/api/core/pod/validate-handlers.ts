/** Probes and lifecycle hooks. Upstream: pkg/apis/core/validation/validation.go (validateProbe, validateHandler). */
import type {
  ExecAction,
  GRPCAction,
  HTTPGetAction,
  IntOrString,
  Lifecycle,
  LifecycleHandler,
  Probe,
  SleepAction,
  TCPSocketAction,
} from "../../generated/types.ts";
import { forbiddenField, invalidValue, notSupported, required, type FieldError } from "../../meta/field-error.ts";
import { ENUM_FACTS } from "../../meta/field-facts.ts";
import { isHTTPHeaderName, isValidPortName, isValidPortNum } from "../../meta/names.ts";
import { validateNonnegative } from "../../meta/validate-meta.ts";

export interface Handler {
  exec?: ExecAction | undefined;
  httpGet?: HTTPGetAction | undefined;
  tcpSocket?: TCPSocketAction | undefined;
  grpc?: GRPCAction | undefined;
  sleep?: SleepAction | undefined;
}

export function validatePort(port: IntOrString, field: string, errors: FieldError[]): void {
  const texts = typeof port === "number" ? isValidPortNum(port) : isValidPortName(port);
  for (const text of texts) errors.push(invalidValue(field, port, text));
}

/** What a handler's rules depend on besides itself. */
export interface HandlerContext {
  errors: FieldError[];
  /** The pod's terminationGracePeriodSeconds; undefined when there is none to compare with. */
  gracePeriod: number | undefined;
}

/** Exactly one kind of handler, and that one sound. */
export function validateHandler(handler: Handler, field: string, { errors, gracePeriod }: HandlerContext): void {
  let count = 0;
  const isFirst = (name: string): boolean => {
    if (count++ === 0) return true;
    errors.push(forbiddenField(`${field}.${name}`, "may not specify more than 1 handler type"));
    return false;
  };
  if (handler.exec !== undefined && isFirst("exec")) {
    if ((handler.exec.command ?? []).length === 0) errors.push(required(`${field}.exec.command`));
  }
  if (handler.httpGet !== undefined && isFirst("httpGet")) validateHTTPGet(handler.httpGet, `${field}.httpGet`, errors);
  if (handler.tcpSocket !== undefined && isFirst("tcpSocket")) {
    validatePort(handler.tcpSocket.port ?? 0, `${field}.tcpSocket.port`, errors);
  }
  if (handler.grpc !== undefined && isFirst("grpc")) validatePort(handler.grpc.port ?? 0, `${field}.grpc.port`, errors);
  if (handler.sleep !== undefined && isFirst("sleep") && gracePeriod !== undefined) {
    const seconds = handler.sleep.seconds ?? 0;
    if (seconds < 0 || seconds > gracePeriod) {
      const detail = `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod})`;
      errors.push(invalidValue(`${field}.sleep`, seconds, detail));
    }
  }
  if (count === 0) errors.push(required(field, "must specify a handler type"));
}

function validateHTTPGet(action: HTTPGetAction, field: string, errors: FieldError[]): void {
  if (!action.path) errors.push(required(`${field}.path`));
  validatePort(action.port ?? 0, `${field}.port`, errors);
  const schemes = ["HTTP", "HTTPS"];
  if (!schemes.includes(action.scheme ?? ""))
    errors.push(notSupported(`${field}.scheme`, action.scheme ?? "", schemes));
  for (const { name } of action.httpHeaders ?? []) {
    for (const text of isHTTPHeaderName(name)) errors.push(invalidValue(`${field}.httpHeaders`, name, text));
  }
}

export function validateProbe(probe: Probe, field: string, context: HandlerContext): void {
  const { errors } = context;
  // Probes don't sleep.
  const { exec, httpGet, tcpSocket, grpc } = probe;
  validateHandler({ exec, httpGet, tcpSocket, grpc }, field, context);
  for (const name of [
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
  ] as const) {
    validateNonnegative(probe[name], `${field}.${name}`, errors);
  }
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0) {
    errors.push(invalidValue(`${field}.terminationGracePeriodSeconds`, grace, "must be greater than 0"));
  }
}

/** Liveness and startup probes succeed at once or not at all. */
export function validateOneSuccess(probe: Probe, field: string, errors: FieldError[]): void {
  const { successThreshold } = probe;
  if (successThreshold !== undefined && successThreshold !== 1) {
    errors.push(invalidValue(`${field}.successThreshold`, successThreshold, "must be 1"));
  }
}

/** Hooks, and the signal that ends the container, for which the pod must say what system it is made for. */
export function validateLifecycle(
  lifecycle: Lifecycle,
  field: string,
  context: HandlerContext & { os: string | undefined },
): void {
  const { postStart, preStop, stopSignal } = lifecycle;
  if (postStart !== undefined) validateHandler(withoutGRPC(postStart), `${field}.postStart`, context);
  if (preStop !== undefined) validateHandler(withoutGRPC(preStop), `${field}.preStop`, context);
  if (stopSignal !== undefined) validateStopSignal(stopSignal, `${field}.stopSignal`, context);
}

function withoutGRPC({ exec, httpGet, tcpSocket, sleep }: LifecycleHandler): Handler {
  return { exec, httpGet, tcpSocket, sleep };
}

function validateStopSignal(
  signal: string,
  field: string,
  { errors, os }: HandlerContext & { os: string | undefined },
): void {
  if (!os) {
    errors.push(forbiddenField(field, "may not be set for containers with empty `spec.os.name`"));
    return;
  }
  const supported = os === "windows" ? ["SIGKILL", "SIGTERM"] : (ENUM_FACTS["Lifecycle.stopSignal"] ?? []);
  if (!supported.includes(signal)) errors.push(notSupported(field, signal, supported));
}
