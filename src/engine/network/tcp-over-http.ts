/** A server of HTTP for clients that connect and type: `nc web 80`. */
import { formatHead, formatOpenHead, formatResponse, parseRequest, withLineEnds } from "../base/http-text.ts";
import type { TcpListener } from "../runtime/connection.ts";
import type { Listener, ServedResponse } from "../runtime/network-port.ts";
import type { Fabric } from "./fabric.ts";

/** Requests are read one after the other, as they come. */
export function tcpOverHttp(
  fabric: Pick<Fabric, "sim">,
  listener: () => Listener | undefined,
  port: number,
): TcpListener {
  return (connection) => {
    let text = "";
    let busy = false;
    let ended = false;
    let giveUp = (): void => {};
    const next = (): void => {
      if (busy) return;
      const normal = withLineEnds(text);
      const head = normal.indexOf("\r\n\r\n");
      if (head < 0) {
        if (ended) connection.end();
        return;
      }
      const [first = ""] = normal.split("\r\n", 1);
      if (!/^[A-Z]+ \S+ HTTP\/1\.[01]$/.test(first)) {
        connection.write(formatResponse({ status: 400, headers: { connection: "close" }, body: "" }));
        connection.end();
        return;
      }
      const request = parseRequest(normal);
      if (request === undefined) return;
      const body = request.body.slice(0, Number(request.headers["content-length"] ?? 0));
      text = normal.slice(head + 4 + body.length);
      const last = first.endsWith("1.0")
        ? request.headers["connection"] !== "keep-alive"
        : request.headers["connection"] === "close";
      const served = listener()?.({ ...request, body, remoteAddress: connection.remoteAddress, port });
      if (served === undefined || served.resets === true) return connection.reset();
      if (served.hangs === true) return;
      busy = true;
      const answer = (given: ServedResponse): void => {
        const { status, headers: said = {}, body: content, resets } = given;
        // Clients of HTTP/1.0 know no chunks.
        const headers = first.endsWith("1.0") ? withoutChunks(said) : said;
        busy = false;
        if (resets === true) return connection.reset();
        if (given.goesOn !== undefined) {
          connection.write(formatOpenHead({ status, headers }) + content);
          busy = true;
          giveUp = given.goesOn({ data: (piece) => connection.write(piece), end: () => connection.end() });
          return;
        }
        const format = request.method === "HEAD" ? formatHead : formatResponse;
        connection.write(format({ status, headers, body: content }));
        if (last) connection.end();
        else next();
      };
      if (served.later === undefined) fabric.sim.after(served.delayMs ?? 1, () => answer(served));
      else served.later(answer);
    };
    return {
      data(piece) {
        text += piece;
        next();
      },
      end() {
        ended = true;
        next();
      },
      closed: () => giveUp(),
    };
  };
}

function withoutChunks(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== "transfer-encoding"));
}
