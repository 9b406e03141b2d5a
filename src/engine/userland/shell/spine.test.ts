import { expect, it } from "vitest";
import { TestMachine } from "../testing/session.ts";

it("runs a pipeline, a wait and a loop", () => {
  const box = new TestMachine();
  const outcome = box.run("echo a | grep a && sleep 1; for i in 1 2 3; do echo $i; done");
  expect(outcome).toEqual({ stdout: "a\n1\n2\n3\n", stderr: "", code: 0, ms: 1000 });
});

it("ends a writer whose reader is gone, by SIGPIPE", () => {
  const box = new TestMachine();
  expect(box.run("yes | head -2; echo ${PIPESTATUS[@]}")).toEqual({
    stdout: "y\ny\n141 0\n",
    stderr: "",
    code: 0,
    ms: 0,
  });
});

it("ends a program at Ctrl-C with 130", () => {
  const terminal = new TestMachine().terminal();
  expect(terminal.type("sleep 100\r", 500)).toBe("$ sleep 100\n");
  expect(terminal.type("\u0003")).toBe("^C\n$ ");
  expect(terminal.type("echo $?\r")).toBe("echo $?\n130\n$ ");
});
