/** Answers to reviews. Upstream: pkg/registry/{authentication,authorization}. */
import type {
  ResourceAttributes as AskedAttributes,
  SelfSubjectAccessReviewSpec,
  SubjectAccessReviewSpec,
  SubjectAccessReviewStatus,
  SubjectRulesReviewStatus,
  TokenReviewSpec,
  TokenReviewStatus,
  UserInfo as UserInfoBody,
} from "../../api/generated/types.ts";
import { invalid } from "../../api/meta/field-error.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest, ApiResponse } from "../../api/meta/request.ts";
import { badRequest } from "../../api/meta/status-error.ts";
import type { UserInfo } from "../../api/meta/user-info.ts";
import { formatTime } from "../../base/time.ts";
import type { ServerContext } from "../server-context.ts";
import type { Attributes } from "./attributes.ts";
import { TokenError } from "./authentication/service-account-token.ts";

type Review = KubeObject & { spec?: object };
type Answer = (context: ServerContext, request: ApiRequest, body: Review) => { status: object; metadata?: object };

/** A user as reviews show it. */
function bodyOf({ name, uid, groups, extra }: UserInfo): UserInfoBody {
  return {
    username: name,
    ...(uid !== "" && { uid }),
    groups: [...groups],
    ...(Object.keys(extra).length > 0 && {
      extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]])),
    }),
  };
}

function attributesOf({ resourceAttributes, nonResourceAttributes }: SelfSubjectAccessReviewSpec): Attributes {
  if (nonResourceAttributes !== undefined) {
    const { path = "", verb = "" } = nonResourceAttributes;
    return { path, verb };
  }
  const {
    verb = "",
    group = "",
    resource = "",
    subresource = "",
    namespace = "",
    name = "",
  } = resourceAttributes as AskedAttributes;
  return { verb, group, resource, subresource, namespace, name };
}

function decide(context: ServerContext, user: UserInfo, spec: SelfSubjectAccessReviewSpec): SubjectAccessReviewStatus {
  const { allowed, reason } = context.authorizer.authorize(user, attributesOf(spec));
  return { allowed, ...(reason !== "" && { reason }) };
}

function askedUser(spec: SubjectAccessReviewSpec): UserInfo {
  return { name: spec.user ?? "", uid: spec.uid ?? "", groups: spec.groups ?? [], extra: spec.extra ?? {} };
}

function rulesFor(context: ServerContext, user: UserInfo, namespace: string): SubjectRulesReviewStatus {
  const { rules, errors } = context.authorizer.rulesFor(user, namespace);
  const [error] = errors;
  return {
    resourceRules: rules
      .filter(({ resources = [] }) => resources.length > 0)
      .map(({ verbs, apiGroups, resources, resourceNames }) => ({
        verbs,
        ...(apiGroups && { apiGroups }),
        ...(resources && { resources }),
        ...(resourceNames && { resourceNames }),
      })),
    nonResourceRules: rules
      .filter(({ nonResourceURLs = [] }) => nonResourceURLs.length > 0)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, ...(nonResourceURLs && { nonResourceURLs }) })),
    incomplete: false,
    ...(error !== undefined && { evaluationError: errors.length === 1 ? error : `[${errors.join(", ")}]` }),
  };
}

function reviewToken({ authenticator, settings }: ServerContext, spec: TokenReviewSpec): TokenReviewStatus {
  const { token = "", audiences = settings.audiences } = spec;
  if (token === "") throw badRequest("token is required for TokenReview in authentication");
  try {
    const user = authenticator.tokenUser(token, audiences);
    const own = authenticator.audiencesOf(token) ?? audiences;
    return {
      authenticated: true,
      user: bodyOf(user),
      audiences: audiences.filter((audience) => own.includes(audience)),
    };
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    return { user: {}, error: error.message };
  }
}

const ANSWERS: Readonly<Record<string, Answer>> = {
  SelfSubjectReview: ({ sim }, { user }) => ({
    metadata: { creationTimestamp: formatTime(sim.now) },
    status: { userInfo: bodyOf(user) },
  }),
  TokenReview: (context, _request, { spec = {} }) => ({ status: reviewToken(context, spec as TokenReviewSpec) }),
  SelfSubjectAccessReview: (context, { user }, { spec = {} }) => ({ status: decide(context, user, spec) }),
  SubjectAccessReview: (context, _request, { spec = {} }) => ({ status: decide(context, askedUser(spec), spec) }),
  LocalSubjectAccessReview(context, { namespace }, { spec = {} }) {
    const asked = (spec as SubjectAccessReviewSpec).resourceAttributes?.namespace ?? "";
    if (asked !== namespace) throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace}`);
    return { status: decide(context, askedUser(spec), spec) };
  },
  SelfSubjectRulesReview(context, { user }, { spec = {} }) {
    const { namespace = "" } = spec as { namespace?: string };
    if (namespace === "") throw badRequest("no namespace on request");
    return { status: rulesFor(context, user, namespace) };
  },
};

export function answerReview(context: ServerContext, request: ApiRequest): ApiResponse {
  const { resource } = request;
  const body = request.body as Review;
  const errors = resource.validate?.(body) ?? [];
  const { apiVersion, kind } = resource;
  const answer = ANSWERS[kind] as Answer;
  if (errors.length > 0 && kind !== "SelfSubjectRulesReview") throw invalid(resource, "", errors);
  const { status, metadata = body.metadata ?? {} } = answer(context, request, body);
  return { code: 201, object: { ...body, apiVersion, kind, metadata, status }, warnings: [] };
}
