/**
 * What expressions read: the request with its objects, made once for each request and only as far as asked. Upstream:
 * apiserver pkg/admission/plugin/cel/{activation,filter}.go.
 */
import type { Namespace } from "../../../api/generated/types.ts";
import type { KubeObject } from "../../../api/meta/object.ts";
import { serviceAccountUser, type UserInfo } from "../../../api/meta/user-info.ts";
import { namespaces } from "../../../api/registry.ts";
import {
  CelAuthorizer,
  evaluate,
  toCel,
  type CelAuthorizerPort,
  type CelProgram,
  type Evaluation,
} from "../../cel/index.ts";
import { toServed } from "../../versions.ts";
import { scaleOf } from "../../subresources/scale.ts";
import { writtenSubresource, type AdmissionRequest } from "../admission.ts";
import type { NamedProgram } from "./expressions.ts";
import type { Judged } from "./request-match.ts";

type Values = Readonly<Record<string, unknown>>;

/** What is written to this subresource is an object of its own. */
const SCALE = { subresource: "scale", group: "autoscaling", version: "v1", kind: "Scale" };
const NULLS = { object: null, oldObject: null, params: null, namespaceObject: null };

export class Activation {
  private readonly judged: Judged;
  private readonly made = new Map<string, unknown>();

  constructor(judged: Judged) {
    this.judged = judged;
  }

  /** `variables` are those of the policy whose program it is; `params` the parameters that it is run for. */
  run(program: CelProgram, variables: Values, params: KubeObject | undefined): Evaluation {
    const values: Record<string, unknown> = { ...NULLS };
    for (const name of program.reads) {
      if (name === "variables") values[name] = variables;
      else if (name === "params") values[name] = this.value(params);
      else if (name in this.makers) values[name] = this.once(name);
    }
    return evaluate(program, values);
  }

  /** The variables, each worked out when first read. One that fails makes what reads it fail. */
  variables(programs: readonly NamedProgram[], params: KubeObject | undefined): Values {
    const values: Record<string, unknown> = {};
    for (const { name, program } of programs) {
      let result: Evaluation | undefined;
      Object.defineProperty(values, name, {
        enumerable: true,
        get: () => {
          result ??= this.run(program, values, params);
          if (result.error !== undefined) {
            throw new Error(`composited variable "${name}" fails to evaluate: ${result.error}`);
          }
          return result.value;
        },
      });
    }
    return values;
  }

  private readonly makers: Readonly<Record<string, () => unknown>> = {
    object: () => this.served(this.judged.object),
    oldObject: () => this.served(this.judged.attributes.old),
    namespaceObject: () => this.value(namespaceOf(this.judged.attributes)),
    request: () => toCel(requestValue(this.judged.attributes)),
    authorizer: () => authorizerFor(this.judged.attributes),
  };

  private once(name: string): unknown {
    if (!this.made.has(name)) this.made.set(name, this.makers[name]?.());
    return this.made.get(name);
  }

  /** In the version that the client speaks. */
  private served(object: KubeObject | undefined): unknown {
    const { resource, servedAs, writtenThrough } = this.judged.attributes.request;
    if (object !== undefined && writtenThrough === SCALE.subresource) return this.value(scaleOf(resource, object));
    return this.value(object && servedAs ? toServed(servedAs, object) : object);
  }

  private value(object: object | undefined): unknown {
    return object === undefined ? null : toCel(object);
  }
}

function namespaceOf({ context, request }: AdmissionRequest): object | undefined {
  if (request.namespace === "") return undefined;
  const found = context.objects.get(namespaces, "", request.namespace) as Namespace | undefined;
  if (found === undefined) return undefined;
  const { name, labels, annotations, creationTimestamp, finalizers, uid } = found.metadata;
  return {
    metadata: {
      name,
      uid,
      creationTimestamp,
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(finalizers && { finalizers }),
    },
    spec: found.spec,
    status: { phase: found.status.phase },
  };
}

/** Asks what the request's user may do, or a service account. */
function authorizerFor({ request, name, context }: AdmissionRequest): CelAuthorizer {
  const portFor = (user: UserInfo): CelAuthorizerPort => ({
    ask: (question) => context.authorizer.authorize(user, question),
    as: (namespace, account) => portFor(serviceAccountUser(namespace, account)),
  });
  const { resource, namespace, user } = request;
  const subresource = writtenSubresource(request);
  return new CelAuthorizer(portFor(user), {
    group: resource.group,
    resource: resource.plural,
    subresource,
    namespace,
    name,
  });
}

/** An AdmissionRequest without its objects. */
function requestValue({ operation, request, name, kind: posted }: AdmissionRequest): object {
  const { resource, servedAs = resource, namespace, user, options } = request;
  const subresource = writtenSubresource(request);
  const kind =
    posted ??
    (subresource === SCALE.subresource
      ? { group: SCALE.group, version: SCALE.version, kind: SCALE.kind }
      : { group: servedAs.group, version: servedAs.version, kind: servedAs.kind });
  const target = { group: servedAs.group, version: servedAs.version, resource: servedAs.plural };
  return {
    kind,
    resource: target,
    ...(subresource !== "" && { subResource: subresource, requestSubResource: subresource }),
    requestKind: kind,
    requestResource: target,
    name,
    namespace,
    operation: operation.toUpperCase(),
    userInfo: { username: user.name, uid: user.uid, groups: user.groups, extra: user.extra },
    dryRun: options.dryRun ?? false,
    options: {},
  };
}
