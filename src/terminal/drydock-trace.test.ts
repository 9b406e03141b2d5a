import { describe, expect, it } from "vitest";
import { parseTrace } from "./drydock-trace.ts";

const parse = (what: "trace" | "why", line: string): unknown => parseTrace(what, line.split(" "));

describe("drydock trace and why: their words", () => {
  it("take a place, a URL and what curl would call its flags", () => {
    expect(parse("trace", "-n shop -X PUT -H A:b -m 2 pod/a web:8080/x --json")).toEqual({
      what: "trace",
      json: true,
      proof: true,
      trace: {
        action: "trace",
        from: "pod/shop/a",
        request: {
          method: "PUT",
          url: "http://web:8080/x",
          headers: { "User-Agent": "drydock-trace", Accept: "*/*", A: "b" },
          body: "",
          timeoutMs: 2000,
        },
      },
    });
    expect(parse("why", "pod/shop/web --no-trial")).toEqual({
      what: "why-object",
      proof: false,
      object: { action: "why", kind: "pod", namespace: "shop", name: "web" },
    });
    expect(parse("why", "web")).toMatchObject({ object: { kind: "pod", namespace: "default", name: "web" } });
    expect(parse("why", "svc/web -n shop")).toMatchObject({
      object: { kind: "service", namespace: "shop", name: "web" },
    });
    expect(parse("why", "pvc/data")).toMatchObject({ object: { kind: "persistentvolumeclaim", name: "data" } });
    expect(parse("why", "ingress/web")).toMatchObject({ object: { kind: "ingress", name: "web" } });
    expect(parse("why", "node/worker-1 http://web/")).toMatchObject({ trace: { from: "node/worker-1" } });
    expect(parse("why", "a http://web/ -d x=1")).toMatchObject({
      trace: { from: "pod/default/a", request: { method: "POST", body: "x=1" } },
    });
  });

  it("say what is wrong", () => {
    expect(parse("trace", "pod/a")).toBe("trace takes a place and a URL");
    expect(parse("trace", "pod/a http://b --fast")).toBe("unknown flag: --fast");
    expect(parse("trace", "pod/a http://b -m soon")).toBe("-m takes a number of seconds");
    expect(parse("trace", "pod/a http://b -H x")).toBe('"x" is no header: NAME: VALUE');
    expect(parse("why", "configmap/web")).toBe(
      'why takes a pod, a service, an ingress, a node, a claim, or a place and a URL, not "configmap/web"',
    );
  });
});
