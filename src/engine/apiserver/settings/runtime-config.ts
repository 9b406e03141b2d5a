/**
 * `--runtime-config`: which versions of which groups, and which of their resources, a server serves. Upstream: apiserver
 * pkg/server/resourceconfig/helpers.go, pkg/server/options/api_enablement.go.
 */
import type { Resource } from "../../api/meta/resource.ts";
import { parseGoBool } from "../../base/go-errors.ts";

/** What was said of `api/beta`, `batch/v1`, `apps/v1/deployments`. */
export type RuntimeConfig = ReadonlyMap<string, boolean>;

/** The versions of each group that upstream's server knows, whether it serves them or not. */
const REGISTERED =
  ":v1 admissionregistration.k8s.io:v1,v1beta1,v1alpha1 apiextensions.k8s.io:v1,v1beta1 apiregistration.k8s.io:v1,v1beta1 apps:v1,v1beta2,v1beta1 authentication.k8s.io:v1,v1beta1,v1alpha1 authorization.k8s.io:v1,v1beta1 autoscaling:v2,v1,v2beta1,v2beta2 batch:v1,v1beta1 certificates.k8s.io:v1,v1beta1,v1alpha1 coordination.k8s.io:v1,v1beta1,v1alpha2 discovery.k8s.io:v1,v1beta1 events.k8s.io:v1,v1beta1 extensions:v1beta1 flowcontrol.apiserver.k8s.io:v1,v1beta3,v1beta2,v1beta1 imagepolicy.k8s.io:v1alpha1 internal.apiserver.k8s.io:v1alpha1 networking.k8s.io:v1,v1beta1 node.k8s.io:v1,v1beta1,v1alpha1 policy:v1,v1beta1 rbac.authorization.k8s.io:v1,v1beta1,v1alpha1 resource.k8s.io:v1,v1beta2,v1beta1,v1alpha3 scheduling.k8s.io:v1,v1beta1,v1alpha2,v1alpha1 storage.k8s.io:v1,v1beta1,v1alpha1 storagemigration.k8s.io:v1beta1";

/** In the order in which they are heeded, before what is said of single versions. */
const CLASSES: readonly (readonly [key: string, matches: RegExp])[] = [
  ["api/all", /^/],
  ["api/ga", /^v\d+$/],
  ["api/beta", /^v\d+beta\d+$/],
  ["api/alpha", /^v\d+alpha\d+$/],
];

export function parseRuntimeConfig(text: string): RuntimeConfig | { problem: string } {
  const words = text.split(",").filter((word) => word !== "");
  const given = new Map(words.map((word) => splitAt(word.trim())));
  if (given.size === 1 && given.get("api/all") === "false") {
    return { problem: "invalid key with only api/all=false" };
  }
  const problem = unknownKeys([...given.keys()]);
  if (problem !== undefined) return { problem };
  const config = new Map<string, boolean>();
  for (const [key, value] of given) {
    if (isClass(key) && value !== "true" && value !== "false") return { problem: `invalid value ${key}=${value}` };
    const [group = "", version = "", resource = ""] = key.split("/");
    if (!isClass(key) && versionsOf(group)?.includes(version) !== true) {
      return {
        problem: `group version ${group === "" ? version : `${group}/${version}`} that has not been registered`,
      };
    }
    const on = value === "" ? true : parseGoBool(value);
    if (typeof on !== "boolean") return { problem: `invalid value of ${key}: ${value}, err: ${on.problem}` };
    if (resource !== resource.toLowerCase()) {
      const rule = "group/version/resource and resource is always lowercase plural";
      return { problem: `invalid key ${key}: ${rule}, not ${JSON.stringify(resource)}` };
    }
    config.set(key, on);
  }
  return config;
}

function splitAt(word: string): [string, string] {
  const at = word.indexOf("=");
  return at < 0 ? [word, ""] : [word.slice(0, at).trim(), word.slice(at + 1).trim()];
}

function isClass(key: string): boolean {
  return CLASSES.some(([name]) => name === key);
}

function versionsOf(group: string): readonly string[] | undefined {
  const found = REGISTERED.split(" ").find((entry) => entry.startsWith(`${group}:`));
  return found?.slice(group.length + 1).split(",");
}

function unknownKeys(keys: readonly string[]): string | undefined {
  const single = keys.filter((key) => !isClass(key));
  const malformed = single.find((key) => ![2, 3].includes(key.split("/").length));
  if (malformed !== undefined) return `runtime-config invalid key ${malformed}`;
  const unknown = single.map((key) => key.split("/")[0] ?? "").filter((group) => versionsOf(group) === undefined);
  return unknown.length === 0 ? undefined : `unknown api groups ${unknown.join(",")}`;
}

/** Whether a resource is served; undefined: nothing is said of it. */
export function servedBy(
  config: RuntimeConfig,
  { group, version, plural }: Pick<Resource, "group" | "version" | "plural">,
): boolean | undefined {
  const own = config.get(`${group}/${version}/${plural}`) ?? config.get(`${group}/${version}`);
  if (own !== undefined) return own;
  let said: boolean | undefined;
  for (const [key, matches] of CLASSES) if (matches.test(version)) said = config.get(key) ?? said;
  return said;
}
