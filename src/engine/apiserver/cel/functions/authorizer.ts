/**
 * `authorizer.group("apps").resource("deployments").check("create").allowed()`. Upstream: apiserver
 * pkg/cel/library/authz.go.
 */
import type { Overload } from "./overload.ts";

export interface CelDecision {
  readonly allowed: boolean;
  readonly reason: string;
}

/** What is asked about: a path, or a resource. */
export type CelQuestion =
  | { readonly verb: string; readonly path: string }
  | {
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      readonly subresource: string;
      readonly namespace: string;
      readonly name: string;
    };

export interface CelAuthorizerPort {
  ask(question: CelQuestion): CelDecision;
  /** The same for a service account. */
  as(namespace: string, name: string): CelAuthorizerPort;
}

type Target = Omit<Extract<CelQuestion, { group: string }>, "verb">;

/** The value of `authorizer`; `requestResource` is the field of that name. */
export class CelAuthorizer {
  readonly port: CelAuthorizerPort;
  readonly requestResource: CelResourceCheck;

  constructor(port: CelAuthorizerPort, requested: Target) {
    this.port = port;
    this.requestResource = new CelResourceCheck(port, requested);
  }
}

export class CelPathCheck {
  readonly port: CelAuthorizerPort;
  readonly path: string;

  constructor(port: CelAuthorizerPort, path: string) {
    this.port = port;
    this.path = path;
  }
}

export class CelGroupCheck {
  readonly port: CelAuthorizerPort;
  readonly group: string;

  constructor(port: CelAuthorizerPort, group: string) {
    this.port = port;
    this.group = group;
  }
}

export class CelResourceCheck {
  readonly port: CelAuthorizerPort;
  readonly target: Target;

  constructor(port: CelAuthorizerPort, target: Target) {
    this.port = port;
    this.target = target;
  }

  with(changes: Partial<Target>): CelResourceCheck {
    return new CelResourceCheck(this.port, { ...this.target, ...changes });
  }
}

export class CelVerdict {
  readonly decision: CelDecision;

  constructor(decision: CelDecision) {
    this.decision = decision;
  }
}

const NOWHERE = { subresource: "", namespace: "", name: "" };

export const authorizerFunctions: readonly Overload[] = [
  ["Authorizer.path(string): PathCheck", ({ port }: CelAuthorizer, path: string) => new CelPathCheck(port, path)],
  ["Authorizer.group(string): GroupCheck", ({ port }: CelAuthorizer, group: string) => new CelGroupCheck(port, group)],
  [
    "Authorizer.serviceAccount(string, string): Authorizer",
    ({ port, requestResource }: CelAuthorizer, namespace: string, name: string) =>
      new CelAuthorizer(port.as(namespace, name), requestResource.target),
  ],
  [
    "GroupCheck.resource(string): ResourceCheck",
    ({ port, group }: CelGroupCheck, resource: string) => new CelResourceCheck(port, { ...NOWHERE, group, resource }),
  ],
  [
    "ResourceCheck.subresource(string): ResourceCheck",
    (check: CelResourceCheck, subresource: string) => check.with({ subresource }),
  ],
  [
    "ResourceCheck.namespace(string): ResourceCheck",
    (check: CelResourceCheck, namespace: string) => check.with({ namespace }),
  ],
  ["ResourceCheck.name(string): ResourceCheck", (check: CelResourceCheck, name: string) => check.with({ name })],
  [
    "ResourceCheck.check(string): Decision",
    ({ port, target }: CelResourceCheck, verb: string) => new CelVerdict(port.ask({ verb, ...target })),
  ],
  [
    "PathCheck.check(string): Decision",
    ({ port, path }: CelPathCheck, verb: string) => new CelVerdict(port.ask({ verb, path })),
  ],
  ["Decision.allowed(): bool", ({ decision }: CelVerdict) => decision.allowed],
  ["Decision.reason(): string", ({ decision }: CelVerdict) => decision.reason],
  ["Decision.errored(): bool", () => false],
  ["Decision.error(): string", () => ""],
];
