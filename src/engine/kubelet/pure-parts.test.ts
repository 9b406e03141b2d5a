import { describe, expect, it } from "vitest";
import type { ContainerStatus, PodSpec, Service } from "../api/generated/types.ts";
import { formatGoDuration } from "../base/go-duration.ts";
import { BackOff } from "./back-off.ts";
import { containersReady, podInitialized, podReady } from "./pod-conditions.ts";
import { expand } from "./expansion.ts";
import { podPhase } from "./pod-phase.ts";
import { serviceEnvironment } from "./service-environment.ts";

const status = (
  name: string,
  state: ContainerStatus["state"],
  rest: Partial<ContainerStatus> = {},
): ContainerStatus => ({
  name,
  image: "",
  imageID: "",
  ready: false,
  restartCount: 0,
  state,
  ...rest,
});
const running = (name: string) => status(name, { running: {} }, { ready: true, started: true });
const ended = (name: string, exitCode: number) => status(name, { terminated: { exitCode } });
const spec = (restartPolicy: string, rest: Partial<PodSpec> = {}): PodSpec => ({
  restartPolicy,
  containers: [{ name: "a" }, { name: "b" }],
  ...rest,
});

describe("pod phase", () => {
  it.each([
    ["Always", [], false, "Pending"],
    ["Always", [running("a"), running("b")], false, "Running"],
    ["Always", [running("a")], false, "Pending"],
    ["Always", [ended("a", 0), ended("b", 1)], false, "Running"],
    ["Always", [ended("a", 0), ended("b", 0)], true, "Succeeded"],
    ["Always", [ended("a", 0), ended("b", 1)], true, "Failed"],
    ["Never", [ended("a", 0), ended("b", 0)], false, "Succeeded"],
    ["Never", [ended("a", 0), ended("b", 1)], false, "Failed"],
    ["Never", [running("a"), ended("b", 1)], false, "Running"],
    ["OnFailure", [ended("a", 0), ended("b", 1)], false, "Running"],
    ["OnFailure", [ended("a", 0), ended("b", 0)], false, "Succeeded"],
  ])("%s %#", (policy, statuses, terminal, phase) => {
    expect(podPhase(spec(policy), statuses, terminal)).toBe(phase);
  });

  it("is Failed when an init container fails for good, Pending while it is tried again", () => {
    const initContainers = [{ name: "init" }];
    expect(podPhase(spec("Never", { initContainers }), [ended("init", 1)], false)).toBe("Failed");
    expect(podPhase(spec("Always", { initContainers }), [ended("init", 1)], false)).toBe("Pending");
  });

  it("counts a crashed container that waits as stopped", () => {
    const waiting = status(
      "a",
      { waiting: { reason: "CrashLoopBackOff" } },
      { lastState: { terminated: { exitCode: 1 } } },
    );
    expect(podPhase(spec("Always"), [waiting, running("b")], false)).toBe("Running");
  });
});

describe("pod conditions", () => {
  it("names the containers that aren't ready", () => {
    expect(containersReady(spec("Always"), [running("a")], "Running")).toEqual({
      status: "False",
      reason: "ContainersNotReady",
      message: "containers with unknown status: [b]",
    });
    expect(containersReady(spec("Always"), undefined, "Running").reason).toBe("UnknownContainerStatuses");
    expect(containersReady(spec("Never"), [ended("a", 0), ended("b", 0)], "Succeeded").reason).toBe("PodCompleted");
  });

  it("asks readiness gates after the containers", () => {
    const gated = spec("Always", { readinessGates: [{ conditionType: "gate" }] });
    expect(podReady(gated, [], { status: "True" })).toEqual({
      status: "False",
      reason: "ReadinessGatesNotReady",
      message: 'corresponding condition of pod readiness gate "gate" does not exist.',
    });
    expect(podReady(gated, [{ type: "gate", status: "False" }], { status: "True" }).message).toBe(
      'the status of pod readiness gate "gate" is not "True", but False',
    );
    expect(podReady(gated, [{ type: "gate", status: "True" }], { status: "True" })).toEqual({ status: "True" });
  });

  it("is initialized once every init container is done", () => {
    const initContainers = [{ name: "one" }, { name: "two" }];
    const pod = spec("Always", { initContainers });
    expect(podInitialized(pod, [status("one", {}, { ready: true }), status("two", {})], "Pending")).toEqual({
      status: "False",
      reason: "ContainersNotInitialized",
      message: "containers with incomplete status: [two]",
    });
  });
});

describe("expansion", () => {
  it.each([
    ["$(A)", "a"],
    ["$$(A)", "$(A)"],
    ["$(A)-$(B)", "a-b"],
    ["$(NONE)", "$(NONE)"],
    ["$(A", "$(A"],
    ["$$$(A)", "$a"],
    ["$A $", "$A $"],
    ["$(A$(B))", "$(A$(B))"],
    ["f()", "f()"],
  ])("%s", (input, output) => {
    const values: Record<string, string> = { A: "a", B: "b" };
    expect(expand(input, (name) => values[name])).toBe(output);
  });
});

describe("back-off", () => {
  it("doubles to five minutes and starts over after ten quiet minutes", () => {
    const backOff = new BackOff();
    const waits: number[] = [];
    let now = 0;
    for (let i = 0; i < 7; i++) {
      backOff.next(now);
      waits.push((backOff.until(now) - now) / 1000);
      now = backOff.until(now);
    }
    expect(waits).toEqual([10, 20, 40, 80, 160, 300, 300]);
    const later = now + 20 * 60_000;
    expect(backOff.until(later)).toBe(later);
    backOff.next(later);
    expect(backOff.current).toBe(10_000);
  });

  it("prints durations as Go does", () => {
    expect([0, 394, 2300, 60_000, 81_500, 3_600_000].map(formatGoDuration)).toEqual([
      "0s",
      "394ms",
      "2.3s",
      "1m0s",
      "1m21.5s",
      "1h0m0s",
    ]);
  });
});

describe("service variables", () => {
  it("tells of every service with an address", () => {
    const service = (name: string, clusterIP: string, port: number): Service =>
      ({ metadata: { name }, spec: { clusterIP, ports: [{ port, protocol: "TCP", name: "web" }] } }) as Service;
    expect(serviceEnvironment([service("my-web", "10.96.0.7", 80), service("headless", "None", 80)])).toEqual({
      MY_WEB_SERVICE_HOST: "10.96.0.7",
      MY_WEB_SERVICE_PORT: "80",
      MY_WEB_SERVICE_PORT_WEB: "80",
      MY_WEB_PORT: "tcp://10.96.0.7:80",
      MY_WEB_PORT_80_TCP: "tcp://10.96.0.7:80",
      MY_WEB_PORT_80_TCP_PROTO: "tcp",
      MY_WEB_PORT_80_TCP_PORT: "80",
      MY_WEB_PORT_80_TCP_ADDR: "10.96.0.7",
    });
  });
});
