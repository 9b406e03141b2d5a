import { describe, expect, it } from "vitest";
import type { Container, ContainerStatus, Pod, PodSpec, PodStatus } from "../../generated/types.ts";
import { podColumns, summarizePod } from "./columns.ts";

const NOW = Date.UTC(2026, 0, 1, 0, 10);

function pod(status: PodStatus, spec: Partial<PodSpec> = {}, deletionTimestamp?: string): Pod {
  const metadata = { name: "web", namespace: "default", uid: "", resourceVersion: "" };
  const creationTimestamp = "2026-01-01T00:00:00Z";
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...metadata, creationTimestamp, deletionTimestamp },
    spec: { containers: [{ name: "web" }], ...spec },
    status,
  };
}

function container(name: string, more: Partial<ContainerStatus>): ContainerStatus {
  return { name, image: "", imageID: "", ready: false, restartCount: 0, ...more };
}

function row(object: Pod, { wide }: { wide: boolean }): unknown[] {
  return podColumns.filter(({ priority = 0 }) => wide || priority === 0).map(({ cell }) => cell(object, { now: NOW }));
}

describe("kubectl get pods", () => {
  it("shows a running pod", () => {
    const running = container("web", { ready: true, state: { running: {} } });
    const status = { phase: "Running", podIPs: [{ ip: "10.1.0.5" }], containerStatuses: [running] };
    const object = pod(status, { nodeName: "worker-1", readinessGates: [{ conditionType: "x/y" }] });
    expect(row(object, { wide: false })).toEqual(["web", "1/1", "Running", "0", "10m"]);
    expect(row(object, { wide: true }).slice(5)).toEqual(["10.1.0.5", "worker-1", "<none>", "0/1"]);
  });

  it("says when the last restart was", () => {
    const crashed = container("web", {
      restartCount: 3,
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { exitCode: 1, finishedAt: "2026-01-01T00:09:40Z" } },
    });
    const object = pod({ phase: "Running", containerStatuses: [crashed] });
    expect(row(object, { wide: false })).toEqual(["web", "0/1", "CrashLoopBackOff", "3 (20s ago)", "10m"]);
  });

  it.each<[string, PodStatus, Partial<PodSpec>]>([
    ["Pending", { phase: "Pending" }, {}],
    ["Evicted", { phase: "Failed", reason: "Evicted" }, {}],
    ["Completed", { phase: "Succeeded", containerStatuses: [ended(0, "Completed")] }, {}],
    ["ExitCode:3", { phase: "Failed", containerStatuses: [ended(3, "")] }, {}],
    ["Signal:9", { phase: "Failed", containerStatuses: [signalled(9)] }, {}],
    ["SchedulingGated", { phase: "Pending", conditions: [gated()] }, {}],
    ["Init:1/2", initializing({ running: {} }), { initContainers: [{ name: "a" }, { name: "b" }] }],
    ["Init:ErrImagePull", initializing({ waiting: { reason: "ErrImagePull" } }), { initContainers: inits() }],
    ["Init:Error", initializing({ terminated: { exitCode: 1, reason: "Error" } }), { initContainers: inits() }],
    ["PodInitializing", waitingPod("PodInitializing"), {}],
  ])("%s", (text, status, spec) => {
    expect(summarizePod(pod(status, spec)).status).toBe(text);
  });

  it("shows a pod that is going away, unless its node is lost or it is over", () => {
    const at = "2026-01-01T00:09:00Z";
    expect(summarizePod(pod({ phase: "Running" }, {}, at)).status).toBe("Terminating");
    expect(summarizePod(pod({ phase: "Running", reason: "NodeLost" }, {}, at)).status).toBe("Unknown");
    expect(summarizePod(pod({ phase: "Succeeded" }, {}, at)).status).toBe("Succeeded");
  });

  it("counts sidecars among the containers", () => {
    const initContainers: Container[] = [{ name: "proxy", restartPolicy: "Always" }];
    const status: PodStatus = {
      phase: "Running",
      initContainerStatuses: [
        container("proxy", { ready: true, started: true, restartCount: 2, state: { running: {} } }),
      ],
      containerStatuses: [container("web", { ready: true, state: { running: {} } })],
    };
    expect(summarizePod(pod(status, { initContainers }))).toMatchObject({ ready: 2, total: 2, restarts: 2 });
  });

  it("is Running or NotReady when one of two containers is over", () => {
    const containers = [{ name: "a" }, { name: "b" }];
    const containerStatuses = [ended(0, "Completed"), container("b", { ready: true, state: { running: {} } })];
    const ready = [{ type: "Ready", status: "True" }];
    expect(summarizePod(pod({ containerStatuses }, { containers })).status).toBe("NotReady");
    expect(summarizePod(pod({ containerStatuses, conditions: ready }, { containers })).status).toBe("Running");
  });
});

function ended(exitCode: number, reason: string): ContainerStatus {
  return container("web", { state: { terminated: { exitCode, reason } } });
}

function signalled(signal: number): ContainerStatus {
  return container("web", { state: { terminated: { exitCode: 137, signal } } });
}

function gated(): { type: string; status: string; reason: string } {
  return { type: "PodScheduled", status: "False", reason: "SchedulingGated" };
}

function inits(): Container[] {
  return [{ name: "a" }, { name: "b" }];
}

function initializing(state: ContainerStatus["state"]): PodStatus {
  const done = container("a", { state: { terminated: { exitCode: 0 } } });
  return { phase: "Pending", initContainerStatuses: [done, container("b", { state })] };
}

function waitingPod(reason: string): PodStatus {
  return { phase: "Pending", containerStatuses: [container("web", { state: { waiting: { reason } } })] };
}
