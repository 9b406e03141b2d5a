/** Puts an `HttpCarrier` of the engine behind Node's own HTTP server, so that real clients can speak to it. */
import { headersOf } from "./http-headers.ts";
import { withPeerCertificate } from "./tls.ts";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createGzip } from "node:zlib";
import { StatusError } from "../engine/api/meta/status-error.ts";
import type { HttpCarrier, HttpSink } from "../engine/base/http.ts";
import type { HttpRequest } from "../engine/base/program.ts";
import { V2_PROTOBUF_ANSWER } from "../engine/apiserver/http/openapi-protobuf.ts";
import { PROTOBUF } from "../engine/apiserver/http/protobuf/decode.ts";

/** Largest request body that is read, in bytes; upstream's etcd takes 1.5 MiB objects and the API server 3 MiB bodies. */
const MAX_BODY = 3 * 1024 * 1024;

/** The engine's strings carry the bytes of a protobuf body one by one, as Latin-1. */
function encodingOf(request: IncomingMessage): "latin1" | "utf8" {
  return request.headers["content-type"]?.startsWith(PROTOBUF) === true ? "latin1" : "utf8";
}

/** The body as text, or undefined when it passes the limit. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_BODY) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString(encodingOf(request));
}

/** Answers from this size on are compressed for clients that take it. Upstream: apiserver responsewriters/writers.go. */
const GZIP_THRESHOLD = 128 * 1024;
const GZIP_LEVEL = 1;

function sinkOf(incoming: IncomingMessage, response: ServerResponse): HttpSink {
  const compresses = incoming.method === "GET" && /\bgzip\b/.test(String(incoming.headers["accept-encoding"] ?? ""));
  let begin: ((first: string) => void) | undefined;
  let encoding: "latin1" | "utf8" = "utf8";
  let out: NodeJS.WritableStream = response;
  return {
    head(status, headers) {
      const type = headers["Content-Type"] ?? "";
      if (type === V2_PROTOBUF_ANSWER || type.startsWith(PROTOBUF)) encoding = "latin1";
      // A watch has nothing to say yet but that it is on; a list's size decides how it goes out.
      begin = (first) => {
        begin = undefined;
        if (compresses && status === 200 && first.length >= GZIP_THRESHOLD) {
          response.writeHead(status, { ...headers, "Content-Encoding": "gzip", Vary: "Accept-Encoding" });
          const gzip = createGzip({ level: GZIP_LEVEL });
          gzip.pipe(response);
          out = gzip;
        } else {
          response.writeHead(status, headers);
          response.flushHeaders();
        }
      };
      queueMicrotask(() => begin?.(""));
    },
    data(text) {
      begin?.(text);
      out.write(text, encoding);
    },
    frame() {
      response.destroy(new Error("no upgrade was agreed on"));
    },
    end() {
      begin?.("");
      out.end();
    },
    fail(errno, detail) {
      response.destroy(new Error(`${errno} ${detail}`));
    },
  };
}

/** What came in over Node's HTTP, as the engine knows requests. */
export function requestOf(incoming: IncomingMessage, body: string): HttpRequest {
  return withPeerCertificate(incoming, {
    method: incoming.method ?? "GET",
    url: `http://${incoming.headers.host ?? "localhost"}${incoming.url ?? "/"}`,
    headers: headersOf(incoming),
    body,
  });
}

/** Forwards one request. Answers may stream for as long as the client listens. */
export async function forward(
  carrier: HttpCarrier,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(incoming);
  if (body === undefined) {
    const message = `Request entity too large: limit is ${MAX_BODY}`;
    const status = new StatusError(413, "RequestEntityTooLarge", message).toStatus();
    response
      .writeHead(413, { "content-type": "application/json", connection: "close" })
      .end(`${JSON.stringify(status)}\n`);
    return;
  }
  const exchange = carrier.send(requestOf(incoming, body), sinkOf(incoming, response));
  response.on("close", () => {
    if (!response.writableEnded) exchange.abort();
  });
}
