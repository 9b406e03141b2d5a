/**
 * The image of rancher's local path provisioner: while a container of it runs, claims of its class get folders of nodes, as
 * its configuration has it. Upstream: rancher/local-path-provisioner main.go, provisioner.go.
 *
 * **Simplified:** it makes and removes folders without helper pods, and several of its instances do the same work: whose
 * folder it becomes is not said.
 */
import { SELECTED_NODE } from "../../api/core/volume-matching.ts";
import type { PersistentVolumeClaim } from "../../api/generated/types.ts";
import { isObject, parseJson } from "../../base/json.ts";
import { localPathProvisioner } from "../../controllers/host-path-provisioner.ts";
import { tags } from "../../images/tags.ts";
import { readFlags } from "../../network/ingress/read-flags.ts";
import type { ImageDefinition, ServerContext, ServerHooks } from "../../runtime/containers/image.ts";
import { KIND_STORAGE_IMAGE } from "./local-path-objects.ts";
import { runProvisioner } from "./run-provisioner.ts";
import type { ProvisionerOptions } from "./run-provisioner.ts";

const KIND = "docker.io/kindest/local-path-provisioner";
const PROGRAM = "/usr/bin/local-path-provisioner";
/** What a configuration calls the nodes that it doesn't name. */
const OTHERS = "DEFAULT_PATH_FOR_NON_LISTED_NODES";

/** Rancher's own, and kind's build of it. */
export function localPathImages(options: ProvisionerOptions): ImageDefinition[] {
  const image: Omit<ImageDefinition, "name" | "tags"> = {
    entrypoint: [PROGRAM],
    userland: "busybox",
    programs: () => ({ [PROGRAM]: { kind: "server", start: (ctx) => start(ctx, options) } }),
  };
  const kindTag = KIND_STORAGE_IMAGE.slice(KIND.length + 1);
  return [
    { name: "docker.io/rancher/local-path-provisioner", tags: tags(18, "v0.0.24 v0.0.26 v0.0.28..32"), ...image },
    { name: KIND, tags: tags(19, kindTag), ...image },
  ];
}

function start(ctx: ServerContext, options: ProvisionerOptions): ServerHooks {
  const path = readFlags(ctx.argv).get("config") ?? "";
  const folders = readConfig(ctx, path);
  ctx.use({ cpuMillicores: 1, memoryBytes: 12 * 1024 * 1024 });
  const fatal = (why: string): void => {
    const time = new Date(ctx.now()).toISOString().slice(0, 19);
    ctx.log(`time="${time}Z" level=fatal msg=${JSON.stringify(`Error starting daemon: ${why}`)}`, "stderr");
  };
  if (typeof folders === "string") {
    fatal(folders);
    ctx.exit(1);
    return {};
  }
  const pathOf = ({ metadata }: PersistentVolumeClaim, volume: string): string => {
    const folder = folders.get(metadata.annotations?.[SELECTED_NODE] ?? "") ?? folders.get(OTHERS) ?? "";
    return `${folder}/${volume}_${metadata.namespace}_${metadata.name}`;
  };
  const ends = (why: string): void =>
    fatal(`Cannot start Provisioner: failed to get Kubernetes server version: ${why}`);
  return runProvisioner(ctx, { ...localPathProvisioner, pathOf }, { ...options, ends }) ?? {};
}

/** The first folder of each node by its name, or what is wrong with the configuration. */
function readConfig({ fs }: ServerContext, path: string): ReadonlyMap<string, string> | string {
  if (!fs.exists(path)) return `open ${path}: no such file or directory`;
  let value: unknown;
  try {
    value = parseJson(fs.readFile(path));
  } catch {
    return `fail to load config file ${path}: invalid JSON`;
  }
  const map: unknown = isObject(value) ? value["nodePathMap"] : undefined;
  if (!Array.isArray(map)) return "config shared filesystem path is not supported: there is no nodePathMap";
  return new Map(
    map.filter(isObject).flatMap(({ node, paths }): [string, string][] => {
      const [first]: unknown[] = Array.isArray(paths) ? paths : [];
      return typeof node === "string" && typeof first === "string" ? [[node, first]] : [];
    }),
  );
}
