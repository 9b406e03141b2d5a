/**
 * grpc_health_probe: asks a gRPC server's health service once, for probes and people. Upstream: grpc-ecosystem/grpc-health-probe.
 * **Simplified:** calls are as kubelet's own probe makes them (kubelet/grpc-check.ts); of TLS there is nothing;
 * connecting and answering have the longer of their two limits together.
 */
import { parseGoDuration } from "../base/go-duration.ts";
import type { Program } from "../base/program.ts";
import { SystemError } from "../base/program.ts";
import type { Call } from "../base/syscalls.ts";
import { close, http, readAll, write } from "../base/syscalls.ts";
import { defineImage } from "./define-image.ts";
import { tags } from "./tags.ts";

const LIMITS = ["connect-timeout", "rpc-timeout"];
const VALUES: ReadonlySet<string> = new Set(["addr", "service", ...LIMITS]);
/** The tool's own exit codes. */
const INVALID = 1;
const NOT_CONNECTED = 2;
const CALL_FAILED = 3;
const UNHEALTHY = 4;
const USUAL_LIMIT = "1s";
const CODES: Readonly<Record<string, string>> = { "4": "DeadlineExceeded", "5": "NotFound", "14": "Unavailable" };

export const grpcHealthProbe: Program = function* (_ctx, argv) {
  const flags = new Map<string, string>();
  for (let at = 1; at < argv.length; at++) {
    const [, name = "", value] = /^--?([\w-]+)(?:=(.*))?$/.exec(argv[at] as string) ?? [];
    if (!VALUES.has(name))
      return yield* say(`flag provided but not defined: -${name || (argv[at] as string)}`, INVALID);
    flags.set(name, value ?? argv[++at] ?? "");
  }
  const address = flags.get("addr") ?? "";
  if (address === "") return yield* say("error: --addr not specified", INVALID);
  let timeoutMs = 0;
  for (const name of LIMITS) {
    const limit = parseGoDuration(flags.get(name) ?? USUAL_LIMIT);
    if (typeof limit !== "number")
      return yield* say(`invalid value ${JSON.stringify(flags.get(name))} for flag -${name}: parse error`, INVALID);
    if (limit <= 0)
      return yield* say(`error: --${name} must be greater than zero (specified: ${flags.get(name)})`, INVALID);
    timeoutMs = Math.max(timeoutMs, limit);
  }
  const host = address.startsWith(":") ? `127.0.0.1${address}` : address;
  const service = flags.get("service") ?? "";
  const url = `http://${host}/grpc.health.v1.Health/Check?service=${encodeURIComponent(service)}`;
  const headers = { "content-type": "application/grpc", "user-agent": "grpc_health_probe" };
  try {
    const { status, headers: back, body } = yield* http({ method: "POST", url, headers, body: "", timeoutMs });
    const answer = yield* readAll(body);
    yield* close(body);
    const { "grpc-status": code = "0", "grpc-message": message = "" } = back;
    const speaks = back["content-type"] === "application/grpc";
    if (!speaks || code === "12")
      return yield* say(
        `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${message || `unexpected HTTP status code ${status}`}`,
        CALL_FAILED,
      );
    if (code !== "0")
      return yield* say(
        `error: health rpc failed: rpc error: code = ${CODES[code] ?? "Unknown"} desc = ${message}`,
        CALL_FAILED,
      );
    if (answer === "NOT_SERVING") return yield* say('service unhealthy (responded with "NOT_SERVING")', UNHEALTHY);
    return yield* say("status: SERVING", 0);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return yield* say(
      `timeout: failed to connect service "${address}" within ${flags.get("connect-timeout") ?? USUAL_LIMIT}`,
      NOT_CONNECTED,
    );
  }
};

function* say(text: string, code: number): Call<number> {
  yield* write(2, `${text}\n`);
  return code;
}

export const grpcHealthProbeImage = defineImage({
  name: "ghcr.io/grpc-ecosystem/grpc-health-probe",
  tags: tags(14, "latest v0.4.24 v0.4.25..42"),
  entrypoint: ["/ko-app/grpc-health-probe"],
  userland: "none",
  user: 65_532,
  programs: () => ({ "/ko-app/grpc-health-probe": { kind: "program", run: grpcHealthProbe } }),
});
