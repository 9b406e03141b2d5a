/**
 * What every expression can use: CEL's own functions and Kubernetes' extensions. Upstream: apiserver
 * pkg/cel/environment/base.go. Built at first use: an engine without expressions pays nothing.
 */
import { Environment, Optional } from "@marcbachmann/cel-js";
import { addComprehensions, addOptionalMacros } from "./comprehensions.ts";
import { addressFunctions, CelAddress, CelNetwork } from "./functions/addresses.ts";
import {
  authorizerFunctions,
  CelAuthorizer,
  CelGroupCheck,
  CelPathCheck,
  CelResourceCheck,
  CelVerdict,
} from "./functions/authorizer.ts";
import { listFunctions } from "./functions/lists.ts";
import { CelFormat, formatFunctions } from "./functions/named-formats.ts";
import { CelQuantity, equalQuantities, quantityFunctions } from "./functions/quantities.ts";
import { stringFunctions } from "./functions/strings.ts";
import { CelUrl, urlFunctions } from "./functions/urls.ts";
import { CelVersion, compareVersions, versionFunctions } from "./functions/versions.ts";
import type { Overload } from "./functions/overload.ts";

class SetsNamespace {}
class StringsNamespace {}
class FormatNamespace {}

function same(a: unknown, b: unknown): boolean {
  return a === b;
}

/** Types that only functions make, with their equality. */
const TYPES = [
  ["Quantity", CelQuantity, equalQuantities],
  ["IP", CelAddress, (a: CelAddress, b: CelAddress) => a.toString() === b.toString()],
  ["CIDR", CelNetwork, (a: CelNetwork, b: CelNetwork) => a.toString() === b.toString()],
  ["URL", CelUrl, (a: CelUrl, b: CelUrl) => JSON.stringify(a) === JSON.stringify(b)],
  ["Semver", CelVersion, (a: CelVersion, b: CelVersion) => compareVersions(a, b) === 0],
  ["Format", CelFormat, (a: CelFormat, b: CelFormat) => a === b],
  ["Authorizer", CelAuthorizer, same],
  ["PathCheck", CelPathCheck, same],
  ["GroupCheck", CelGroupCheck, same],
  ["ResourceCheck", CelResourceCheck, same],
  ["Decision", CelVerdict, same],
] as const;

let base: Environment | undefined;
let dynamic: Environment | undefined;

/** An optional value; undefined: none. What `oldSelf` is under `optionalOldSelf`. */
export function optionalOf(value: unknown): unknown {
  return value === undefined ? Optional.none() : Optional.of(value);
}

/** The strict environment: variables must be declared. Clone it to declare some. */
export function baseEnvironment(): Environment {
  return (base ??= extended(new Environment({ enableOptionalTypes: true }), (signature) => signature));
}

/** The environment that programs run in: variables are what they are given. */
export function dynamicEnvironment(): Environment {
  return (dynamic ??= extended(
    new Environment({
      unlistedVariablesAreDyn: true,
      homogeneousAggregateLiterals: false,
      enableOptionalTypes: true,
    }),
    // What an unknown list's elements are can't be told before it is there.
    (signature) => signature.replace(/\bT\b/g, "dyn"),
  ));
}

let names: ReadonlySet<string> | undefined;

/** Of everything that can be called. */
export function functionNames(): ReadonlySet<string> {
  return (names ??= new Set(
    baseEnvironment()
      .getDefinitions()
      .functions.map(({ name }) => name),
  ));
}

function extended(environment: Environment, adapt: (signature: string) => string): Environment {
  for (const [name, ctor, equal] of TYPES) {
    environment.registerType(name, ctor as never);
    environment.registerOperator(`${name} == ${name}`, equal as never);
  }
  for (const [name, Namespace] of [
    ["sets", SetsNamespace],
    ["strings", StringsNamespace],
    ["format", FormatNamespace],
  ] as const) {
    environment.registerType(Namespace.name, Namespace as never);
    environment.registerConstant(name, Namespace.name, new Namespace() as never);
  }
  const functions: Overload[] = [
    ...listFunctions,
    ...stringFunctions,
    ...quantityFunctions,
    ...addressFunctions,
    ...urlFunctions,
    ...versionFunctions,
    ...formatFunctions(optionalOf),
    ...authorizerFunctions,
  ];
  for (const [signature, call] of functions) {
    environment.registerFunction(adapt(signature), ((...args: never[]) => call(...args)) as never, { async: false });
  }
  addComprehensions(environment);
  addOptionalMacros(environment, optionalOf);
  return environment;
}
