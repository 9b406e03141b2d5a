/** Node. Upstream: pkg/apis/core, pkg/registry/core/node/strategy.go. */
import type { Node } from "../generated/types.ts";
import { ageColumn, nameColumn, NONE } from "../meta/columns.ts";
import { defineResource } from "../meta/resource.ts";
import { validateNode, validateNodeUpdate } from "./node-validation.ts";

const ROLE_PREFIX = "node-role.kubernetes.io/";
const ROLE_LABEL = "kubernetes.io/role";

export const nodes = defineResource<Node>({
  group: "",
  version: "v1",
  kind: "Node",
  plural: "nodes",
  shortNames: ["no"],
  scope: "Cluster",
  subresources: ["status", "proxy"],
  example: { apiVersion: "v1", kind: "Node", metadata: { name: "worker-9" } },
  defaults(node) {
    const { spec, status } = node;
    const copied = status?.allocatable === undefined && status?.capacity !== undefined;
    if (spec !== undefined && status !== undefined && !copied) return node;
    return {
      ...node,
      spec: spec ?? {},
      status: copied ? { ...status, allocatable: status.capacity } : (status ?? {}),
    };
  },
  // Where a kubelet's configuration comes from can't be said here any more.
  prepareForCreate: (node) => withoutConfigSource(node),
  prepareForUpdate: (node, old) => (old.spec?.configSource === undefined ? withoutConfigSource(node) : node),
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  validateStatusUpdate: validateNodeUpdate,
  columns: [
    nameColumn,
    { name: "Status", type: "string", cell: statusText },
    { name: "Roles", type: "string", cell: (node) => nodeRoles(node).join(",") || NONE },
    ageColumn,
    { name: "Version", type: "string", cell: ({ status }) => status?.nodeInfo?.kubeletVersion ?? "" },
    { name: "Internal-IP", type: "string", priority: 1, cell: (node) => address(node, "InternalIP") },
    { name: "External-IP", type: "string", priority: 1, cell: (node) => address(node, "ExternalIP") },
    info("OS-Image", "osImage"),
    info("Kernel-Version", "kernelVersion"),
    info("Container-Runtime", "containerRuntimeVersion"),
  ],
  selectableFields: { "spec.unschedulable": ({ spec }) => String(spec.unschedulable ?? false) },
});

function withoutConfigSource(node: Node): Node {
  if (node.spec?.configSource === undefined) return node;
  const { configSource: _, ...spec } = node.spec;
  return { ...node, spec };
}

function statusText({ spec, status }: Node): string {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  const texts = [ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady"];
  if (spec?.unschedulable === true) texts.push("SchedulingDisabled");
  return texts.join(",");
}

/** Roles that a node's labels name, sorted. */
export function nodeRoles(node: Node): string[] {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata?.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length) roles.add(key.slice(ROLE_PREFIX.length));
    else if (key === ROLE_LABEL && value !== "") roles.add(value);
  }
  return [...roles].sort();
}

function address({ status }: Node, type: string): string {
  return status?.addresses?.find((item) => item.type === type)?.address ?? NONE;
}

function info(name: string, field: "osImage" | "kernelVersion" | "containerRuntimeVersion") {
  return {
    name,
    type: "string" as const,
    priority: 1,
    cell: ({ status }: Node): string => status?.nodeInfo?.[field] || "<unknown>",
  };
}
