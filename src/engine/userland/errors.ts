import type { Errno } from "../base/program.ts";
import { SystemError } from "../base/program.ts";

/** glibc's words for what went wrong. */
const WORDS: Readonly<Record<Errno, string>> = {
  ENOENT: "No such file or directory",
  EEXIST: "File exists",
  ENOTDIR: "Not a directory",
  EISDIR: "Is a directory",
  ENOTEMPTY: "Directory not empty",
  EACCES: "Permission denied",
  EPERM: "Operation not permitted",
  EROFS: "Read-only file system",
  EBADF: "Bad file descriptor",
  EPIPE: "Broken pipe",
  EINVAL: "Invalid argument",
  ESRCH: "No such process",
  ECHILD: "No child processes",
  ECONNREFUSED: "Connection refused",
  EHOSTUNREACH: "No route to host",
  ENETUNREACH: "Network is unreachable",
  ETIMEDOUT: "Connection timed out",
  ECONNRESET: "Connection reset by peer",
  EPROTO: "Protocol error",
  EAI_AGAIN: "Temporary failure in name resolution",
  ENOTFOUND: "Name or service not known",
  EADDRINUSE: "Address already in use",
  EADDRNOTAVAIL: "Cannot assign requested address",
  EAGAIN: "Resource temporarily unavailable",
  ENOSPC: "No space left on device",
  ENOTTY: "Inappropriate ioctl for device",
};

/** OpenSSL's words where the server answered without TLS: EPROTO. */
export const WRONG_VERSION = "error:0A00010B:SSL routines::wrong version number";

/** The words for a failed system call. Anything else is a defect and is thrown on. */
export function errorText(error: unknown): string {
  if (!(error instanceof SystemError)) throw error;
  return WORDS[error.errno];
}
