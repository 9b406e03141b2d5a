/**
 * What the server's post-start hooks make when it is missing, beside the policy of RBAC. Upstream: pkg/controlplane,
 * pkg/registry/flowcontrol/rest, pkg/controlplane/controller/defaultservicecidr.
 */
import type { Draft, KubeObject } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { loopbackUser } from "../../api/meta/user-info.ts";
import type { ServerContext } from "../server-context.ts";
import { DEFAULT_RANGE } from "../services/service-ranges.ts";
import { deleteObject } from "../verbs/delete.ts";
import { create } from "../verbs/create.ts";
import { flowSchemas, priorityLevels } from "./flow-control.ts";
import { localApiServices, MANAGED } from "./local-api-services.ts";

const FLOW_CONTROL = "flowcontrol.apiserver.k8s.io";

/** `ranges`: of the services' addresses. */
export function installObjects(context: ServerContext, served: readonly Resource[], ranges: readonly string[]): void {
  ensure(context, "apiservices.apiregistration.k8s.io", localApiServices(served));
  dropApiServices(context, served);
  ensure(context, `prioritylevelconfigurations.${FLOW_CONTROL}`, priorityLevels());
  ensure(context, `flowschemas.${FLOW_CONTROL}`, flowSchemas());
  const range = { metadata: { name: DEFAULT_RANGE }, spec: { cidrs: ranges } };
  ensure(context, "servicecidrs.networking.k8s.io", [range as Draft<KubeObject>]);
}

/** Of versions that were served once. Upstream: kube-aggregator pkg/controllers/autoregister. */
function dropApiServices(context: ServerContext, served: readonly Resource[]): void {
  const resource = context.resourceById("apiservices.apiregistration.k8s.io");
  if (resource === undefined) return;
  const names = new Set(localApiServices(served).map(({ metadata }) => metadata.name));
  for (const { value } of context.objects.range(resource, "").items) {
    const { name, labels } = value.metadata;
    if (labels?.[MANAGED] === undefined || names.has(name)) continue;
    deleteObject(context, {
      verb: "delete",
      ...{ resource, namespace: "", name, subresource: "", options: {}, user: loopbackUser },
    });
  }
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
