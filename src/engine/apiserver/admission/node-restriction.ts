/**
 * A kubelet writes only what is its own: its node, its lease, its CSINode, mirror pods bound to it, and the status of its
 * pods. Upstream: plugin/pkg/admission/noderestriction/admission.go (tokens: subresources/token.ts).
 * Simplified: claims' status, DRA kinds and labels under `node-restriction.kubernetes.io/` aside from their being added
 * or changed are not looked at.
 */
import type { Lease, Node, Pod } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { forbidden } from "../../api/meta/status-error.ts";
import { deepEqual } from "../../base/json.ts";
import { nodeNameOf, referencesOf } from "../auth/node-authorizer.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";

const MIRROR = "kubernetes.io/config.mirror";
const LEASE_NAMESPACE = "kube-node-lease";
const RESTRICTED = "node-restriction.kubernetes.io/";

type Check = (node: string, object: KubeObject | undefined, attributes: AdmissionRequest) => void;

function refuse({ request, name }: AdmissionRequest, why: string): never {
  throw forbidden(request.resource, name, why);
}

const checks: Readonly<Record<string, Check>> = {
  pods(node, object, attributes) {
    const { operation, request, old } = attributes;
    const { subresource } = request;
    if (operation === "create" && subresource === "") return checkMirrorPod(node, object as Pod, attributes);
    if (operation === "delete" && (old as Pod).spec.nodeName !== node) {
      refuse(attributes, `node ${JSON.stringify(node)} can only delete pods with spec.nodeName set to itself`);
    }
    if (operation !== "update") return;
    if (subresource !== "status") {
      refuse(attributes, `node ${JSON.stringify(node)} can only update pod status`);
    }
    if ((old as Pod).spec.nodeName !== node) {
      refuse(
        attributes,
        `node ${JSON.stringify(node)} can only update pod status for pods with spec.nodeName set to itself`,
      );
    }
    if (!deepEqual(object?.metadata.labels ?? {}, old?.metadata.labels ?? {})) {
      refuse(attributes, `node ${JSON.stringify(node)} cannot update labels through pod status`);
    }
  },
  nodes(node, object, attributes) {
    const { operation, name, old } = attributes;
    if (name !== node)
      refuse(attributes, `node ${JSON.stringify(node)} is not allowed to modify node ${JSON.stringify(name)}`);
    if (operation === "delete") refuse(attributes, `node ${JSON.stringify(node)} is not allowed to delete itself`);
    const next = object as Node;
    const before = old as Node | undefined;
    if (operation === "create" && next.spec.configSource !== undefined) {
      refuse(attributes, `node ${JSON.stringify(node)} is not allowed to create pods with a non-nil configSource`);
    }
    if (before !== undefined && !deepEqual(next.spec.taints, before.spec.taints)) {
      refuse(attributes, `node ${JSON.stringify(node)} is not allowed to modify taints`);
    }
    const changed = changedLabels(next, before).filter((label) => label.includes(RESTRICTED));
    if (changed.length > 0) {
      refuse(attributes, `is not allowed to modify labels: ${changed.sort().join(", ")}`);
    }
  },
  "leases.coordination.k8s.io"(node, object, attributes) {
    const { request, name } = attributes;
    const { metadata } = (object ?? attributes.old) as Lease;
    if ((metadata.namespace ?? request.namespace) !== LEASE_NAMESPACE) {
      refuse(attributes, `can only access leases in the ${JSON.stringify(LEASE_NAMESPACE)} system namespace`);
    }
    if (name !== node) refuse(attributes, "can only access node lease with the same name as the requesting node");
  },
  "csinodes.storage.k8s.io"(node, _object, attributes) {
    if (attributes.name !== node)
      refuse(attributes, "can only access CSINode with the same name as the requesting node");
  },
};

function checkMirrorPod(node: string, pod: Pod, attributes: AdmissionRequest): void {
  if (pod.metadata.annotations?.[MIRROR] === undefined) {
    refuse(
      attributes,
      `pod does not have ${JSON.stringify(MIRROR)} annotation, node ${JSON.stringify(node)} can only create mirror pods`,
    );
  }
  if (pod.spec.nodeName !== node) {
    refuse(attributes, `node ${JSON.stringify(node)} can only create pods with spec.nodeName set to itself`);
  }
  if ((pod.spec.serviceAccountName ?? "") !== "") {
    refuse(attributes, `node ${JSON.stringify(node)} can not create pods that reference a service account`);
  }
  for (const [kind, noun] of [
    ["secrets", "secrets"],
    ["configmaps", "configmaps"],
    ["persistentvolumeclaims", "persistentvolumeclaims"],
  ] as const) {
    if ([...referencesOf(pod.spec)].some((reference) => reference.startsWith(`${kind}/`))) {
      refuse(attributes, `node ${JSON.stringify(node)} can not create pods that reference ${noun}`);
    }
  }
}

function changedLabels(next: Node, before: Node | undefined): string[] {
  const labels = next.metadata.labels ?? {};
  const old = before?.metadata.labels ?? {};
  return [...new Set([...Object.keys(labels), ...Object.keys(old)])].filter((label) => labels[label] !== old[label]);
}

export const nodeRestriction: AdmissionPlugin = {
  name: "NodeRestriction",
  resources: Object.keys(checks),
  validate(object, attributes) {
    const { request } = attributes;
    const node = nodeNameOf(request.user);
    if (node === undefined) return;
    if (node === "") refuse(attributes, `could not determine node from user ${JSON.stringify(request.user.name)}`);
    checks[request.resource.id]?.(node, object, attributes);
  },
};
