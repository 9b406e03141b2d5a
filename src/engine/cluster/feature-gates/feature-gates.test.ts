import { expect, it } from "vitest";
import { gatesWithoutEffect, isEnabled, parseFeatureGates } from "./feature-gates.ts";
import type { FeatureGates } from "./feature-gates.ts";

function problem(text: string): string | undefined {
  const read = parseFeatureGates(text);
  return "problem" in read ? read.problem : undefined;
}

function gates(text: string): FeatureGates {
  const read = parseFeatureGates(text);
  if ("problem" in read) throw new Error(read.problem);
  return read.gates;
}

it("what can't be set is refused in the words of the gates' library", () => {
  expect(problem("HPAScaleToZero=true,kube:MemoryQoS=T")).toBeUndefined();
  expect(problem("PodSecurity=true")).toBe("unrecognized feature gate: PodSecurity");
  expect(problem("SidecarContainers=false")).toBe(
    "cannot set feature gate SidecarContainers to false, feature is locked to true",
  );
  expect(problem("SidecarContainers=false,NodeSwap=0,Nothing=1")).toBe(
    "[cannot set feature gate SidecarContainers to false, feature is locked to true, cannot set feature gate NodeSwap to false, feature is locked to true, unrecognized feature gate: Nothing]",
  );
  expect(problem("HPAScaleToZero")).toBe("missing bool value for HPAScaleToZero");
  expect(problem("HPAScaleToZero=yes")).toBe(
    'invalid value of HPAScaleToZero=yes, err: strconv.ParseBool: parsing "yes": invalid syntax',
  );
  expect(problem("wardle:HPAScaleToZero=true")).toBe("component not registered: wardle");
});

it("gates of features that are to stay or to go are warned of", () => {
  expect(parseFeatureGates("SidecarContainers=true,KMSv1=true")).toMatchObject({
    warnings: [
      "Setting GA feature gate SidecarContainers=true. It will be removed in a future release.",
      "Setting deprecated feature gate KMSv1=true. It will be removed in a future release.",
    ],
  });
});

it("a gate is as it was set, or as its stage was, or as it is by default", () => {
  const set = gates("AllAlpha=true,MemoryQoS=false,AllBeta=false");
  const named = ["HPAScaleToZero", "MemoryQoS", "EnvFiles", "NodeSwap", "Nothing"];
  expect(named.map((name) => isEnabled(set, name))).toEqual([true, false, false, true, false]);
  expect(named.map((name) => isEnabled(new Map(), name))).toEqual([false, false, true, true, false]);
});

it("of gates that are set to something else than their default those that change nothing are named", () => {
  const set = gates("EnvFiles=false,HPAConfigurableTolerance=true,GracefulNodeShutdown=false");
  expect(gatesWithoutEffect("kubelet", set)).toEqual(["EnvFiles=false"]);
  expect(gatesWithoutEffect("kube-scheduler", set)).toEqual(["EnvFiles=false", "GracefulNodeShutdown=false"]);
});
