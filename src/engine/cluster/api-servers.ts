/**
 * The instances of kube-apiserver on the nodes, and which of them a client finds at an address. On bare machines each
 * instance is found at its own node's address; elsewhere whoever asks at the preset's `server` finds any that answers, as
 * behind a load balancer.
 */
import { dialProblem } from "../base/dial-problem.ts";
import { SystemError } from "../base/program.ts";
import type { ApiServer } from "../apiserver/server.ts";
import type { Simulation } from "../sim/simulation.ts";
import { apiCertificate, apiListener } from "./api-listener.ts";
import type { ComponentProcess } from "./leadership.ts";
import { NodeTransport } from "./node-transport.ts";
import type { Found } from "./node-transport.ts";
import { isBare, serverPort } from "./presets.ts";
import type { Preset } from "./presets.ts";

export interface Seeker {
  /** Its node; undefined: it is the laptop. */
  from?: string;
  /** Throws a SystemError. */
  resolve(host: string): readonly string[];
}

export interface ApiServersOptions {
  server: ApiServer;
  sim: Simulation;
  preset: Preset;
  powered(node: string): boolean;
  linked(from: string, to: string): boolean;
}

export class ApiServers {
  private readonly options: ApiServersOptions;
  /** By node: those that run, whether their etcd answers or not. */
  private readonly processes = new Map<string, ComponentProcess>();
  /** Each is found at its own address alone. */
  readonly apart: boolean;

  constructor(options: ApiServersOptions) {
    this.options = options;
    this.apart = isBare(options.preset);
  }

  /**
   * An instance has come up. False: it doesn't get its port, and ends. **Simplified:** one that nobody looks for, on another
   * port, answers for its health alone.
   */
  open(node: string, process: ComponentProcess): boolean {
    const { server, sim } = this.options;
    const healthy = process.healthy ?? (() => true);
    const listener = apiListener({ server, sim }, { healthy, certificate: () => this.certificateOf(node) });
    if (process.listen?.(listener) === false) return false;
    this.processes.set(node, process);
    return true;
  }

  close(node: string): void {
    this.processes.delete(node);
  }

  runsOn(node: string): boolean {
    return this.processes.has(node);
  }

  /** Addresses of those that somebody looks for. */
  get addresses(): string[] {
    return this.options.preset.nodes.flatMap(({ name, address }) => (this.isFound(name) ? [address] : []));
  }

  /** Whether any can read what etcd stores. */
  get anyAnswers(): boolean {
    return [...this.processes].some(([node, { healthy }]) => this.isFound(node) && healthy?.() !== false);
  }

  /** What the instance on that node shows its clients. */
  certificateOf(node: string): string {
    const { sim, preset } = this.options;
    return this.processes.get(node)?.certificate?.() ?? apiCertificate(sim, preset);
  }

  /** What is shown at the preset's `server`, whoever answers. */
  get certificate(): string {
    const { nodes, server } = this.options.preset;
    return this.certificateOf(nodes.find(({ address }) => server.includes(`//${address}:`))?.name ?? "");
  }

  /** Who is at an address like `https://172.18.0.2:6443`. */
  find(url: string, { from, resolve }: Seeker): Found {
    const { preset, powered, linked } = this.options;
    const [, host = "", port = "443"] = /^https:\/\/([^:/]+)(?::(\d+))?(?:\/.*)?$/.exec(url) ?? [];
    if (host === "") return { problem: `unsupported protocol scheme "${url.split(":")[0]}"` };
    const address = this.addressOf(host, resolve);
    if (address === undefined) return { problem: dialProblem(host, "ENOTFOUND") };
    const known = preset.nodes.find((node) =>
      address.startsWith("127.") ? node.name === from : node.address === address || node.name === address,
    );
    const at = `${known?.address ?? address}:${port}`;
    const silence = { problem: dialProblem(at, "ETIMEDOUT") };
    const refused = { problem: dialProblem(at, "ECONNREFUSED") };
    if (known === undefined) return silence;
    if (Number(port) !== serverPort(preset)) return refused;
    if (!this.apart) return known.role === "control-plane" ? { node: undefined } : refused;
    const silent = !powered(known.name) || (from !== undefined && !linked(from, known.name));
    if (silent) return silence;
    if (!this.isFound(known.name)) return refused;
    return { node: known.name, stalled: this.processes.get(known.name)?.healthy?.() === false };
  }

  /** How a component on a bare machine reaches the API: by its own node's instance, as kubeadm has it. */
  localLine(name: string): NodeTransport | undefined {
    const { preset, server } = this.options;
    const node = preset.nodes.find((each) => each.name === name);
    if (node === undefined || !this.apart) return undefined;
    const url = `https://${node.address}:${serverPort(preset)}`;
    return new NodeTransport(server, url, () => this.find(url, { from: name, resolve: () => [] }));
  }

  /** Of a client that keeps its connection to whom it has found as long as that goes, whatever a name stands for by then. */
  connecting(from: string, seek: () => Found): () => Found {
    const { powered, linked } = this.options;
    let kept: { node: string; process: ComponentProcess } | undefined;
    return () => {
      const { node = "", process } = kept ?? {};
      if (process !== undefined && this.processes.get(node) === process && powered(node) && linked(from, node)) {
        return { node, stalled: process.healthy?.() === false };
      }
      const found = seek();
      const next = "problem" in found ? undefined : found.node;
      const there = next === undefined ? undefined : this.processes.get(next);
      kept = next === undefined || there === undefined ? undefined : { node: next, process: there };
      return found;
    };
  }

  private addressOf(host: string, resolve: Seeker["resolve"]): string | undefined {
    if (/^[\d.]+$/.test(host)) return host;
    try {
      const [address] = resolve(host);
      if (address !== undefined) return address;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
    return this.options.preset.nodes.find(({ name }) => name === host)?.address;
  }

  /** Who looks for an API server finds it at its port alone. */
  private isFound(node: string): boolean {
    const process = this.processes.get(node);
    return process !== undefined && (process.port === undefined || process.port === serverPort(this.options.preset));
  }
}
