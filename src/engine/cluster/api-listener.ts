/**
 * The API server as pods reach it: a listener on the control-plane node's own address.
 * Simplified: a watch from inside a pod ends with what is there at once, because listeners answer in one piece.
 */
import type { HttpCarrier } from "../base/http.ts";
import type { Listener } from "../runtime/network-port.ts";

export function apiListener(server: HttpCarrier): Listener {
  return (request) => {
    let status = 0;
    let headers: Record<string, string> = {};
    let body = "";
    const query = request.query === "" ? "" : `?${request.query}`;
    const exchange = server.send(
      {
        method: request.method,
        url: `https://localhost${request.path}${query}`,
        headers: { ...request.headers },
        body: request.body,
      },
      {
        head(code, fields) {
          status = code;
          headers = fields;
        },
        data(text) {
          body += text;
        },
        frame() {},
        end() {},
        fail() {
          status = 503;
        },
      },
    );
    exchange.abort();
    return { status: status === 0 ? 503 : status, headers, body };
  };
}
