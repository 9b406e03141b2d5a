import { describe, expect, it } from "vitest";
import { newSession } from "./session.ts";
import { summarize } from "./summary.ts";

describe("a session's summary", () => {
  it("says one line an input, and names what manifests hold", () => {
    const session = {
      ...newSession({
        seed: 1,
        preset: "default",
        setup: ["apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n---\nkind: Service\nmetadata:\n  name: front\n"],
      }),
      inputs: [
        { t: 0, k: "open" as const, terminal: 1, target: { kind: "laptop" as const } },
        { t: 1, k: "line" as const, terminal: 1, text: "kubectl get pods" },
        { t: 2, k: "line" as const, terminal: 1, text: "  " },
        {
          t: 3,
          k: "command" as const,
          argv: ["kubectl", "apply", "-f", "-"],
          stdin: "kind: Namespace\nmetadata:\n  name: shop\n",
        },
        { t: 4, k: "file" as const, path: "/home/learner/a.yaml", text: "" },
        { t: 5, k: "fault" as const, fault: { kind: "power-off" as const, node: "worker-1" } },
      ],
    };
    expect(summarize(session)).toEqual([
      "apply Pod/web",
      "apply Service/front",
      "$ kubectl get pods",
      "$ kubectl apply -f -",
      "  Namespace/shop",
      "write /home/learner/a.yaml",
      "power-off worker-1",
    ]);
  });

  it("is cut when it is long", () => {
    const line = { t: 0, k: "line" as const, terminal: 1, text: "true" };
    const summary = summarize({
      ...newSession({ seed: 1, preset: "default" }),
      inputs: Array.from({ length: 500 }, () => line),
    });
    expect(summary).toHaveLength(201);
    expect(summary.at(-1)).toBe("… 300");
  });
});
