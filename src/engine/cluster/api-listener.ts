/**
 * The API server as pods reach it: a listener on the control-plane node's own address.
 * Simplified: a watch from inside a pod ends with what is there at once, because listeners answer in one piece.
 */
import type { HttpCarrier } from "../base/http.ts";
import type { Listener } from "../runtime/network-port.ts";
import type { Simulation } from "../sim/simulation.ts";
import { issue, pkiLeaves } from "./node/pki-files.ts";
import type { Preset } from "./presets.ts";

/** `certificate`: what the server shows who comes by TLS, PEM. */
export function apiListener(server: HttpCarrier, certificate: () => string): Listener {
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
    return { status: status === 0 ? 503 : status, headers, body, certificate: certificate() };
  };
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
