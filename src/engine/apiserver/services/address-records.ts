/**
 * The IPAddress object of each service's address. Upstream: pkg/registry/core/service/ipallocator/ipallocator.go.
 * Simplified: which addresses are free, the services say; a record that a client makes takes none, and one that a client
 * deletes is not made again.
 */
import type { KubeObject } from "../../api/meta/object.ts";
import { loopbackUser } from "../../api/meta/user-info.ts";
import type { ServerContext } from "../server-context.ts";
import { familyOf } from "./address-range.ts";
import { create } from "../verbs/create.ts";

const MANAGED = { "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io" };
const FAMILY = "ipaddress.kubernetes.io/ip-family";

export class AddressRecords {
  private readonly context: ServerContext;

  constructor(context: ServerContext) {
    this.context = context;
  }

  add(address: string, service: KubeObject): void {
    const resource = this.context.resourceById("ipaddresses.networking.k8s.io");
    if (resource === undefined || this.context.objects.get(resource, "", address) !== undefined) return;
    const { namespace, name } = service.metadata;
    const parentRef = { resource: "services", namespace, name };
    const labels = { [FAMILY]: familyOf(address), ...MANAGED };
    const body = { metadata: { name: address, labels }, spec: { parentRef } };
    const target = { resource, namespace: "", name: "", subresource: "", options: {}, user: loopbackUser };
    create(this.context, { verb: "create", ...target, body });
  }

  remove(address: string): void {
    const resource = this.context.resourceById("ipaddresses.networking.k8s.io");
    const record = resource && this.context.objects.get(resource, "", address);
    if (resource === undefined || record === undefined) return;
    this.context.objects.remove(record, { resource, user: loopbackUser, verb: "delete", fresh: undefined });
  }
}
