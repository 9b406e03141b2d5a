/**
 * How etcdctl reaches etcd: the endpoints that it was told, the certificate that it shows, and one call after another over
 * the member's JSON gateway. Upstream: etcd client/v3, etcdctl/ctlv3/command/global.go.
 *
 * **Simplified:** of --cacert only that it is a certificate counts; --key has to belong to --cert.
 */
import { isObject, parseJson } from "../../base/json.ts";
import { SystemError } from "../../base/program.ts";
import type { ProgramContext } from "../../base/program.ts";
import { http, readAll, sleep } from "../../base/syscalls.ts";
import type { Call } from "../../base/syscalls.ts";
import { parseCertificate } from "../../base/x509/certificate.ts";
import { CLIENT_CERTIFICATE_HEADER, presentCertificate } from "../../base/x509/client-certificate.ts";
import { resolvePath } from "../../runtime/paths.ts";

/** Ends the command: `code` as upstream's cobrautl has them. */
export class EtcdctlError extends Error {
  readonly code: number;

  constructor(message: string, code = 1) {
    super(message);
    this.code = code;
  }
}

const DEADLINE = "context deadline exceeded";
const COMMAND_TIMEOUT = "5s";

export class EtcdClient {
  readonly endpoints: readonly string[];
  private readonly headers: Record<string, string>;
  private readonly timeoutMs: number;
  /** Of endpoints that name none. */
  private readonly scheme: string;

  constructor(ctx: ProgramContext, flags: ReadonlyMap<string, string>) {
    const setting = (name: string): string | undefined =>
      flags.get(name) ?? ctx.env[`ETCDCTL_${name.toUpperCase().replaceAll("-", "_")}`];
    this.scheme = setting("cert") !== undefined || setting("cacert") !== undefined ? "https" : "http";
    this.timeoutMs = milliseconds(setting("command-timeout") ?? setting("dial-timeout") ?? COMMAND_TIMEOUT);
    this.endpoints = (setting("endpoints") ?? "127.0.0.1:2379").split(",");
    this.headers = certificateHeader(ctx, setting);
  }

  /** What the endpoint answers. Throws EtcdctlError after the time that a client waits. */
  *call<T>(endpoint: string, path: string, body: object = {}): Call<T> {
    const url = /^https?:\/\//.test(endpoint) ? endpoint : `${this.scheme}://${endpoint}`;
    const request = {
      method: "POST",
      url: `${url}${path}`,
      headers: { ...this.headers, "content-type": "application/json" },
      body: JSON.stringify(body),
      timeoutMs: this.timeoutMs,
    };
    let text = "";
    try {
      const response = yield* http(request);
      text = yield* readAll(response.body);
      const parsed = parseJson(text);
      if (response.status === 200) return parsed as T;
      throw new EtcdctlError(isObject(parsed) ? String(parsed["message"]) : text);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      // It tries again and again until its time is over.
      if (error.errno !== "ETIMEDOUT") yield* sleep(this.timeoutMs);
      throw new EtcdctlError(DEADLINE);
    }
  }

  /** By the first endpoint that answers. */
  *any<T>(path: string, body: object = {}): Call<T> {
    let last = new EtcdctlError(DEADLINE);
    for (const endpoint of this.endpoints) {
      try {
        return yield* this.call<T>(endpoint, path, body);
      } catch (error) {
        if (!(error instanceof EtcdctlError)) throw error;
        last = error;
        if (error.message !== DEADLINE) break;
      }
    }
    throw last;
  }
}

/** Of a duration of whole hours, minutes, seconds or milliseconds. */
function milliseconds(duration: string): number {
  const [, count, unit = ""] = /^(\d+)(ms|s|m|h)$/.exec(duration) ?? [];
  const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  const factor = unitMs[unit];
  if (factor === undefined) throw new EtcdctlError(`time: invalid duration ${JSON.stringify(duration)}`, 128);
  return Number(count) * factor;
}

function certificateHeader(ctx: ProgramContext, setting: (name: string) => string | undefined): Record<string, string> {
  const file = (name: string): string | undefined => {
    const given = setting(name);
    if (given === undefined) return undefined;
    const path = resolvePath(ctx.cwd, given);
    if (!ctx.fs.exists(path)) throw new EtcdctlError(`open ${given}: no such file or directory`, 128);
    return ctx.fs.readFile(path);
  };
  const authority = file("cacert");
  if (authority !== undefined && parseCertificate(authority) === undefined) {
    throw new EtcdctlError(`could not load CA certificate from ${setting("cacert") ?? ""}`, 128);
  }
  const certificate = file("cert");
  const key = file("key");
  if (certificate === undefined && key === undefined) return {};
  if (certificate === undefined || key === undefined) {
    throw new EtcdctlError(
      `KeyFile and CertFile must both be present[key: ${setting("key") ?? ""}, cert: ${setting("cert") ?? ""}]`,
      128,
    );
  }
  try {
    return { [CLIENT_CERTIFICATE_HEADER]: presentCertificate(certificate, key) };
  } catch (error) {
    throw new EtcdctlError((error as Error).message, 128);
  }
}
