/**
 * The processes of the control plane. Each lives in a container that the kubelet of a control-plane node runs, and is
 * up iff at least one such container is: kill the container and the component is gone until the kubelet restarts it.
 */
import type { ImageDefinition, Server, ServerContext } from "../runtime/containers/image.ts";
import type { Simulation } from "../sim/simulation.ts";
import { etcdTools } from "./etcd/tools.ts";
import { tags } from "../images/tags.ts";
import { keyed, sayFailure, sayKlog } from "../base/klog.ts";
import { readServerSettings } from "../apiserver/settings/read-settings.ts";
import { managerProblem, managerSettings } from "../controllers/manager-settings.ts";
import { openAuditLog } from "./audit-log.ts";
import { missingFile, sayMissingFile } from "./component-files.ts";
import { readComponentFlags } from "./component-flags.ts";
import { COMPONENT_PAGES, listenSecurely } from "./component-endpoints.ts";
import { GOLANG_SETTINGS, sayServing } from "./component-log.ts";
import { acceptsGates } from "./feature-gates/say-gates.ts";
import { flagsWithoutEffect, withoutEffect } from "./flags-without-effect.ts";
import type { ComponentProcess } from "./leadership.ts";
import { awaitStore, namesStore } from "./server-store.ts";
import { COMPONENTS, componentImage } from "./static-pods.ts";
import { RELEASES } from "./releases.ts";
import type { ComponentName } from "./static-pods.ts";

/** The others have files of their own. */
type BuiltIn = "kube-apiserver" | "kube-controller-manager";

/** Virtual milliseconds from the container's start until the component serves. */
const STARTUP: Record<BuiltIn, number> = {
  "kube-apiserver": 1800,
  "kube-controller-manager": 700,
};

const SIZES: Record<ComponentName, number> = {
  etcd: 23_600_000,
  "kube-apiserver": 27_100_000,
  "kube-controller-manager": 22_800_000,
  "kube-scheduler": 17_400_000,
  "kube-proxy": 26_000_000,
};

/** What each takes of its node in a small cluster at rest: thousandths of a core, bytes. etcd says so itself. */
const USES: Record<Exclude<ComponentName, "etcd">, { cpuMillicores: number; memoryBytes: number }> = {
  "kube-apiserver": { cpuMillicores: 42, memoryBytes: 236 << 20 },
  "kube-controller-manager": { cpuMillicores: 14, memoryBytes: 51 << 20 },
  "kube-scheduler": { cpuMillicores: 5, memoryBytes: 23 << 20 },
  "kube-proxy": { cpuMillicores: 1, memoryBytes: 16 << 20 },
};

const API_PORT = 6443;
const CONTROLLER_MANAGER_PORT = "10257";

const ETCD_TAGS =
  "3.4.13-0 3.5.0-0 3.5.1-0 3.5.3-0 3.5.4-0 3.5.6-0 3.5.7-0 3.5.9-0 3.5.10-0 3.5.12-0 3.5.15-0 3.5.16-0 3.5.21-0 3.5.24-0 3.6.4-0 3.6.5-0 3.6.6-0";
/** The same by its makers. */
const ETCD_MIRRORS = ["quay.io/coreos/etcd", "gcr.io/etcd-development/etcd"];
const ETCD_MIRROR_TAGS = "latest v3.4.13 v3.5.0..1 v3.5.9 v3.5.12..13 v3.5.15..17 v3.5.21..24 v3.6.0..8";

/** Called when a component's instance on a node comes up (with its process) or goes down. */
export type ComponentHook = (component: ComponentName, node: string, process: ComponentProcess | undefined) => void;

/** What the main programs know of their cluster. */
export interface ComponentWiring {
  hook: ComponentHook;
  /** The command line that a component has on a node unless somebody changes it. */
  asSetUp: (component: ComponentName, node: string) => readonly string[];
  /** Whether one of the addresses of `--etcd-servers` answers on that node. */
  storeUp: (servers: string, node: string) => boolean;
}

/**
 * Images of the components. The container's host name is its node's. `own`: the main programs, by release, of those that
 * have files of their own.
 */
export function componentImages(
  sim: Simulation,
  wiring: ComponentWiring,
  own: Record<Exclude<ComponentName, BuiltIn>, (version: string) => Server>,
): ImageDefinition[] {
  const components = COMPONENTS.map((component): ImageDefinition => {
    const [name = "", tag = ""] = splitTag(componentImage(component));
    const size = SIZES[component];
    const others =
      component === "etcd" ? tags(22, ETCD_TAGS) : Object.fromEntries(RELEASES.map((each) => [each, { size }]));
    const path = `/usr/local/bin/${component}`;
    return {
      name,
      tags: { [tag]: { size }, ...others },
      entrypoint: [path],
      userland: "none",
      programs: (version) => ({
        [path]: {
          kind: "server",
          start: usual(
            component,
            component === "kube-apiserver" || component === "kube-controller-manager"
              ? componentServer(sim, component, { ...wiring, version })
              : own[component](version),
          ),
        },
        ...(component === "etcd" && etcdTools),
      }),
    };
  });
  const etcd = components.find(({ name }) => name.endsWith("/etcd")) as ImageDefinition;
  return [...components, ...ETCD_MIRRORS.map((name) => ({ ...etcd, name, tags: tags(22, ETCD_MIRROR_TAGS) }))];
}

/** The same, taking what is usual of its node. */
function usual(component: ComponentName, server: Server): Server {
  if (component === "etcd") return server;
  return (ctx) => {
    ctx.use(USES[component]);
    return server(ctx);
  };
}

function splitTag(image: string): [string, string] {
  const colon = image.lastIndexOf(":");
  return [image.slice(0, colon), image.slice(colon + 1)];
}

function componentServer(
  sim: Simulation,
  component: BuiltIn,
  { version, hook, asSetUp, storeUp }: ComponentWiring & { version: string },
): Server {
  return (ctx) => {
    const read = readComponentFlags(component, ctx.argv);
    if (read.problem !== undefined) {
      ctx.log(`Error: ${read.problem}`, "stderr");
      ctx.exit(1);
      return {};
    }
    if (!acceptsGates(ctx, component, read.flags.get("feature-gates"))) return {};
    sayStart(ctx, component, { version, flags: read.flags });
    for (const name of flagsWithoutEffect(component, read.flags, asSetUp(component, ctx.hostname)))
      sayKlog(ctx, "W", "flags.go:64", withoutEffect(name));
    const missing = missingFile(read.flags, () => ctx.fs);
    if (missing !== undefined) {
      sayMissingFile(ctx, missing);
      ctx.exit(1);
      return {};
    }
    const servers = read.flags.get("etcd-servers") ?? "";
    if (component === "kube-apiserver" && !namesStore(ctx, servers)) return {};
    const served = component === "kube-apiserver" ? serverSettings(ctx, read.flags) : managed(ctx, read.flags);
    if (served === undefined) {
      ctx.exit(1);
      return {};
    }
    const node = ctx.hostname;
    const port = Number(read.flags.get("secure-port") ?? API_PORT);
    let state: "starting" | "up" | "ended" = "starting";
    const process: ComponentProcess = {
      argv: ctx.argv,
      ...served,
      ...(component === "kube-apiserver" && {
        port,
        healthy: () => storeUp(servers, node),
        certificate: () => textAt(ctx, read.flags.get("tls-cert-file")),
      }),
      version,
      listen: (listener) => listenSecurely(ctx, { address: "0.0.0.0", port, listener }),
      log: (line) => ctx.log(line, "stderr"),
      exit: (code) => ctx.exit(code),
    };
    const begin = (): void => {
      if (component === "kube-controller-manager" && !serveControllerManager(ctx, read.flags)) return;
      hook(component, node, process);
      if (state === "ended") return;
      state = "up";
      if (component === "kube-apiserver") sayServing(ctx, "[::]", port);
    };
    const timer = sim.after(STARTUP[component], () => {
      if (component === "kube-apiserver") awaitStore(ctx, { servers, answers: () => storeUp(servers, node) }, begin);
      else begin();
    });
    return {
      signals: { SIGTERM: () => ctx.exit(0) },
      ended() {
        sim.cancel(timer);
        if (state === "up") hook(component, node, undefined);
        state = "ended";
      },
    };
  };
}

function textAt({ fs }: ServerContext, path: string | undefined): string | undefined {
  return path !== undefined && fs.exists(path) ? fs.readFile(path) : undefined;
}

/** Health checks are all that is asked of it. False: it can't, and ends. */
function serveControllerManager(ctx: ServerContext, flags: ReadonlyMap<string, string>): boolean {
  const address = flags.get("bind-address") ?? "0.0.0.0";
  const port = Number(flags.get("secure-port") ?? CONTROLLER_MANAGER_PORT);
  if (!listenSecurely(ctx, { address, port, listener: COMPONENT_PAGES["kube-controller-manager"] })) return false;
  sayServing(ctx, address, port);
  return true;
}

/** What an API server's flags and the files that they name say; undefined: it has said why it can't begin with them. */
function serverSettings(
  ctx: ServerContext,
  flags: ReadonlyMap<string, string>,
): Pick<ComponentProcess, "settings"> | undefined {
  const { fs } = ctx;
  const read = readServerSettings(flags, {
    read: (path) => (fs.exists(path) ? fs.readFile(path) : undefined),
    openLog: (path, limits) => openAuditLog(ctx, path, limits),
  });
  if ("problem" in read) {
    sayFailure(ctx, read.problem);
    return undefined;
  }
  for (const warning of read.warnings) sayKlog(ctx, "W", "authentication.go:520", warning);
  return { settings: read.settings };
}

/** The same of a controller manager, which reads its flags anew when it leads. */
function managed(ctx: ServerContext, flags: ReadonlyMap<string, string>): object | undefined {
  const problem = managerProblem(managerSettings((name) => flags.get(name)));
  if (problem === undefined) return {};
  sayFailure(ctx, problem);
  return undefined;
}

/** What both say before anything else. */
function sayStart(
  ctx: ServerContext,
  component: BuiltIn,
  { version, flags }: { version: string; flags: ReadonlyMap<string, string> },
): void {
  if (component === "kube-apiserver") {
    const address = flags.get("advertise-address") ?? ctx.podIP;
    sayKlog(ctx, "I", "options.go:263", `external host was not specified, using ${address}`);
    sayKlog(ctx, "I", "server.go:150", `Version: ${version}`);
    sayKlog(ctx, "I", "server.go:152", GOLANG_SETTINGS);
    return;
  }
  sayKlog(ctx, "I", "controllermanager.go:189", keyed("Starting", { version }));
  sayKlog(ctx, "I", "controllermanager.go:191", GOLANG_SETTINGS);
}

/** Which nodes a component runs on. */
export class ComponentInstances {
  private readonly nodes = new Map<ComponentName, Set<string>>(COMPONENTS.map((component) => [component, new Set()]));

  /** Takes a report in; true when the component as a whole came up or went down by it. */
  report(component: ComponentName, node: string, up: boolean): boolean {
    const nodes = this.nodes.get(component) as Set<string>;
    const before = nodes.size > 0;
    if (up) nodes.add(node);
    else nodes.delete(node);
    return before !== nodes.size > 0;
  }

  runsOn(component: ComponentName, node: string): boolean {
    return this.nodes.get(component)?.has(node) === true;
  }

  running(component: ComponentName): boolean {
    return (this.nodes.get(component)?.size ?? 0) > 0;
  }
}
