import { describe, expect, it } from "vitest";
import { configMaps, pods, secrets } from "../api/registry.ts";
import type { Container } from "../api/generated/types.ts";
import { encodeBase64 } from "../base/base64.ts";
import { setDeepFreeze } from "../base/freeze.ts";
import { TestNode } from "./testing/test-node.ts";

setDeepFreeze(true);

const node = new TestNode();
const pass = (ms: number): void => node.sim.runUntil(node.sim.now + ms);
const shell = (script: string, rest: Partial<Container> = {}): Container => ({
  ...{ name: "app", image: "busybox:1.36", command: ["sh", "-c", script] },
  ...rest,
});
const statusOf = (name: string) => node.pod(name).status.containerStatuses?.[0];

describe("hooks", () => {
  it("a postStart that fails ends the container, and the status says why where the event doesn't", () => {
    const { uid } = node.bind("bad-start", {
      terminationGracePeriodSeconds: 5,
      containers: [
        shell("sleep 3600", {
          lifecycle: { postStart: { exec: { command: ["sh", "-c", "echo out; echo err >&2; exit 3"] } } },
        }),
      ],
    }).metadata;
    pass(5000);
    expect(node.events("bad-start").slice(0, 6)).toEqual([
      'Pulling Pulling image "busybox:1.36"',
      expect.stringMatching(/^Pulled Successfully pulled image "busybox:1.36" in /),
      "Created Container created",
      "Started Container started",
      "FailedPostStartHook PostStartHook failed",
      "Killing FailedPostStartHook",
    ]);
    expect(statusOf("bad-start")?.state?.waiting).toEqual({
      reason: "PostStartHookError",
      message: `Exec lifecycle hook ([sh -c echo out; echo err >&2; exit 3]) for Container "app" in Pod "bad-start_default(${uid})" failed - error: command 'sh -c echo out; echo err >&2; exit 3' exited with 3: err\n, message: "out\\nerr\\n"`,
    });
    pass(15_000);
    expect(statusOf("bad-start")?.restartCount).toBeGreaterThan(0);
    expect(statusOf("bad-start")?.state?.waiting?.reason).toBe("CrashLoopBackOff");
  });

  it("a preStop that fails is told of and stops nothing; one that lasts has its time within the grace period", () => {
    const lifecycle = { preStop: { httpGet: { path: "/bye", port: 81 } } };
    node.bind("bad-stop", { containers: [{ name: "app", image: "nginx:1.27", lifecycle }] });
    pass(15_000);
    node.admin.resource(pods).delete("default", "bad-stop");
    pass(3000);
    expect(node.events("bad-stop").slice(-2)).toEqual([
      "Killing Stopping container app",
      "FailedPreStopHook PreStopHook failed",
    ]);
    expect(() => node.pod("bad-stop")).toThrow("not found");
  });
});

describe("the last words of a container", () => {
  it("are what it wrote to its file, else the end of its log where it asks for that and has failed", () => {
    const policy = { terminationMessagePolicy: "FallbackToLogsOnError" };
    const cases: Record<string, Container> = {
      file: shell("echo noise; printf 'disk is full' > /dev/termination-log; exit 1", policy),
      own: shell("printf bye > /tmp/words; exit 0", { terminationMessagePath: "/tmp/words" }),
      log: shell("for i in $(seq 1 100); do echo line $i; done; exit 2", policy),
      well: shell("echo fine", policy),
      silent: shell("echo lost; exit 1"),
    };
    for (const [name, container] of Object.entries(cases)) {
      node.bind(`words-${name}`, { restartPolicy: "Never", containers: [container] });
    }
    pass(15_000);
    const message = (name: string) => statusOf(`words-${name}`)?.state?.terminated?.message;
    expect([message("file"), message("own"), message("well"), message("silent")]).toEqual([
      "disk is full",
      "bye",
      undefined,
      undefined,
    ]);
    // Eighty lines at most.
    expect(message("log")?.split("\n").slice(0, 2)).toEqual(["line 21", "line 22"]);
  });

  it("stay with the last state of one that has been started again", () => {
    const container = shell("sleep 10; printf expired > /dev/termination-log");
    node.bind("again", { containers: [container] });
    pass(13_000);
    expect(statusOf("again")).toMatchObject({
      state: { running: {} },
      lastState: { terminated: { message: "expired" } },
    });
  });
});

describe("a container's environment", () => {
  it("has all keys of ConfigMaps and Secrets with a prefix, fields, resources, and variables of variables", () => {
    const metadata = { namespace: "default", name: "all" };
    node.admin.resource(configMaps).create({ metadata, data: { color: "blue", size: "big" } });
    node.admin.resource(secrets).create({ metadata, data: { password: encodeBase64("s3cret") } });
    node.bind("env", {
      restartPolicy: "Never",
      containers: [
        shell("env | grep -v KUBERNETES | sort; echo $(URL) $$(URL)", {
          envFrom: [
            { prefix: "CFG_", configMapRef: { name: "all" } },
            { secretRef: { name: "all" } },
            { configMapRef: { name: "none", optional: true } },
          ],
          env: [
            { name: "HOST", value: "db" },
            { name: "URL", value: "http://$(HOST):$(PORT)/$$(HOST)" },
            { name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
            { name: "LIMIT", valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1Mi" } } },
            { name: "color", valueFrom: { configMapKeyRef: { name: "all", key: "color" } } },
          ],
          resources: { limits: { memory: "64Mi" } },
        }),
      ],
    });
    pass(15_000);
    const log = node.kubelet.worker("default", "env")?.slots[0]?.current?.log.since(0) ?? [];
    const lines = log.map(({ text }) => text);
    expect(lines.filter((line) => /^(CFG_|HOST=|URL|NODE|LIMIT|color|password)/.test(line))).toEqual([
      "CFG_color=blue",
      "CFG_size=big",
      "HOST=db",
      "LIMIT=64",
      "NODE=worker-1",
      "URL=http://db:$(PORT)/$(HOST)",
      "color=blue",
      "password=s3cret",
    ]);
  });
});
