/**
 * POST serviceaccounts/x/token: a token that tells who the account is, for a while, bound to a pod, a secret or a node if
 * so asked. Upstream: pkg/registry/core/serviceaccount/storage/token.go.
 */
import type {
  AuthenticationTokenRequest,
  BoundObjectReference,
  Node,
  Pod,
  Secret,
  ServiceAccount,
} from "../../api/generated/types.ts";
import { invalid, invalidValue } from "../../api/meta/field-error.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest, ApiResponse } from "../../api/meta/request.ts";
import { badRequest, conflict, forbidden, notFound } from "../../api/meta/status-error.ts";
import { formatTime } from "../../base/time.ts";
import { clusterKeys } from "../../sim/cluster-keys.ts";
import { nodeNameOf } from "../auth/node-authorizer.ts";
import { issueToken } from "../auth/authentication/service-account-token.ts";
import type { Bound } from "../auth/authentication/service-account-token.ts";
import { admitPosted, TOKEN_REQUEST } from "../admission/subresource-admission.ts";
import { newUid } from "../metadata.ts";
import type { ServerContext } from "../server-context.ts";
import { existing } from "../verbs/get.ts";

const KIND = { group: "authentication.k8s.io", kind: "TokenRequest" };
const DEFAULT_SECONDS = 3600;
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;

export function createToken(context: ServerContext, request: ApiRequest): ApiResponse<AuthenticationTokenRequest> {
  const account = existing(context, request) as ServiceAccount;
  const { metadata, spec } = request.body as AuthenticationTokenRequest;
  const { namespace = "", name } = account.metadata;
  if ((metadata?.name ?? "") !== "" && metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
  const warnings = admitPosted(context, request, TOKEN_REQUEST);
  const seconds = spec?.expirationSeconds ?? DEFAULT_SECONDS;
  const { issuers, audiences: apiAudiences } = context.settings;
  const asked = spec?.audiences ?? [];
  const audiences = asked.length === 0 ? apiAudiences : asked;
  checkLifetime(seconds);
  checkNode(context, request, spec?.boundObjectRef);
  const bound = spec?.boundObjectRef === undefined ? {} : findBound(context, account, spec.boundObjectRef);
  const { sim } = context;
  const id = newUid(sim.random("uid/tokens"));
  const token = issueToken(
    { account, issuer: issuers[0] as string, apiAudiences, audiences, seconds, id, now: sim.now, ...bound },
    clusterKeys(sim).tokenSecret,
  );
  const object: AuthenticationTokenRequest = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    metadata: { name, namespace, creationTimestamp: formatTime(sim.now) } as AuthenticationTokenRequest["metadata"],
    spec: {
      audiences: [...audiences],
      expirationSeconds: seconds,
      ...(spec?.boundObjectRef && { boundObjectRef: spec.boundObjectRef }),
    },
    status: { token, expirationTimestamp: formatTime(sim.now + seconds * 1000) },
  };
  return { code: 201, object, warnings };
}

function checkLifetime(seconds: number): void {
  const field = "spec.expirationSeconds";
  if (seconds < MIN_SECONDS) {
    throw invalid(KIND, "", [invalidValue(field, seconds, "may not specify a duration less than 10 minutes")]);
  }
  if (seconds > MAX_SECONDS) {
    throw invalid(KIND, "", [invalidValue(field, seconds, "may not specify a duration larger than 2^32 seconds")]);
  }
}

/** A node may ask for tokens of its own pods only. Upstream: admitServiceAccount of plugin/pkg/admission/noderestriction. */
function checkNode(context: ServerContext, request: ApiRequest, bound: BoundObjectReference | undefined): void {
  const node = context.settings.admissionPlugins.has("NodeRestriction") ? nodeNameOf(request.user) : undefined;
  if (node === undefined) return;
  const refuse = (why: string): never => {
    throw forbidden(request.resource, request.name, why);
  };
  if (bound?.kind !== "Pod" || bound.apiVersion !== "v1" || (bound.name ?? "") === "") {
    return refuse("node requested token not bound to a pod");
  }
  if ((bound.uid ?? "") === "") return refuse("node requested token with a pod binding without a uid");
  const pod = find(context, "pods", request.namespace, bound.name as string) as Pod | undefined;
  if (pod === undefined) throw notFound({ group: "", resource: "pods" }, bound.name as string);
  if (pod.metadata.uid !== bound.uid)
    refuse(
      `the UID in the bound object reference (${bound.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  if (pod.spec.nodeName !== node) refuse("node requested token bound to a pod scheduled on a different node");
}

function find(context: ServerContext, id: string, namespace: string, name: string): KubeObject | undefined {
  const resource = context.resourceById(id);
  return resource && context.objects.get(resource, namespace, name);
}

function findBound(context: ServerContext, account: ServiceAccount, reference: BoundObjectReference): Bound {
  const { apiVersion = "", kind = "", name = "", uid = "" } = reference;
  const { namespace = "" } = account.metadata;
  const plural = { Pod: "pods", Secret: "secrets", Node: "nodes" }[kind];
  if (apiVersion !== "v1" || plural === undefined) {
    throw badRequest(`cannot bind token to object of type ${apiVersion}, Kind=${kind}`);
  }
  const found = find(context, plural, kind === "Node" ? "" : namespace, name);
  if (found === undefined) throw notFound({ group: "", resource: plural }, name);
  if (uid !== "" && uid !== found.metadata.uid) {
    throw conflict(
      { group: "", resource: plural },
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  if (kind === "Secret") return { secret: found as Secret };
  if (kind === "Node") return { node: found as Node };
  const pod = found as Pod;
  if ((pod.spec.serviceAccountName ?? "") !== account.metadata.name) {
    throw badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(account.metadata.name)} to pod running with different serviceaccount name.`,
    );
  }
  const nodeName = pod.spec.nodeName ?? "";
  const node = nodeName === "" ? undefined : (find(context, "nodes", "", nodeName) as Node | undefined);
  return { pod, node, nodeName: nodeName === "" ? undefined : nodeName };
}
