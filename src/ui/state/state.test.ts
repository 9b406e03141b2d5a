import { beforeEach, describe, expect, it } from "vitest";
import type { Happening, PodView } from "../../worker/protocol.ts";
import { applyTopology, useCluster } from "./cluster.ts";
import { addTab, deliverOutput, onOutput, removeTab, startSession, useDock } from "./dock.ts";
import { receiveFrame } from "./engine.ts";
import {
  actorName,
  addEvents,
  addHappenings,
  causeChain,
  forgetHappenings,
  useEvents,
  useHappenings,
} from "./happenings.ts";
import { inOrder, receiveLesson, useLesson } from "./lesson.ts";
import { isLit, refOfSubject, sameRef } from "./selection.ts";
import { formatElapsed, useTime } from "./time.ts";

const nothing = { nodes: [], pods: [], services: [], workloads: [], removed: [] };
const pod = (uid: string, status = "Running"): PodView => ({ uid, status }) as PodView;

describe("the cluster's store", () => {
  it("takes the whole picture, then changes, then what is gone", () => {
    applyTopology({ ...nothing, reset: true, pods: [pod("a"), pod("b")] });
    const { version } = useCluster.getState();
    applyTopology({ ...nothing, reset: false, pods: [pod("b", "Terminating")], removed: ["pod/a"] });
    const state = useCluster.getState();
    expect([...state.pods.values()]).toEqual([pod("b", "Terminating")]);
    expect(state.version).toBe(version + 1);
  });

  it("forgets everything at a reset", () => {
    applyTopology({ ...nothing, reset: true, pods: [pod("c")] });
    expect([...useCluster.getState().pods.keys()]).toEqual(["c"]);
  });

  it("removes by kind: a node's name may hold a slash's worth of anything", () => {
    applyTopology({ ...nothing, reset: true, pods: [pod("x/y")] });
    applyTopology({ ...nothing, reset: false, removed: ["node/x/y", "pod/x/y"] });
    expect(useCluster.getState().pods.size).toBe(0);
  });
});

describe("happenings", () => {
  const happening = (id: number, cause: number): Happening => ({
    id,
    time: id,
    kind: "write",
    actor: "",
    subject: "",
    detail: "",
    cause,
  });
  beforeEach(forgetHappenings);

  it("are kept up to a bound, oldest dropped with their index", () => {
    addHappenings(Array.from({ length: 2100 }, (_, at) => happening(at + 1, at)));
    const { list, byId } = useHappenings.getState();
    expect([list.length, byId.size, list[0]?.id]).toEqual([2000, 2000, 101]);
  });

  it("are followed to their first cause, and a circle ends", () => {
    addHappenings([happening(1, 0), happening(2, 1), happening(3, 2), happening(8, 9), happening(9, 8)]);
    const { byId } = useHappenings.getState();
    expect(causeChain(3, byId).map(({ id }) => id)).toEqual([3, 2, 1]);
    expect(causeChain(8, byId).map(({ id }) => id)).toEqual([8, 9]);
  });

  it("count an event up in place and move it to the end", () => {
    const event = (uid: string, count: number) => ({ uid, count }) as Parameters<typeof addEvents>[0][number];
    addEvents([event("a", 1), event("b", 1)]);
    addEvents([event("a", 2)]);
    expect([...useEvents.getState().byUid.values()]).toEqual([event("b", 1), event("a", 2)]);
  });
});

describe("the dock", () => {
  it("keeps terminals first, then files, then events, and shows the neighbour of a closed tab", () => {
    addTab({ id: "file-x", type: "file", path: "x", title: "x" });
    addTab({ id: "terminal-1", type: "terminal", terminal: 1, title: "", closable: false });
    expect(useDock.getState().tabs.map(({ id }) => id)).toEqual(["terminal-1", "file-x", "events"]);
    addTab({ id: "file-x", type: "file", path: "x", title: "x" });
    removeTab("file-x");
    expect(useDock.getState().active).toBe("terminal-1");
  });

  it("keeps what a terminal printed before it was drawn", () => {
    const heard: string[] = [];
    deliverOutput(7, "a");
    deliverOutput(7, "b");
    const stop = onOutput(7, (text) => heard.push(text));
    deliverOutput(7, "c");
    stop();
    deliverOutput(7, "d");
    expect(heard).toEqual(["ab", "c"]);
  });

  it("hands nothing of an old session to the terminals of a new one", () => {
    deliverOutput(9, "old");
    startSession();
    const heard: string[] = [];
    onOutput(9, (text) => heard.push(text));
    expect(heard).toEqual([]);
  });
});

describe("a frame", () => {
  it("reaches the stores that it is about and leaves the others alone", () => {
    const { tabs } = useDock.getState();
    receiveFrame({ time: { now: 5, elapsed: 2, paused: true, speed: 10, idle: false, running: false } });
    expect(useTime.getState().speed).toBe(10);
    expect(useDock.getState().tabs).toBe(tabs);
  });

  it("opens the editor that kubectl edit asks for", () => {
    receiveFrame({ requests: [{ type: "open-editor", edit: 3, title: "deployment/web", text: "a: 1" }] });
    expect(useDock.getState().active).toBe("file-edit-3");
  });
});

describe("small rules", () => {
  it("write the clock with days only when there are some", () => {
    expect(formatElapsed(252_900)).toBe("00:04:12");
    expect(formatElapsed(90_061_000)).toBe("1d 01:01:01");
  });

  it("light a pod for what its container did, and no other pod whose name begins alike", () => {
    const web = { kind: "Pod", namespace: "default", name: "web" };
    expect(isLit("pods/default/web/nginx", web)).toBe(true);
    expect(isLit("pods/default/web-2", web)).toBe(false);
    expect(isLit("nodes/web", { kind: "Node", namespace: "", name: "web" })).toBe(true);
    expect(sameRef(web, { ...web })).toBe(true);
    expect(refOfSubject("pods/default/web/nginx")).toEqual(web);
    expect(refOfSubject("deployments.apps/default/web")?.kind).toBe("Deployment");
    expect(actorName("system:serviceaccount:kube-system:job-controller")).toBe("job-controller");
    expect(actorName("system:node:worker-1")).toBe("kubelet/worker-1");
    expect(actorName("kubernetes-admin")).toBe("kubernetes-admin");
    expect(refOfSubject("nodes/worker-1")).toEqual({ kind: "Node", namespace: "", name: "worker-1" });
    expect(refOfSubject("http://web")).toBeNull();
  });

  it("remember a lesson as finished once", () => {
    const progress = { id: "one", objectives: [], done: true, hints: 0, showing: false };
    receiveLesson(progress);
    receiveLesson(progress);
    expect(useLesson.getState().finished).toEqual(["one"]);
  });

  it("order lessons by track, then by number", () => {
    const entry = (track: string, order: number) => ({ id: `${track}${order}`, track, order, title: {} });
    const ordered = inOrder([entry("b", 2), entry("a", 1), entry("b", 1)]);
    expect(ordered.map(({ id }) => id)).toEqual(["b1", "b2", "a1"]);
  });
});
