/**
 * The API server as pods reach it: a listener on the control-plane node's own address.
 * Simplified: there is no upgrade, so that exec, attach and port-forward work from outside alone.
 */
import type { HttpSink } from "../base/http.ts";
import type { ApiServer } from "../apiserver/server.ts";
import { overTls } from "../runtime/network-port.ts";
import type { Listener, ServedResponse } from "../runtime/network-port.ts";
import type { Simulation } from "../sim/simulation.ts";
import { OK } from "./component-endpoints.ts";
import { issue, pkiLeaves } from "./node/pki-files.ts";
import type { ComponentProcess } from "./leadership.ts";
import type { Preset } from "./presets.ts";

interface ApiListenersOptions {
  server: ApiServer;
  sim: Simulation;
  preset: Preset;
}

/**
 * The instances' places in their nodes' networks. An instance is there as long as it runs, whether its etcd answers or not.
 * **Simplified:** one that nobody looks for, on another port, answers for its health alone.
 */
export class ApiListeners {
  private readonly options: ApiListenersOptions;

  constructor(options: ApiListenersOptions) {
    this.options = options;
  }

  /** An instance has come up. False: it doesn't get its port, and ends. */
  open({ listen, healthy = () => true }: ComponentProcess): boolean {
    return listen?.(this.listener(healthy)) !== false;
  }

  private listener(healthy: () => boolean): Listener {
    const { server, sim, preset } = this.options;
    const certificate = (): string => apiCertificate(sim, preset);
    return overTls((request) => {
      const [, page] = HEALTH.exec(request.path) ?? [];
      const well = healthy();
      if (page !== undefined && !(well && server.running)) {
        return { ...(well ? OK : unhealthy(page)), certificate: certificate() };
      }
      const answer = new ApiAnswer(certificate);
      const query = request.query === "" ? "" : `?${request.query}`;
      const exchange = server.publicHttp.send(
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
}

const HEALTH = /^\/(healthz|livez|readyz)(\/etcd)?$/;

/** Upstream: apiserver pkg/server/healthz. */
function unhealthy(page: string): ServedResponse {
  const checks = ["[+]ping ok", "[+]log ok", "[-]etcd failed: reason withheld"];
  const body = `${[...checks, `${page} check failed`].join("\n")}\n`;
  return { ...OK, status: 500, body };
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
