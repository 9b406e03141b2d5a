import { expect, it } from "vitest";
import { handlerOf } from "./runtime-handlers.ts";

it("a pod without a runtime class makes no node's disk, which costs as much as the pod", () => {
  let asked = 0;
  const disk = (): undefined => void asked++;
  expect([handlerOf("", disk), handlerOf("runc", disk), asked]).toEqual([{ kind: "runc" }, { kind: "runc" }, 0]);
  expect(handlerOf("runsc", disk)).toHaveProperty("problem");
  expect(asked).toBe(1);
});
