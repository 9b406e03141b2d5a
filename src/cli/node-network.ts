/** Real HTTP behind the engine's network interface. */
import { headersOf } from "./http-headers.ts";
import * as http from "node:http";
import * as https from "node:https";
import type { HttpExchange, HttpSink } from "../engine/base/http.ts";
import type { Errno, HttpRequest } from "../engine/base/program.ts";
import { SystemError } from "../engine/base/program.ts";
import { openChannels } from "./node-channels.ts";
import { NetworkNamespace } from "../engine/runtime/network-namespace.ts";
import type { NetworkPort } from "../engine/runtime/network-port.ts";

export const nodeNetwork: NetworkPort = {
  namespace: new NetworkNamespace(["127.0.0.1"]),
  // Simplified: what a program would listen on is no port of the real machine.
  canListen: false,
  resolve(host) {
    throw new SystemError("ENOTFOUND", host);
  },
  // Simplified: kubectl speaks HTTP alone, so no other connection is made from the real machine.
  connect(target, sink) {
    sink.fail("ENETUNREACH", target.host);
    return () => {};
  },
  send(request: HttpRequest, sink: HttpSink): HttpExchange {
    const secure = request.url.startsWith("https:");
    if (request.upgrade === true) return openChannels(request, sink);
    const { method, headers, body } = request;
    // Node leaves a DELETE's body unannounced unless its length is said.
    const length = body === "" ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const outgoing = (secure ? https : http).request(request.url, { method, headers: { ...headers, ...length } });
    outgoing.on("response", (message) => {
      sink.head(message.statusCode ?? 0, headersOf(message));
      message.setEncoding("utf8");
      message.on("data", (text: string) => sink.data(text));
      message.on("end", () => sink.end());
      message.on("error", () => sink.fail("ECONNRESET", request.url));
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      const known: Errno[] = ["ECONNREFUSED", "ENOTFOUND", "ETIMEDOUT", "EHOSTUNREACH", "ECONNRESET"];
      sink.fail(known.find((errno) => errno === error.code) ?? "ECONNRESET", new URL(request.url).host);
    });
    outgoing.end(request.body);
    return { abort: () => void outgoing.destroy(), frame() {}, closeStdin() {} };
  },
};
