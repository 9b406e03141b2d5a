/**
 * The images of csi-driver-host-path and of the sidecars that csi drivers have beside them. Each sidecar waits for the
 * socket of its plugin, then does its work as the pod's account, and ends when the plugin does. Upstream: kubernetes-csi.
 *
 * **Simplified:** of their flags `--csi-address`, `--health-port`, `--drivername`, `--nodeid` and `--endpoint` count; any
 * other one is taken and changes nothing, even one that the real program doesn't know.
 */
import { StatusError } from "../../api/meta/status-error.ts";
import type { UserInfo } from "../../api/meta/user-info.ts";
import { sayKlog } from "../../base/klog.ts";
import type { Client } from "../../client/client.ts";
import { ControllerManager } from "../../controllers/controller-manager.ts";
import { csiAttacher } from "../../controllers/csi/attacher.ts";
import type { StorageDriver } from "../../controllers/csi/driver.ts";
import { csiProvisioner } from "../../controllers/csi/provisioner.ts";
import { csiResizer } from "../../controllers/csi/resizer.ts";
import { csiSnapshotter } from "../../controllers/csi/snapshotter.ts";
import type { ControllerDefinition } from "../../controllers/define-controller.ts";
import { tags } from "../../images/tags.ts";
import { readFlags } from "../../network/ingress/read-flags.ts";
import type { ImageDefinition, ServerContext, ServerHooks } from "../../runtime/containers/image.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { NodeDriver } from "../../storage/csi.ts";
import { DriverDirectory } from "./driver-directory.ts";
import type { Plugin } from "./driver-directory.ts";
import type { HostPathOptions } from "./host-path-driver.ts";

const REGISTRY = "registry.k8s.io/sig-storage";
const CONNECT_MS = 1000;

export interface SidecarOptions {
  sim: Simulation;
  /** Where what a driver's volumes hold is kept. */
  volumesOf(driver: string): HostPathOptions;
  /** The API as a container's pod may use it. */
  clientOf(ctx: ServerContext): Client;
  /** The kubelet of the node that a container runs on. */
  kubeletOf(ctx: ServerContext): { registerDriver(driver: NodeDriver): void; deregisterDriver(name: string): void };
}

type Surroundings = SidecarOptions & { directory: DriverDirectory };
type Make = (driver: StorageDriver, account: UserInfo) => ControllerDefinition;
/** What a sidecar does once it has reached its plugin. Returns what to do when it ends. */
type Work = (ctx: ServerContext, plugin: Plugin, options: Surroundings) => () => void;

const SIDECARS: readonly { name: string; tags: string; work: Work }[] = [
  {
    name: "csi-provisioner",
    tags: "v3.0.0 v3.1.0 v3.3.0 v3.4.0 v3.5.0 v3.6.0..3 v4.0.0..1 v5.0.0..2 v5.1.0 v5.2.0 v5.3.0",
    work: controller("csi-provisioner", csiProvisioner as Make),
  },
  {
    name: "csi-attacher",
    tags: "v3.3.0 v4.0.0 v4.2.0..3 v4.3.0 v4.4.0..3 v4.5.0..1 v4.6.0..1 v4.7.0 v4.8.0..1 v4.9.0 v4.10.0",
    work: controller("csi-attacher", csiAttacher as Make),
  },
  {
    name: "csi-resizer",
    tags: "v1.3.0 v1.6.0 v1.7.0 v1.8.0 v1.9.0..3 v1.10.0..1 v1.11.0..2 v1.12.0 v1.13.0..2 v1.14.0",
    work: controller("csi-resizer", csiResizer as Make),
  },
  {
    name: "csi-snapshotter",
    tags: "v6.0.0..1 v6.1.0 v6.2.0..2 v6.3.0..4 v7.0.0..2 v8.0.0..1 v8.1.0 v8.2.0..1 v8.3.0 v8.4.0",
    work: controller("csi-snapshotter", csiSnapshotter as Make),
  },
  {
    name: "csi-node-driver-registrar",
    tags: "v2.3.0 v2.6.0 v2.7.0 v2.8.0 v2.9.0..4 v2.10.0..1 v2.11.0..1 v2.12.0 v2.13.0 v2.14.0 v2.15.0",
    work: register,
  },
  {
    name: "livenessprobe",
    tags: "v2.5.0 v2.8.0 v2.9.0 v2.10.0 v2.11.0 v2.12.0 v2.13.0..1 v2.14.0 v2.15.0 v2.16.0 v2.17.0",
    work: probe,
  },
  {
    name: "csi-external-health-monitor-controller",
    tags: "v0.4.0 v0.6.0 v0.7.0 v0.8.0 v0.9.0 v0.10.0..1 v0.11.0 v0.12.0..1 v0.13.0 v0.14.0 v0.15.0 v0.16.0",
    work: watchHealth,
  },
];

export function csiImages(given: SidecarOptions): ImageDefinition[] {
  const options = { ...given, directory: new DriverDirectory((driver) => given.volumesOf(driver)) };
  return [
    image("hostpathplugin", "v1.9.0 v1.10.0 v1.11.0 v1.12.0..1 v1.13.0 v1.14.0..1 v1.15.0 v1.16.0..1 v1.17.0", (ctx) =>
      startPlugin(ctx, options),
    ),
    ...SIDECARS.map(({ name, tags: versions, work }) =>
      image(name, versions, (ctx) => startSidecar(ctx, options, work)),
    ),
  ];
}

function image(name: string, versions: string, start: (ctx: ServerContext) => ServerHooks): ImageDefinition {
  const path = `/${name}`;
  return {
    name: `${REGISTRY}/${name}`,
    tags: tags(25, versions),
    entrypoint: [path],
    userland: "none",
    programs: () => ({ [path]: { kind: "server", start } }),
  };
}

function startPlugin(ctx: ServerContext, { directory }: Surroundings): ServerHooks {
  const flags = readFlags(ctx.argv.slice(1));
  const node = flags.get("nodeid") ?? "";
  const name = flags.get("drivername") ?? "hostpath.csi.k8s.io";
  if (node === "") {
    ctx.log("Failed to initialize driver: no node id provided", "stderr");
    ctx.exit(1);
    return {};
  }
  ctx.use({ cpuMillicores: 1, memoryBytes: 12 * 1024 * 1024 });
  sayKlog(ctx, "I", "main.go:88", `Driver: ${name}`);
  const path = socketPath(flags.get("endpoint") ?? "unix:///tmp/csi.sock");
  const end = directory.listen(ctx.fs, path, { driver: directory.driver(name), node });
  return { signals: { SIGTERM: () => ctx.exit(0) }, ended: end };
}

function socketPath(endpoint: string): string {
  return endpoint.replace(/^unix:\/\//, "");
}

function startSidecar(ctx: ServerContext, options: Surroundings, work: Work): ServerHooks {
  const flags = readFlags(ctx.argv.slice(1));
  const address = flags.get("csi-address") ?? "/run/csi/socket";
  const say = (level: "I" | "W" | "E", text: string): void => sayKlog(ctx, level, "connection.go:253", text);
  let ended: (() => void) | undefined;
  let unsubscribe: (() => void) | undefined;
  ctx.use({ cpuMillicores: 1, memoryBytes: 10 * 1024 * 1024 });
  say("I", `"Connecting" address="${address}"`);
  let tries = 0;
  const connect = (): void => {
    const plugin = options.directory.at(ctx.fs, socketPath(address));
    if (plugin === undefined) {
      if (++tries % 30 === 0) say("W", `"Still connecting" address="${address}"`);
      ctx.after(CONNECT_MS, connect);
      return;
    }
    unsubscribe = plugin.driver.subscribe(() => {
      if (plugin.driver.isRunning(plugin.node)) return;
      say("E", `"Lost connection to CSI driver, exiting" address="${address}"`);
      ctx.exit(1);
    });
    try {
      ended = work(ctx, plugin, options);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      say("E", error.message);
      ctx.exit(1);
    }
  };
  connect();
  return {
    signals: { SIGTERM: () => ctx.exit(0) },
    ended() {
      unsubscribe?.();
      ended?.();
    },
  };
}

function controller(sort: string, make: Make): Work {
  return (ctx, { driver }, { sim, directory, clientOf }) => {
    const { transport, user } = clientOf(ctx);
    const manager = new ControllerManager({ sim, transport, user, controllers: [() => make(driver, user)] });
    const leave = directory.queue(driver.name, sort, () => manager.start());
    return () => {
      manager.stop();
      leave();
    };
  };
}

function register(ctx: ServerContext, { driver, node }: Plugin, { kubeletOf }: SidecarOptions): () => void {
  const kubelet = kubeletOf(ctx);
  kubelet.registerDriver(driver.nodeDriver(node));
  sayKlog(ctx, "I", "main.go:145", `CSI driver name: ${JSON.stringify(driver.name)}`);
  return () => kubelet.deregisterDriver(driver.name);
}

/** Answers /healthz as long as the plugin does: it ends with it. */
function probe(ctx: ServerContext): () => void {
  const port = Number(readFlags(ctx.argv.slice(1)).get("health-port") ?? 9808);
  ctx.listen(port, ({ path }) =>
    path === "/healthz" ? { status: 200, headers: {}, body: "ok" } : { status: 404, body: "404 page not found\n" },
  );
  return () => {};
}

/** No volume is ever ill here. */
function watchHealth(): () => void {
  return () => {};
}
