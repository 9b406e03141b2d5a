import { describe, expect, it } from "vitest";
import { deviceClasses } from "../../api/dra/device-class.ts";
import { resourceClaims } from "../../api/dra/resource-claim.ts";
import { setDeepFreeze } from "../../base/freeze.ts";
import { createTestScheduler } from "../testing/test-scheduler.ts";

setDeepFreeze(true);

describe("DynamicResources", () => {
  it("SCHED120 a pod with a claim to devices waits, and is told what is missing", () => {
    const { client, eventsOf, node, pod, settle, sim, where } = createTestScheduler();
    const messages = (name: string) => eventsOf(name).map((text) => text.replace("FailedScheduling: ", ""));
    node("a");
    node("b", { taints: [{ key: "only", effect: "NoSchedule" }] });
    pod("train", { resourceClaims: [{ name: "gpu", resourceClaimName: "one" }] });
    pod("made", { resourceClaims: [{ name: "gpu", resourceClaimTemplateName: "each" }] });
    settle();
    const notHelpful = "preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.";
    const unclaimed = `no new claims to deallocate, ${notHelpful}`;
    const head = "0/2 nodes are available:";
    expect(messages("train")).toEqual([`${head} could not find v1.ResourceClaim "default/one". ${unclaimed}`]);
    // Nobody has made its claim from the template: it isn't tried.
    expect(messages("made")).toEqual([]);
    const requests = [{ name: "card", exactly: { deviceClassName: "gpu.example.com" } }];
    client.resource(resourceClaims).create({
      metadata: { name: "one", namespace: "default" },
      spec: { devices: { requests } },
    });
    sim.runUntil(sim.now + 3000);
    expect(messages("train").at(-1)).toBe(
      `${head} request card: device class gpu.example.com does not exist. ${unclaimed}`,
    );
    client.resource(deviceClasses).create({ metadata: { name: "gpu.example.com" }, spec: {} });
    sim.runUntil(sim.now + 5000);
    expect(messages("train").at(-1)).toBe(
      `${head} 1 cannot allocate all claims, 1 node(s) had untolerated taint(s). still not schedulable, ${notHelpful}`,
    );
    expect(where("train")).toBe("");
  });
});
