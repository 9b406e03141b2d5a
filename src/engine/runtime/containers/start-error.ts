/** What runc says of a program that it can't run. Upstream: opencontainers/runc libcontainer/init_linux.go. */
import type { SystemError } from "../../base/program.ts";

/** A container that can't be created or started; `reason` is what kubelet shows as waiting reason. */
export class ContainerError extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

export function startError(name: string, error: SystemError): string {
  return runcError(`error during container init: ${execError(name, error)}`);
}

/** containerd's frame around what runc complains of. */
export function runcError(detail: string): string {
  return `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ${detail}`;
}

/** `exec: "foo": executable file not found in $PATH: unknown` */
export function execError(name: string, error: SystemError): string {
  const quoted = JSON.stringify(name);
  if (error.errno === "EACCES") return `exec: ${quoted}: permission denied: unknown`;
  if (error.errno === "EISDIR") return `exec: ${quoted}: is a directory: unknown`;
  if (name.includes("/")) return `exec: ${quoted}: stat ${name}: no such file or directory: unknown`;
  return `exec: ${quoted}: executable file not found in $PATH: unknown`;
}
