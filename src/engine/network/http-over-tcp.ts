/** A client of HTTP at a server of byte streams: a browser that meets a server of lines. */
import { formatRequest, parseResponse, withLineEnds } from "../base/http-text.ts";
import type { HttpRequest } from "../base/program.ts";
import type { Connection } from "../runtime/connection.ts";
import type { ServedResponse } from "../runtime/network-port.ts";
import type { Fabric } from "./fabric.ts";
import type { Station } from "./station.ts";
import { servedHeaders } from "./target.ts";
import type { Target } from "./target.ts";
import { endsOf, establish } from "./tcp-connection.ts";
import type { Trace } from "./trace.ts";

/** The request goes out as text, the answer is what can be read as one. */
export function httpOverTcp(
  fabric: Fabric,
  to: { trace: Trace; target: Target; station: Station; request: HttpRequest },
): ServedResponse {
  const { trace, target, station, request } = to;
  const { port } = trace;
  const text = formatRequest({
    method: request.method,
    path: target.path,
    query: target.query,
    headers: servedHeaders(request.headers, target.hostHeader),
    body: request.body,
  });
  return {
    status: 0,
    body: "",
    delayMs: 0,
    later(answer) {
      const listener = station.namespace.tcp.get(port);
      if (listener === undefined) {
        answer(CUT);
        return () => {};
      }
      let heard = "";
      const bodiless = request.method === "HEAD";
      let open: Connection | undefined;
      const finish = (response: ServedResponse): void => {
        if (open === undefined) return;
        const connection = open;
        open = undefined;
        answer(response);
        connection.close();
      };
      establish(fabric, endsOf(trace, station), {
        listener,
        opened(connection) {
          open = connection;
          connection.write(text);
          return {
            data(piece) {
              heard += piece;
              if (!heard.startsWith("HTTP/".slice(0, heard.length))) return finish(NO_HTTP);
              const response = /content-length/i.test(heard) ? parseResponse(withLineEnds(heard), bodiless) : undefined;
              if (response !== undefined) finish(response);
            },
            end: () => finish(parseResponse(withLineEnds(heard), bodiless) ?? (heard === "" ? EMPTY : CUT)),
            closed: () => finish(CUT),
          };
        },
      });
      return () => {
        const connection = open;
        open = undefined;
        connection?.close();
      };
    },
  };
}

/** No answer that could be read as one. */
const CUT: ServedResponse = { status: 0, body: "", resets: true };
const EMPTY: ServedResponse = { ...CUT, cut: "empty" };
const NO_HTTP: ServedResponse = { ...CUT, cut: "no-http" };
