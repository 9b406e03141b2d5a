/**
 * The kube-scheduler processes of a cluster: what each was told by its flags and its `--config` file, and which of them
 * schedules. Upstream: cmd/kube-scheduler/app.
 * Simplified: where a process has a kubeconfig, it is taken for the scheduler's own.
 */
import { deviceSelectors } from "../apiserver/cel/devices.ts";
import { serviceAccountUser, userInfo } from "../api/meta/user-info.ts";
import type { UserInfo } from "../api/meta/user-info.ts";
import { decodeBase64 } from "../base/base64.ts";
import { keyed, sayFailure, sayKlog } from "../base/klog.ts";
import type { KlogLevel } from "../base/klog.ts";
import { SystemError } from "../base/program.ts";
import { readYaml } from "../base/yaml-text.ts";
import { Client } from "../client/client.ts";
import { Recorder } from "../client/event-recorder.ts";
import { LeaderElector } from "../client/leader-elector.ts";
import type { ElectionTimes } from "../client/leader-elector.ts";
import type { Transport } from "../client/transport.ts";
import type { ServerContext, ServerHooks } from "../runtime/containers/image.ts";
import type { KubeSchedulerConfiguration } from "../scheduler/config/configuration.ts";
import { ConfigurationError, DEFAULT_CONFIGURATION, readConfiguration } from "../scheduler/config/read.ts";
import { settingsOf } from "../scheduler/config/settings.ts";
import type { SchedulerSettings } from "../scheduler/config/settings.ts";
import type { Decision } from "../scheduler/decisions.ts";
import type { ExtenderCall } from "../scheduler/extenders.ts";
import { Scheduler } from "../scheduler/scheduler.ts";
import type { Simulation } from "../sim/simulation.ts";
import { COMPONENT_PAGES, listenSecurely } from "./component-endpoints.ts";
import { GOLANG_SETTINGS, sayServing } from "./component-log.ts";
import { electionTimes } from "./election-times.ts";
import { acceptsGates } from "./feature-gates/say-gates.ts";
import { extenderCall } from "./extender-call.ts";
import { instanceIdentity } from "./leadership.ts";
import type { ComponentProcess } from "./leadership.ts";

/** From the start of a process until it schedules. */
const STARTUP_MS = 500;
const PORT = 10_259;
const TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";
const SCHEDULER = userInfo("system:kube-scheduler");
/** Flags that need nothing done here: there is no metrics endpoint and no profiler, and logs are what they are. */
const WITHOUT_EFFECT = new Set([
  "authentication-kubeconfig",
  "authorization-kubeconfig",
  "authorization-always-allow-paths",
  "authentication-tolerate-lookup-failure",
  "cert-dir",
  "client-ca-file",
  "kube-api-burst",
  "kube-api-qps",
  "logging-format",
  "profiling",
  "requestheader-client-ca-file",
  "tls-cert-file",
  "tls-private-key-file",
  "v",
]);

interface Instance {
  readonly scheduler: Scheduler;
  readonly settings: SchedulerSettings;
  readonly user: UserInfo;
  /** The lease by which a leader is elected; undefined: it leads by itself. */
  readonly lease: { namespace: string; name: string } | undefined;
  readonly times: ElectionTimes;
  /** How its process reaches extenders. */
  readonly call: ExtenderCall;
  readonly host: string;
}

export interface SchedulerProcessesOptions {
  sim: Simulation;
  transport: Transport;
  /** How a process on a node elects a leader. */
  lineOf(node: string): Transport;
  /** The cluster's own one: the scheduler of the control plane's pods. */
  main: Scheduler;
  /** The control plane's process on a node came up or went down. */
  report(node: string, process: ComponentProcess | undefined): void;
}

export class SchedulerProcesses {
  private readonly options: SchedulerProcessesOptions;
  private readonly instances: Instance[] = [];
  /** An instance is here iff its scheduler runs. */
  private readonly leading = new Set<Instance>();
  private readonly electors = new Map<Instance, LeaderElector>();
  private started = 0;

  constructor(options: SchedulerProcessesOptions) {
    this.options = options;
  }

  /** What a scheduler decided last on a pod, whichever was asked to place it. */
  decision(podKey: string): Decision | undefined {
    const all = [this.options.main, ...this.instances.map(({ scheduler }) => scheduler)];
    let latest: Decision | undefined;
    for (const { decisions } of all) {
      const decision = decisions.get(podKey);
      if (decision !== undefined && (latest === undefined || decision.time > latest.time)) latest = decision;
    }
    return latest;
  }

  /** The main program of kube-scheduler's image. */
  start(ctx: ServerContext, version: string): ServerHooks {
    const { sim, report } = this.options;
    let instance: Instance;
    try {
      if (!acceptsGates(ctx, "kube-scheduler", readFlags(ctx.argv.slice(1)).get("feature-gates"))) return {};
      instance = this.instanceOf(ctx);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      if (error instanceof FlagError) ctx.log(`Error: ${error.message}`, "stderr");
      else sayFailure(ctx, error.message);
      ctx.exit(1);
      return {};
    }
    const isMain = instance.scheduler === this.options.main;
    const process: ComponentProcess = {
      argv: ctx.argv,
      log: (line) => ctx.log(line, "stderr"),
      exit: (code) => ctx.exit(code),
    };
    let up = false;
    let ending = false;
    const timer = sim.after(STARTUP_MS, () => {
      if (!serve(ctx, version)) return;
      up = true;
      if (isMain) report(ctx.hostname, process);
      this.join(instance, ctx.hostname, process);
    });
    return {
      signals: {
        SIGTERM: () => {
          ending = true;
          ctx.exit(0);
        },
      },
      ended: () => {
        sim.cancel(timer);
        if (!up) return;
        up = false;
        this.leave(instance, { ending });
        if (isMain) report(ctx.hostname, undefined);
      },
    };
  }

  private instanceOf(ctx: ServerContext): Instance {
    const { sim, transport, main } = this.options;
    const flags = readFlags(ctx.argv.slice(1));
    const file = flags.get("config");
    const configuration = file === undefined ? DEFAULT_CONFIGURATION : readFile(ctx, file);
    // The flag is ignored where there is a file of configuration, which has a place of its own for it.
    const kubeconfig =
      (file === undefined ? flags.get("kubeconfig") : configuration.clientConnection?.kubeconfig) || undefined;
    if (kubeconfig !== undefined && !ctx.fs.exists(kubeconfig)) {
      throw new ConfigurationError(`stat ${kubeconfig}: no such file or directory`);
    }
    const settings = settingsOf(configuration);
    const { leaderElect, resourceNamespace, resourceName, leaseDuration, renewDeadline, retryPeriod } =
      configuration.leaderElection;
    const configured: Readonly<Record<string, string>> = {
      "leader-elect-lease-duration": leaseDuration,
      "leader-elect-renew-deadline": renewDeadline,
      "leader-elect-retry-period": retryPeriod,
    };
    const times = electionTimes((flag) => flags.get(flag) ?? configured[flag]);
    if (typeof times === "string") throw new ConfigurationError(times);
    const elects = flags.has("leader-elect") ? flags.get("leader-elect") !== "false" : leaderElect;
    const name = flags.get("leader-elect-resource-name") ?? resourceName;
    const namespace = flags.get("leader-elect-resource-namespace") ?? resourceNamespace;
    const lease = elects ? { namespace, name } : undefined;
    const user = kubeconfig === undefined ? inClusterUser(ctx) : SCHEDULER;
    const { namespace: own, name: ownName } = DEFAULT_LEASE;
    // Without election, as in minikube, the control plane's is known by its port.
    const isDefault = elects ? namespace === own && name === ownName : !flags.has("secure-port");
    const isControlPlanes = user === SCHEDULER && isDefault;
    return {
      settings,
      user,
      lease,
      times,
      call: extenderCall(ctx.network),
      host: ctx.hostname,
      scheduler: isControlPlanes ? main : new Scheduler({ sim, transport, user, selectors: deviceSelectors() }),
    };
  }

  private join(instance: Instance, host: string, process: ComponentProcess): void {
    this.instances.push(instance);
    const { sim, lineOf } = this.options;
    const { lease, user, times } = instance;
    if (lease === undefined) {
      this.lead(instance);
      return;
    }
    const client = new Client(lineOf(host), user);
    const log = (level: KlogLevel, place: string, text: string): void => sayKlog(process, level, place, text);
    const elector = new LeaderElector({
      sim,
      client,
      events: new Recorder(sim, client, { component: "default-scheduler" }),
      lease,
      times,
      identity: instanceIdentity(host, `kube-scheduler/${this.started++}`),
      log,
      started: () => this.lead(instance),
      lost: () => {
        log("E", "server.go:320", keyed("Leaderelection lost", {}));
        process.exit(1);
      },
    });
    this.electors.set(instance, elector);
    elector.start();
  }

  /** Who ends in order gives the lease back. */
  private leave(instance: Instance, { ending }: { ending: boolean }): void {
    this.instances.splice(this.instances.indexOf(instance), 1);
    this.electors.get(instance)?.stop({ release: ending });
    this.electors.delete(instance);
    if (this.leading.delete(instance)) instance.scheduler.stop();
  }

  private lead(instance: Instance): void {
    this.leading.add(instance);
    const { scheduler, settings, call, host } = instance;
    scheduler.start(settings, { call, host });
  }
}

/** Health checks are all that is asked of it. False: the port is somebody else's, and the process ends. */
function serve(ctx: ServerContext, version: string): boolean {
  const flags = readFlags(ctx.argv.slice(1));
  const address = flags.get("bind-address") ?? "0.0.0.0";
  const port = Number(flags.get("secure-port") ?? PORT);
  if (!listenSecurely(ctx, { address, port, listener: COMPONENT_PAGES["kube-scheduler"] })) return false;
  sayKlog(ctx, "I", "server.go:177", keyed("Starting Kubernetes Scheduler", { version }));
  sayKlog(ctx, "I", "server.go:179", GOLANG_SETTINGS);
  sayServing(ctx, address, port);
  return true;
}

const DEFAULT_LEASE = { namespace: "kube-system", name: "kube-scheduler" };

class FlagError extends ConfigurationError {}

function readFlags(args: readonly string[]): Map<string, string> {
  const flags = new Map<string, string>();
  for (let at = 0; at < args.length; at++) {
    const [, name, , value] = /^--?([a-z][a-z-]*)(=(.*))?$/s.exec(args[at] as string) ?? [];
    if (name === undefined) throw new FlagError(`unknown command ${JSON.stringify(args[at])} for "kube-scheduler"`);
    if (!KNOWN.has(name) && !WITHOUT_EFFECT.has(name)) throw new FlagError(`unknown flag: --${name}`);
    if (value !== undefined) flags.set(name, value);
    else if (name === "leader-elect" || name === "profiling") flags.set(name, "true");
    else if (args[++at] === undefined) throw new FlagError(`flag needs an argument: --${name}`);
    else flags.set(name, args[at] as string);
  }
  return flags;
}

const KNOWN = new Set([
  "bind-address",
  "config",
  "feature-gates",
  "kubeconfig",
  "leader-elect",
  "leader-elect-lease-duration",
  "leader-elect-renew-deadline",
  "leader-elect-resource-name",
  "leader-elect-resource-namespace",
  "leader-elect-retry-period",
  "secure-port",
]);

function readFile(ctx: ServerContext, path: string): KubeSchedulerConfiguration {
  let text: string;
  try {
    text = ctx.fs.readFile(path);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new ConfigurationError(`open ${path}: no such file or directory`);
  }
  const document = readYaml(text);
  if ("problem" in document) throw new ConfigurationError(document.problem);
  return readConfiguration(document.value);
}

/** Whom the pod's token is for. */
function inClusterUser(ctx: ServerContext): UserInfo {
  let token: string;
  try {
    token = ctx.fs.readFile(TOKEN);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new ConfigurationError(`open ${TOKEN}: no such file or directory`);
  }
  const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
  const { sub = "" } = JSON.parse(decodeBase64(payload.padEnd(Math.ceil(payload.length / 4) * 4, "="))) as {
    sub?: string;
  };
  const [, , namespace = "", name = ""] = sub.split(":");
  return serviceAccountUser(namespace, name);
}
