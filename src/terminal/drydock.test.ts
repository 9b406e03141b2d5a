import { describe, expect, it } from "vitest";
import { parseDrydock } from "./drydock.ts";

const parse = (line: string): unknown => parseDrydock(line.split(" "));

describe("drydock", () => {
  it("understands what the page's buttons say", () => {
    expect(parse("pause")).toEqual({ action: "pause" });
    expect(parse("speed 60×")).toEqual({ action: "speed", speed: 60 });
    for (const line of ["new ha", "new --preset ha", "new --preset=ha"])
      expect(parse(line)).toEqual({ action: "new", preset: "ha" });
    expect(parse("power off worker-1")).toEqual({ action: "power-off", node: "worker-1" });
    expect(parse("kill pod/web-1 nginx -n shop")).toEqual({
      action: "kill-container",
      namespace: "shop",
      pod: "web-1",
      container: "nginx",
    });
    expect(parse("link worker-1 worker-2 cut")).toEqual({
      action: "link",
      from: "worker-1",
      to: "worker-2",
      change: "cut",
      amount: 0,
    });
    expect(parse("link worker-1 latency 200ms")).toMatchObject({ to: "", change: "latency", amount: 200 });
    expect(parse("link worker-1 loss 20%")).toMatchObject({ change: "loss", amount: 20 });
    expect(parse("stop kube-scheduler")).toEqual({ action: "stop-component", component: "kube-scheduler" });
  });

  it("says what is wrong", () => {
    expect(parse("speed fast")).toBe("speed takes a number from 0.1 to 1000");
    expect(parse("new")).toBe("new takes a preset");
    expect(parse("new ha minikube")).toBe("new takes a preset");
    expect(parse("power worker-1")).toBe("power takes on or off, and a node's name");
    expect(parse("kill")).toBe("kill takes a pod's name and, if it has several, a container's");
    expect(parse("link worker-1")).toBe("link takes one node or two, and then cut, mend, latency or loss");
    expect(parse("link worker-1 loss much")).toBe("loss takes whole percent");
    expect(parse("link worker-1 cut it")).toBe("cut takes nothing more");
    expect(parse("dance")).toBe('unknown command "dance"');
  });
});
