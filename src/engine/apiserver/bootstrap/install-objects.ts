/**
 * What the server's post-start hooks make when it is missing, beside the policy of RBAC. Upstream: pkg/controlplane,
 * pkg/registry/flowcontrol/rest, pkg/controlplane/controller/defaultservicecidr.
 */
import type { Draft, KubeObject } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { loopbackUser } from "../../api/meta/user-info.ts";
import type { ServerContext } from "../server-context.ts";
import { SERVICE_RANGE } from "../services/ip-allocator.ts";
import { create } from "../verbs/create.ts";
import { flowSchemas, priorityLevels } from "./flow-control.ts";
import { localApiServices } from "./local-api-services.ts";

const FLOW_CONTROL = "flowcontrol.apiserver.k8s.io";
const RANGE_FINALIZER = "networking.k8s.io/service-cidr-finalizer";

export function installObjects(context: ServerContext, served: readonly Resource[]): void {
  ensure(context, "apiservices.apiregistration.k8s.io", localApiServices(served));
  ensure(context, `prioritylevelconfigurations.${FLOW_CONTROL}`, priorityLevels());
  ensure(context, `flowschemas.${FLOW_CONTROL}`, flowSchemas());
  const range = { metadata: { name: "kubernetes", finalizers: [RANGE_FINALIZER] }, spec: { cidrs: [SERVICE_RANGE] } };
  ensure(context, "servicecidrs.networking.k8s.io", [range as Draft<KubeObject>]);
}

/** Makes those of the cluster-scoped drafts that aren't there. */
function ensure(context: ServerContext, id: string, drafts: readonly Draft<KubeObject>[]): void {
  const resource = context.resourceById(id);
  if (resource === undefined) return;
  for (const draft of drafts) {
    if (context.objects.get(resource, "", draft.metadata.name ?? "") !== undefined) continue;
    const target = { resource, namespace: "", name: "", subresource: "", options: {}, user: loopbackUser };
    create(context, { verb: "create", ...target, body: draft });
  }
}
