/**
 * The API server as pods reach it: a listener on the control-plane node's own address.
 * Simplified: there is no upgrade, so that exec, attach and port-forward work from outside alone.
 */
import { FINISHED_EXCHANGE } from "../base/http.ts";
import type { HttpExchange, HttpSink } from "../base/http.ts";
import { sendError } from "../apiserver/http/responder.ts";
import type { ApiServer } from "../apiserver/server.ts";
import { STORE_TIMEOUT_MS, storeTimedOut } from "../apiserver/storage/store-time-out.ts";
import { overTls } from "../runtime/network-port.ts";
import type { Listener, ServedResponse } from "../runtime/network-port.ts";
import type { Simulation } from "../sim/simulation.ts";
import { healthPage, unhealthy } from "../apiserver/http/store-health.ts";
import { OK } from "./component-endpoints.ts";
import { issue, pkiLeaves } from "./node/pki-files.ts";
import type { Preset } from "./presets.ts";

/**
 * An instance's place in its node's network. It is there as long as it runs, whether its etcd answers or not. `healthy`:
 * whether that does.
 */
export function apiListener(
  { server, sim }: { server: ApiServer; sim: Simulation },
  { healthy, certificate }: { healthy: () => boolean; certificate: () => string },
): Listener {
  return overTls((request) => {
    const page = healthPage(request.path);
    const well = healthy();
    if (page !== undefined && !(well && server.running)) {
      return { ...OK, ...(!well && { status: 500, body: unhealthy(page) }), certificate: certificate() };
    }
    const answer = new ApiAnswer(certificate);
    const query = request.query === "" ? "" : `?${request.query}`;
    // Others may have a leader; this one's etcd sees none.
    const alone = !well && server.running;
    const exchange = alone
      ? storeTimeOut(sim, answer)
      : server.publicHttp.send(
          {
            method: request.method,
            url: `https://localhost${request.path}${query}`,
            headers: { ...request.headers },
            body: request.body,
            remoteAddress: request.remoteAddress,
          },
          answer,
        );
    return answer.response(() => exchange.abort());
  });
}

/** What a client hears of an instance whose etcd sees no majority, while others' do. */
export function storeTimeOut(sim: Simulation, sink: HttpSink): HttpExchange {
  const timer = sim.after(STORE_TIMEOUT_MS, () => sendError(sink, storeTimedOut()));
  return { ...FINISHED_EXCHANGE, abort: () => sim.cancel(timer) };
}

/** Most answers are whole at once. A watch goes on; one that another server gives may come later. */
class ApiAnswer implements HttpSink {
  private readonly certificate: () => string;
  private status = 0;
  private headers: Record<string, string> = {};
  /** What nobody has been given yet. */
  private text = "";
  private ended = false;
  private body: { data(text: string): void; end(): void } | undefined;
  private begun: (() => void) | undefined;

  constructor(certificate: () => string) {
    this.certificate = certificate;
  }

  head(status: number, headers: Record<string, string>): void {
    this.status = status;
    this.headers = headers;
    this.begun?.();
  }

  data(text: string): void {
    if (this.body === undefined) this.text += text;
    else this.body.data(text);
  }

  frame(): void {}

  end(): void {
    this.ended = true;
    this.body?.end();
  }

  fail(): void {
    if (this.status === 0) this.head(503, {});
    this.end();
  }

  /** `leave`: the client goes away. */
  response(leave: () => void): ServedResponse {
    if (this.status !== 0) return this.given(leave);
    return {
      status: 0,
      body: "",
      later: (answer) => {
        this.begun = () => answer(this.given(leave));
        return leave;
      },
    };
  }

  private given(leave: () => void): ServedResponse {
    const { status, headers } = this;
    const certificate = this.certificate();
    const body = this.text;
    this.text = "";
    if (this.ended) return { status, headers, body, certificate };
    return {
      status,
      headers,
      body,
      certificate,
      goesOn: (to) => {
        if (this.text !== "") to.data(this.text);
        if (this.ended) to.end();
        this.body = to;
        return leave;
      },
    };
  }
}

const known = new WeakMap<Simulation, string>();

/** What the API server of a cluster shows: the certificate that kubeadm makes for it on the first control-plane node. */
export function apiCertificate(sim: Simulation, { nodes }: Preset): string {
  let certificate = known.get(sim);
  if (certificate === undefined) {
    const { name: node, address } = nodes.find(({ role }) => role === "control-plane") ?? LOCAL;
    const [leaf] = pkiLeaves({ node, address }).filter(({ file }) => file === "apiserver");
    certificate = leaf === undefined ? "" : issue(sim, leaf).certificate;
    known.set(sim, certificate);
  }
  return certificate;
}

/** Where there is no node, the API server is on the learner's own machine. */
const LOCAL = { name: "localhost", address: "127.0.0.1" };
