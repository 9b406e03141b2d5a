/**
 * The image of dra-example-driver: publishes made-up GPUs of its node and has containers see which ones they got, as
 * variables. Upstream: kubernetes-sigs/dra-example-driver cmd/dra-example-kubeletplugin.
 *
 * **Simplified:** the profile `gpu` alone, without its webhook and its health checks.
 */
import { resourceSlices } from "../../api/dra/resource-slice.ts";
import type {
  Device,
  DeviceAllocationConfiguration,
  DeviceRequestAllocationResult,
  ResourceResourceClaim,
} from "../../api/generated/types.ts";
import { StatusError } from "../../api/meta/status-error.ts";
import { nodes } from "../../api/registry.ts";
import { hash53 } from "../../base/hash.ts";
import { isObject } from "../../base/json.ts";
import { uuid } from "../../base/hex.ts";
import type { Client } from "../../client/client.ts";
import { tags } from "../../images/tags.ts";
import type { DeviceDriver, DevicePlugins } from "../../kubelet/device-plugins.ts";
import { sayKlog } from "../../base/klog.ts";
import type { ImageDefinition, ServerContext, ServerHooks } from "../../runtime/containers/image.ts";

export const EXAMPLE_DRIVER_IMAGE = "registry.k8s.io/dra-example-driver/dra-example-driver";
export const EXAMPLE_DRIVER_VERSION = "v0.2.0";
const DRIVER = "gpu.example.com";
const PROGRAM = "/usr/bin/dra-example-kubeletplugin";
const CONFIG_GROUP = "gpu.resource.example.com/v1alpha1";
/** Until it is tried again where the API server took no note of it. */
const RETRY_MS = 5000;

export interface ExampleDriverOptions {
  clientOf(ctx: ServerContext): Client;
  /** Devices of the node that a container runs on. */
  devicesOf(ctx: ServerContext): DevicePlugins;
}

export function exampleDriverImage(options: ExampleDriverOptions): ImageDefinition {
  return {
    name: EXAMPLE_DRIVER_IMAGE,
    tags: tags(30, "v0.1.0 v0.2.0..1"),
    entrypoint: [PROGRAM],
    userland: "none",
    programs: () => ({ [PROGRAM]: { kind: "server", start: (ctx) => start(ctx, options) } }),
  };
}

function start(ctx: ServerContext, { clientOf, devicesOf }: ExampleDriverOptions): ServerHooks {
  const { DRIVER_NAME: name = DRIVER, NODE_NAME: node = "", NUM_DEVICES: count = "8" } = ctx.env;
  const say = (level: "I" | "E", text: string): void => sayKlog(ctx, level, "driver.go:75", text);
  if (node === "") {
    ctx.log('Required flag "node-name" not set', "stderr");
    ctx.exit(1);
    return {};
  }
  ctx.use({ cpuMillicores: 1, memoryBytes: 16 * 1024 * 1024 });
  const driver: DeviceDriver = { name, prepare: (claim, device) => variablesOf(claim, device) };
  let plugins: DevicePlugins | undefined;
  const serve = (): void => {
    try {
      const devices = Array.from({ length: Number(count) }, (_, index) => gpu(node, index));
      publish(clientOf(ctx), { name, node, devices });
      plugins = devicesOf(ctx);
      plugins.register(driver);
      say("I", `"Registered DRA driver" driver="${name}" devices=${devices.length}`);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      say("E", error.message);
      ctx.after(RETRY_MS, serve);
    }
  };
  serve();
  return { signals: { SIGTERM: () => ctx.exit(0) }, ended: () => plugins?.deregister(driver) };
}

function gpu(node: string, index: number): Device {
  const hex = [1, 2, 3].map((seed) => hash53(`${node}/${index}`, seed)).join("");
  return {
    name: `gpu-${index}`,
    attributes: {
      driverVersion: { version: "1.0.0" },
      index: { int: index },
      model: { string: "LATEST-GPU-MODEL" },
      uuid: { string: `gpu-${uuid(hex)}` },
    },
    capacity: { memory: { value: "80Gi" } },
  };
}

/** The node's slice is there, and says what there is now. */
function publish(client: Client, { name, node, devices }: { name: string; node: string; devices: Device[] }): void {
  const slices = client.resource(resourceSlices);
  const fieldSelector = `spec.nodeName=${node},spec.driver=${name}`;
  const [known] = slices.list("", { fieldSelector }).items;
  const { uid } = client.resource(nodes).get("", node).metadata;
  const spec = { driver: name, nodeName: node, pool: { name: node, generation: 1, resourceSliceCount: 1 }, devices };
  if (known !== undefined) {
    slices.update({ ...known, spec });
    return;
  }
  slices.create({
    metadata: {
      name: "",
      generateName: `${node}-${name}-`,
      ownerReferences: [{ apiVersion: "v1", kind: "Node", name: node, uid, controller: true }],
    },
    spec,
  });
}

/** What a container sees of one device: its name, its claim and how it is shared. Throws an Error. */
function variablesOf(
  { metadata, status }: ResourceResourceClaim,
  { device, request, driver }: DeviceRequestAllocationResult,
): Record<string, string> {
  const prefix = `GPU_DEVICE_${device.replace(/^gpu-/, "")}`;
  const configs = (status?.allocation?.devices?.config ?? []).filter(
    ({ requests = [], opaque }) =>
      opaque?.driver === driver &&
      (requests.length === 0 || requests.includes(request) || requests.includes(request.split("/")[0] as string)),
  );
  // What the claim says counts for more than what its class says, and the last one for most.
  const chosen = configs.findLast(({ source }) => source === "FromClaim") ?? configs.at(-1);
  const { strategy, ...rest } = sharingOf(chosen);
  return {
    DRA_RESOURCE_DRIVER_NAME: driver,
    [prefix]: device,
    [`${prefix}_RESOURCE_CLAIM`]: metadata.uid,
    [`${prefix}_SHARING_STRATEGY`]: strategy,
    ...("interval" in rest
      ? { [`${prefix}_TIMESLICE_INTERVAL`]: rest.interval }
      : { [`${prefix}_PARTITION_COUNT`]: rest.count }),
  };
}

type Sharing = { strategy: "TimeSlicing"; interval: string } | { strategy: "SpacePartitioning"; count: string };

function sharingOf(config: DeviceAllocationConfiguration | undefined): Sharing {
  const parameters: unknown = config?.opaque?.parameters;
  if (!isObject(parameters)) return { strategy: "TimeSlicing", interval: "Default" };
  const { apiVersion, kind, sharing } = parameters;
  if (apiVersion !== CONFIG_GROUP || kind !== "GpuConfig") {
    throw new Error(
      `error decoding config parameters: no kind "${String(kind)}" is registered for "${String(apiVersion)}"`,
    );
  }
  const said = isObject(sharing) ? sharing : {};
  const of = (field: string): Record<string, unknown> => (isObject(said[field]) ? said[field] : {});
  if (said["strategy"] === "SpacePartitioning") {
    return { strategy: "SpacePartitioning", count: String(of("spacePartitioningConfig")["partitionCount"] ?? 1) };
  }
  return { strategy: "TimeSlicing", interval: String(of("timeSlicingConfig")["interval"] ?? "Default") };
}
