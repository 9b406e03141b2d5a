import { describe, expect, it } from "vitest";
import { setDeepFreeze } from "../base/freeze.ts";
import type { HttpExchange } from "../base/http.ts";
import { TestNode } from "./testing/test-node.ts";
import { worker } from "./testing/test-images.ts";

setDeepFreeze(true);

interface Call {
  exchange: HttpExchange;
  status: number;
  /** Body, or what came on channels 1 and 2. */
  text: string;
  final: string;
  ended: boolean;
}

function call(node: TestNode, method: "GET" | "POST", path: string): Call {
  const heard: Call = { exchange: undefined as never, status: 0, text: "", final: "", ended: false };
  const url = `https://192.168.49.3:10250${path}`;
  heard.exchange = node.kubelet.carrier.send(
    { method, url, headers: {}, body: "", upgrade: method === "POST" },
    {
      head: (status) => void (heard.status = status),
      data: (text) => void (heard.text += text),
      frame: (channel, text) => void (channel === 3 ? (heard.final = text) : (heard.text += text)),
      end: () => void (heard.ended = true),
      fail: (errno) => void (heard.final = errno),
    },
  );
  return heard;
}

function started(): TestNode {
  const node = new TestNode({ images: [worker] });
  const command = ["sh", "-c", "for i in 1 2 3; do echo line $i; done; echo wrong >&2; sleep 20; exit 4"];
  node.bind("app", { containers: [{ name: "app", image: "busybox:1.36", command }] });
  node.sim.runUntil(node.sim.now + 8000);
  return node;
}

const LOGS = "/containerLogs/default/app/app";

describe("logs", () => {
  it("gives all lines, the last ones, the first bytes, or lines with their times", () => {
    const node = started();
    expect(call(node, "GET", LOGS)).toMatchObject({
      status: 200,
      text: "line 1\nline 2\nline 3\nwrong\n",
      ended: true,
    });
    expect(call(node, "GET", `${LOGS}?tailLines=2`).text).toBe("line 3\nwrong\n");
    expect(call(node, "GET", `${LOGS}?limitBytes=9`).text).toBe("line 1\nli");
    expect(call(node, "GET", `${LOGS}?timestamps=true&tailLines=1`).text).toMatch(
      /^2026-01-01T00:00:0\d\.\d{9}Z wrong\n$/,
    );
    expect(call(node, "GET", `${LOGS}?sinceSeconds=1`).text).toBe("");
  });

  it("follows until the container ends, and keeps the previous log after the restart", () => {
    const node = started();
    const following = call(node, "GET", `${LOGS}?follow=true&tailLines=0`);
    expect(following.ended).toBe(false);
    node.sim.runUntil(node.sim.now + 30_000);
    expect(following).toMatchObject({ text: "", ended: true });
    expect(call(node, "GET", `${LOGS}?previous=true`).text).toBe("line 1\nline 2\nline 3\nwrong\n");
  });

  it("says why there is no log", () => {
    const node = new TestNode({ images: [worker] });
    node.bind("app", { containers: [{ name: "app", image: "nginx:nope" }] });
    node.sim.runUntil(node.sim.now + 500);
    expect(call(node, "GET", LOGS)).toMatchObject({
      status: 400,
      text: 'container "app" in pod "app" is waiting to start: ContainerCreating',
    });
    node.sim.runUntil(node.sim.now + 5000);
    expect(call(node, "GET", LOGS).text).toMatch(/is waiting to start: trying and failing to pull image$/);
    expect(call(node, "GET", `${LOGS}?previous=true`).text).toBe(
      'previous terminated container "app" in pod "app" not found',
    );
    expect(call(node, "GET", "/containerLogs/default/none/app").status).toBe(404);
  });
});

describe("exec", () => {
  it("runs a command in the container and tells its exit code", () => {
    const node = started();
    const command = ["sh", "-c", "echo $HOSTNAME; exit 3"]
      .map((word) => `command=${encodeURIComponent(word)}`)
      .join("&");
    const run = call(node, "POST", `/exec/default/app/app?${command}&output=1&error=1`);
    node.sim.runUntil(node.sim.now + 100);
    expect(run).toMatchObject({ status: 101, text: "app\n", ended: true });
    expect(JSON.parse(run.final)).toMatchObject({
      status: "Failure",
      reason: "NonZeroExitCode",
      details: { causes: [{ reason: "ExitCode", message: "3" }] },
    });
  });

  it("refuses to upgrade in plain text when the container does not run", () => {
    const refused = call(started(), "POST", "/exec/default/app/other?command=ls");
    expect(refused).toMatchObject({ status: 500, text: 'container not found ("other")', ended: true });
  });

  it("passes input on until it ends", () => {
    const node = started();
    const run = call(node, "POST", "/exec/default/app/app?command=cat&input=1&output=1");
    run.exchange.frame(0, "one\n");
    node.sim.runUntil(node.sim.now + 10);
    run.exchange.frame(0, "two\n");
    run.exchange.closeStdin();
    node.sim.runUntil(node.sim.now + 10);
    expect(run).toMatchObject({ text: "one\ntwo\n", final: '{"metadata":{},"status":"Success"}' });
  });

  it("works in a container whose main program is built in, and changes what it serves", () => {
    const node = new TestNode();
    node.bind("web", { containers: [{ name: "web", image: "nginx:1.27" }] });
    node.sim.runUntilIdle(60_000);
    const command = ["sh", "-c", "echo hello > /usr/share/nginx/html/index.html"];
    call(
      node,
      "POST",
      `/exec/default/web/web?${command.map((word) => `command=${encodeURIComponent(word)}`).join("&")}`,
    );
    node.sim.runUntil(node.sim.now + 100);
    const answer = node.network.exchange(node.network.node("worker-1")?.port() as never, {
      method: "GET",
      url: `http://${node.pod("web").status.podIP}/`,
      headers: { "User-Agent": "curl/8.14.1" },
      body: "",
    });
    expect(answer).toMatchObject({ response: { status: 200, body: "hello\n" } });
    expect(call(node, "GET", "/containerLogs/default/web/web?tailLines=1").text).toMatch(
      /^192\.168\.49\.3 - - \[01\/Jan\/2026:00:00:\d\d \+0000\] "GET \/ HTTP\/1\.1" 200 6 "-" "curl\/8\.14\.1" "-"\n$/,
    );
  });

  it("fails in the runtime's words when there is no such program", () => {
    const node = started();
    const run = call(node, "POST", "/exec/default/app/app?command=nope&output=1");
    expect(JSON.parse(run.final).message).toMatch(
      /unable to start container process: exec: "nope": executable file not found in \$PATH: unknown$/,
    );
  });
});

describe("attach", () => {
  it("joins the shell that a container with stdin and tty runs, and ends it when it leaves", () => {
    const node = new TestNode();
    const container = { name: "app", image: "busybox:1.36", stdin: true, stdinOnce: true, tty: true };
    node.bind("app", { containers: [container], restartPolicy: "Never" });
    node.sim.runUntil(node.sim.now + 8000);
    expect(node.pod("app").status.phase).toBe("Running");
    const session = call(node, "POST", "/attach/default/app/app?input=1&output=1&tty=1");
    session.exchange.frame(0, "echo $HOSTNAME\r");
    node.sim.runUntil(node.sim.now + 100);
    expect(session.text).toMatch(/echo \$HOSTNAME\r\n.*app\r\n/s);
    session.exchange.frame(0, "exit 5\r");
    node.sim.runUntil(node.sim.now + 3000);
    expect(session.ended).toBe(true);
    expect(node.pod("app").status.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(5);
  });

  it("shows what a server logs from then on", () => {
    const node = new TestNode();
    node.bind("app", { containers: [{ name: "app", image: "nginx:1.27" }] });
    node.sim.runUntilIdle(60_000);
    const session = call(node, "POST", "/attach/default/app/app?output=1");
    node.kubelet.worker("default", "app")?.slots[0]?.current?.kill("SIGHUP");
    expect(session.text).toMatch(/signal 1 \(SIGHUP\) received, reconfiguring\n$/);
  });
});
