import { describe, expect, it } from "vitest";
import { TestNode } from "../../kubelet/testing/test-node.ts";
import { piDigits } from "./perl.ts";

describe("π", () => {
  it("has its digits, the last one rounded", () => {
    expect([1, 2, 5, 12, 51].map(piDigits)).toEqual([
      "3",
      "3.1",
      "3.1416",
      "3.14159265359",
      "3.14159265358979323846264338327950288419716939937511",
    ]);
    expect(piDigits(2000)).toHaveLength(2001);
  });
});

describe("Languages in pods", () => {
  const node = new TestNode();
  const wait = (ms: number): void => void node.sim.runUntil(node.sim.now + ms);
  const start = (name: string, image: string, command: string[]): void => {
    node.bind(name, { containers: [{ name: "app", image, command }], restartPolicy: "Never" });
  };
  const ended = (name: string) => node.pod(name).status.containerStatuses?.[0]?.state?.terminated?.exitCode;
  const log = (name: string): string =>
    (node.kubelet.worker("default", name)?.slots[0]?.current?.log.since(0) ?? []).map(({ text }) => text).join("\n");
  start("pi", "perl:5.34.0", ["perl", "-Mbignum=bpi", "-wle", "print bpi(2000)"]);
  start("says", "python:3.12-slim", ["python", "-u", "-c", 'import time; print("a; b"); time.sleep(2); print(7)']);
  start("asks", "python:3.12", ["python3", "-c", "print(1)\nimport os\nos.fork()"]);
  start("lost", "node:20", ["node", "/app/server.js"]);
  start("fine", "node:20-alpine", ["node", "-e", "console.log('hi'); process.exit(3)"]);
  start("serves", "python:3", [
    "sh",
    "-c",
    "mkdir /www; echo ahoy > /www/a.txt; cd /www; exec python -m http.server 8080",
  ]);
  start("hog", "vish/stress", ["/stress", "-cpus", "1", "-mem-total", "100Mi", "-mem-alloc-size", "50Mi"]);
  wait(60_000);

  it("perl prints π and is done", () => {
    expect(ended("pi")).toBe(0);
    expect(log("pi")).toBe(piDigits(2000));
  });

  it("what is understood runs, and whatever is not is refused before anything ran", () => {
    expect([ended("says"), log("says")]).toEqual([0, "a; b\n7"]);
    expect([ended("asks"), log("asks")]).toEqual([1, "python: this playground does not run this statement: import os"]);
    expect([ended("fine"), log("fine")]).toEqual([3, "hi"]);
    expect(ended("lost")).toBe(1);
    expect(log("lost")).toMatch("Error: Cannot find module '/app/server.js'");
    expect(node.exec("serves", "python --version; node --version").split("\n")[0]).toBe("Python 3.0.0");
  });

  it("python serves the folder that it was started in", () => {
    expect(node.exec("serves", "curl -s localhost:8080/a.txt; curl -s localhost:8080/ | grep '<li>'")).toBe(
      'ahoy\n<li><a href="a.txt">a.txt</a></li>\n',
    );
    expect(node.exec("serves", "curl -s -o /dev/null -w '%{http_code}' localhost:8080/none")).toBe("404");
  });

  it("vish/stress takes what it is told to", () => {
    expect(log("hog")).toMatch('Allocating "100Mi" memory, in "50Mi" chunks, with a 1ms sleep between allocations');
    expect(log("hog")).toMatch('Allocated "100Mi" memory');
  });
});
