/** Writes answers to a sink as the API server words them. */
import { stringify } from "yaml";
import { StatusError } from "../../api/meta/status-error.ts";
import type { HttpSink } from "../../base/http.ts";
import type { Encoding } from "./media.ts";
import { PROTOBUF } from "./protobuf/decode.ts";
import { toProtobuf } from "./protobuf/encode.ts";
import { writeJson } from "./wire-json.ts";

const JSON_TYPE = "application/json";

export interface Answer {
  code: number;
  body: unknown;
  /** Protobuf becomes JSON for what can't be said in it. */
  encoding?: Encoding;
  warnings?: readonly string[];
  retryAfterSeconds?: number | undefined;
}

export function sendObject(sink: HttpSink, answer: Answer): void {
  const { code, body, encoding = "json", warnings = [] } = answer;
  const { type, text } = written(body, encoding);
  const headers: Record<string, string> = {
    "Content-Type": type,
    "Cache-Control": "no-cache, private",
  };
  if (warnings.length > 0) headers["Warning"] = [...new Set(warnings)].map(warningText).join(", ");
  if (answer.retryAfterSeconds !== undefined) headers["Retry-After"] = String(answer.retryAfterSeconds);
  sink.head(code, headers);
  sink.data(text);
  sink.end();
}

function written(body: unknown, encoding: Encoding): { type: string; text: string } {
  if (encoding === "yaml") return { type: "application/yaml", text: stringify(body) };
  const bytes = encoding === "protobuf" ? toProtobuf(body as Record<string, unknown>) : undefined;
  return bytes === undefined
    ? { type: JSON_TYPE, text: writeJson(body, { pretty: encoding === "pretty" }) }
    : { type: PROTOBUF, text: bytes };
}

export function sendText(sink: HttpSink, code: number, text: string): void {
  sink.head(code, { "Content-Type": "text/plain; charset=utf-8" });
  if (text !== "") sink.data(text);
  sink.end();
}

/** Upstream's answer to a path that nobody serves. */
export function sendNotFoundPage(sink: HttpSink): void {
  sendText(sink, 404, "404 page not found\n");
}

/** Sends a StatusError as its Status. Anything else is a defect of the server: a 500, as upstream's panic handler gives. */
export function sendError(sink: HttpSink, error: unknown, encoding: Encoding = "json"): void {
  const status = error instanceof StatusError ? error : internalError(error);
  const { retryAfterSeconds } = status.details ?? {};
  sendObject(sink, { code: status.code, body: status.toStatus(), encoding, retryAfterSeconds });
}

function internalError(error: unknown): StatusError {
  const message = error instanceof Error ? error.message : String(error);
  return new StatusError(500, "InternalError", `Internal error occurred: ${message}`, {
    causes: [{ reason: "", message }],
  });
}

/** RFC 7234's warn-code 299, as apimachinery pkg/util/net/http.go writes it. */
function warningText(text: string): string {
  return `299 - "${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
