/** Puts an `HttpCarrier` of the engine behind Node's own HTTP server, so that real clients can speak to it. */
import { headersOf } from "./http-headers.ts";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpCarrier, HttpSink } from "../engine/base/http.ts";
import type { HttpRequest } from "../engine/base/program.ts";
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

function sinkOf(response: ServerResponse): HttpSink {
  return {
    head(status, headers) {
      response.writeHead(status, headers);
      response.flushHeaders();
    },
    data(text) {
      response.write(text);
    },
    frame() {
      response.destroy(new Error("no upgrade was agreed on"));
    },
    end() {
      response.end();
    },
    fail(errno, detail) {
      response.destroy(new Error(`${errno} ${detail}`));
    },
  };
}

/** What came in over Node's HTTP, as the engine knows requests. */
export function requestOf(incoming: IncomingMessage, body: string): HttpRequest {
  return {
    method: incoming.method ?? "GET",
    url: `http://${incoming.headers.host ?? "localhost"}${incoming.url ?? "/"}`,
    headers: headersOf(incoming),
    body,
  };
}

/** Forwards one request. Answers may stream for as long as the client listens. */
export async function forward(
  carrier: HttpCarrier,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(incoming);
  if (body === undefined) {
    response.writeHead(413, { "content-type": "text/plain" }).end("request body too large\n");
    return;
  }
  const exchange = carrier.send(requestOf(incoming, body), sinkOf(response));
  response.on("close", () => {
    if (!response.writableEnded) exchange.abort();
  });
}
