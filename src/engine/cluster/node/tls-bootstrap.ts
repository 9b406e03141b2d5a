/**
 * A kubelet that has a bootstrap token and no certificate asks for one, and writes its kubeconfig when it gets it.
 * Upstream: pkg/kubelet/certificate/bootstrap/bootstrap.go.
 *
 * **Simplified:** it looks for the answer each second instead of watching.
 */
import { encodeBase64, decodeBase64 } from "../../base/base64.ts";
import { isObject, parseJson } from "../../base/json.ts";
import type { FileSystem, HttpRequest } from "../../base/program.ts";
import { newCertificateRequest } from "../../base/x509/certificate.ts";
import { newPrivateKey } from "../../base/x509/keys.ts";
import { hex64 } from "../../runtime/containers/identity.ts";
import type { NetworkPort } from "../../runtime/network-port.ts";
import type { Timer } from "../../sim/event-queue.ts";
import type { Simulation } from "../../sim/simulation.ts";
import { dialProblem } from "../../base/dial-problem.ts";
import { CURRENT, firstEntries, kubeconfig, KUBELET_KUBECONFIG } from "./kubeconfig-files.ts";

const PATH = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const POLL = 1000;
/** How long it waits before it asks again whom it hasn't reached: at first, and doubled each time, at the longest. */
const FIRST_RETRY = 2000;
const LAST_RETRY = 32_000;
/** Upstream's limit of one attempt. */
const PATIENCE = 15 * 60_000;

export interface TlsBootstrapOptions {
  sim: Simulation;
  node: string;
  disk: FileSystem & { symlink(target: string, path: string): void };
  network: () => NetworkPort;
  /** A request has failed; it will be sent again. */
  complain: (error: string) => void;
  /** Called once: with nothing when the kubeconfig is there, else with why the process ends. */
  done: (error?: string) => void;
}

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

export class TlsBootstrap {
  private readonly options: TlsBootstrapOptions;
  private readonly server: string;
  private readonly token: string;
  private readonly key: string;
  private readonly begun: number;
  private timer: Timer | undefined;
  private over = false;

  /** `text`: of the bootstrap kubeconfig. */
  constructor(text: string, options: TlsBootstrapOptions) {
    this.options = options;
    const { sim, node } = options;
    const { cluster, user } = firstEntries(text);
    this.server = String(cluster["server"] ?? "");
    this.token = String(user["token"] ?? "");
    this.begun = sim.now;
    this.key = newPrivateKey(`kubelet ${node} ${sim.now} ${sim.random(`tls-bootstrap/${node}`).int(2 ** 30)}`);
  }

  begin(): void {
    const { node } = this.options;
    if (this.server === "") {
      return this.end(
        "failed to run Kubelet: unable to load bootstrap kubeconfig: invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable",
      );
    }
    const subject = [
      ["O", "system:nodes"],
      ["CN", `system:node:${node}`],
    ] as const;
    const request = newCertificateRequest(subject, this.key);
    const name = `node-csr-${hex64(request).slice(0, 43)}`;
    const body = {
      apiVersion: "certificates.k8s.io/v1",
      kind: "CertificateSigningRequest",
      metadata: { name },
      spec: {
        request: encodeBase64(request),
        signerName: "kubernetes.io/kube-apiserver-client-kubelet",
        usages: ["digital signature", "client auth"],
      },
    };
    this.ask(name, JSON.stringify(body), FIRST_RETRY);
  }

  private ask(name: string, body: string, retry: number): void {
    const { sim, complain } = this.options;
    this.send("POST", PATH, body, ({ status, body: answer }) => {
      if (status === 201) return this.look(name);
      complain(`cannot create certificate signing request: ${String(answer["message"])}`);
      this.timer = sim.after(retry, () => this.ask(name, body, Math.min(2 * retry, LAST_RETRY)));
    });
  }

  cancel(): void {
    this.over = true;
    this.options.sim.cancel(this.timer);
  }

  private look(name: string): void {
    const { sim } = this.options;
    this.timer = sim.after(POLL, () =>
      this.send("GET", `${PATH}/${name}`, "", ({ status, body }) => {
        const object = isObject(body["status"]) ? body["status"] : {};
        const certificate = object["certificate"];
        if (typeof certificate === "string" && certificate !== "") return this.write(decodeBase64(certificate));
        const conditions = Array.isArray(object["conditions"]) ? (object["conditions"] as unknown[]) : [];
        const denied = conditions.some((each) => isObject(each) && each["type"] === "Denied");
        if (denied || status === 404) {
          const why = denied ? "certificate signing request was denied" : "certificate signing request was deleted";
          return this.end(`failed to run Kubelet: ${why}`);
        }
        if (sim.now - this.begun < PATIENCE) return this.look(name);
        this.end("failed to run Kubelet: timed out waiting for the condition");
      }),
    );
  }

  private write(certificate: string): void {
    const { disk, sim, node } = this.options;
    const stamp = new Date(sim.now).toISOString().slice(0, 19).replace(/[T:]/g, "-");
    const file = CURRENT.replace("current", stamp);
    disk.mkdir("/var/lib/kubelet/pki", { recursive: true });
    disk.writeFile(file, certificate + this.key, { mode: 0o600 });
    if (disk.exists(CURRENT)) disk.remove(CURRENT);
    disk.symlink(file, CURRENT);
    const credential = { "client-certificate": CURRENT, "client-key": CURRENT };
    const facts = { sim, node, server: this.server };
    disk.writeFile(KUBELET_KUBECONFIG, kubeconfig(facts, "default-auth", credential), { mode: 0o600 });
    this.end();
  }

  private end(error?: string): void {
    if (this.over) return;
    this.over = true;
    this.options.done(error);
  }

  private send(method: string, path: string, body: string, answer: (answer: Answer) => void): void {
    let status = 0;
    let text = "";
    const request: HttpRequest = {
      ...{ method, url: this.server + path, body },
      headers: { Authorization: `Bearer ${this.token}`, "Content-Type": "application/json" },
    };
    const tell = (value: Answer): void => {
      if (!this.over) answer(value);
    };
    this.options.network().send(request, {
      head: (code) => void (status = code),
      data: (piece) => void (text += piece),
      frame() {},
      end: () => {
        const said = parseJson(text);
        tell({ status, body: isObject(said) ? said : { message: text.trim() } });
      },
      fail: (errno) => {
        const problem = dialProblem(this.server.replace("https://", ""), errno);
        tell({
          status: 0,
          body: { message: `${method === "POST" ? "Post" : "Get"} "${this.server}${path}": ${problem}` },
        });
      },
    });
  }
}
