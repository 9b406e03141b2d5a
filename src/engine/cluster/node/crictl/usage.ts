/** `crictl stats` and `info`. Upstream: cri-tools cmd/crictl/container_stats.go, info.go. */
import { sleep, write } from "../../../base/syscalls.ts";
import type { Call } from "../../../base/syscalls.ts";
import type { NodeHost } from "../node-host.ts";
import { readOptions } from "./options.ts";
import { humanSize, short, table } from "./text.ts";

const NO_PLUGIN = "Network plugin returns error: cni plugin not initialized";

/** crictl stats [-a] [--id ID] [-p POD-ID] [-s SECONDS] [CONTAINER-ID]. It measures for a second, as upstream's does. */
export function* stats(host: NodeHost, words: readonly string[]): Call<number> {
  const options = yield* readOptions(words, {
    switches: { a: "all", all: "all" },
    values: { id: "id", p: "pod", pod: "pod", s: "seconds", seconds: "seconds" },
  });
  if (options === undefined) return 1;
  const { operands, switches, values } = options;
  const id = values.get("id") ?? operands[0] ?? "";
  yield* sleep(Number(values.get("seconds") ?? 1) * 1000);
  const rows = [...host.runtime.list()]
    .filter((each) => each.id.startsWith(id) && each.sandbox.id.startsWith(values.get("pod") ?? ""))
    .filter(({ running }) => running || switches.has("all"))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((container) => {
      const { cpuMillicores, memoryBytes } = container.running
        ? container.used()
        : { cpuMillicores: 0, memoryBytes: 0 };
      const { bytes, inodes } = container.diskUse;
      const sizes = [humanSize(memoryBytes, 4), humanSize(bytes, 4), String(inodes), "0B"];
      return [short(container.id), container.config.name, (cpuMillicores / 10).toFixed(2), ...sizes];
    });
  yield* write(1, table([["CONTAINER", "NAME", "CPU %", "MEM", "DISK", "INODES", "SWAP"], ...rows]));
  return 0;
}

/** crictl info. **Simplified:** the conditions, and of the configuration what people look for. */
export function* info(host: NodeHost, words: readonly string[]): Call<number> {
  const options = yield* readOptions(words, {});
  if (options === undefined) return 1;
  const isReady = host.networkReady;
  const network = isReady
    ? { message: "", reason: "", status: true, type: "NetworkReady" }
    : { message: NO_PLUGIN, reason: "NetworkPluginNotReady", status: false, type: "NetworkReady" };
  const answer = {
    config: {
      cni: { binDirs: ["/opt/cni/bin"], confDir: "/etc/cni/net.d", maxConfNum: 1 },
      containerd: { defaultRuntimeName: "runc", runtimes: { runc: { options: { SystemdCgroup: true } } } },
      containerdEndpoint: "/run/containerd/containerd.sock",
      containerdRootDir: "/var/lib/containerd",
      rootDir: "/var/lib/containerd/io.containerd.grpc.v1.cri",
    },
    lastCNILoadStatus: isReady
      ? "OK"
      : "cni config load failed: no network config found in /etc/cni/net.d: cni plugin not initialized: failed to load cni config",
    status: {
      conditions: [
        { message: "", reason: "", status: true, type: "RuntimeReady" },
        network,
        { message: "", reason: "", status: true, type: "ContainerdHasNoDeprecationWarnings" },
      ],
    },
  };
  yield* write(1, `${JSON.stringify(answer, null, 2)}\n`);
  return 0;
}
