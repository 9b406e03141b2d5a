/** placeholder head, replaced below */
import type { HttpCarrier, HttpExchange, HttpSink } from "../base/http.ts";
import { FINISHED_EXCHANGE } from "../base/http.ts";
import type { HttpRequest } from "../base/program.ts";
import type { Kubelet } from "./kubelet.ts";
export class KubeletServer implements HttpCarrier {
  constructor(_kubelet: Kubelet) {}
  send(_request: HttpRequest, sink: HttpSink): HttpExchange {
    sink.fail("ECONNREFUSED", "");
    return FINISHED_EXCHANGE;
  }
}
