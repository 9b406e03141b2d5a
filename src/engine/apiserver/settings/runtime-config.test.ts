import { expect, it } from "vitest";
import { parseRuntimeConfig, servedBy } from "./runtime-config.ts";
import type { RuntimeConfig } from "./runtime-config.ts";

function problem(text: string): string | undefined {
  const config = parseRuntimeConfig(text);
  return "problem" in config ? config.problem : undefined;
}

it("what can't be is refused in the server's words", () => {
  expect(problem("batch/v1=false,api/beta=true,apps/v1/deployments")).toBeUndefined();
  expect(problem("api/all=false")).toBe("invalid key with only api/all=false");
  expect(problem("batch=false")).toBe("runtime-config invalid key batch");
  expect(problem("example.com/v1=true,foo/v1=true")).toBe("unknown api groups example.com,foo");
  expect(problem("batch/v2=true")).toBe("group version batch/v2 that has not been registered");
  expect(problem("api/beta=yes")).toBe("invalid value api/beta=yes");
  expect(problem("batch/v1=yes")).toBe(
    'invalid value of batch/v1: yes, err: strconv.ParseBool: parsing "yes": invalid syntax',
  );
  expect(problem("apps/v1/Deployments=false")).toBe(
    'invalid key apps/v1/Deployments: group/version/resource and resource is always lowercase plural, not "Deployments"',
  );
});

it("a resource goes before its version, and a version before its class", () => {
  const config = parseRuntimeConfig(
    "api/all=false,api/ga=true,batch/v1=false,batch/v1/jobs=true,resource.k8s.io/v1beta2",
  );
  const served = (group: string, version: string, plural: string): boolean | undefined =>
    servedBy(config as RuntimeConfig, { group, version, plural });
  expect([
    served("apps", "v1", "deployments"),
    served("batch", "v1", "cronjobs"),
    served("batch", "v1", "jobs"),
    served("resource.k8s.io", "v1beta2", "resourceclaims"),
    served("networking.k8s.io", "v1beta1", "ipaddresses"),
  ]).toEqual([true, false, true, true, false]);
  expect(servedBy(new Map(), { group: "apps", version: "v1", plural: "deployments" })).toBeUndefined();
});
