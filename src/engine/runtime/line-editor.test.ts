import { describe, expect, it } from "vitest";
import { LineEditor } from "./line-editor.ts";
import { inColumns, stripEscapes } from "./text-width.ts";

function editor(history: string[] = [], columns = 80): LineEditor {
  const made = new LineEditor({ prompt: "$ ", history, columns });
  made.start();
  return made;
}

/** The line that these keys give. */
function line(keys: string, history: string[] = []): string {
  const { event } = editor(history).feed(`${keys}\r`);
  if (event?.type !== "line") throw new Error("no line");
  return event.line;
}

describe("keys", () => {
  it.each([
    ["abc\u0001X", "Xabc"],
    ["abc\u001b[D\u001b[D\u007f", "bc"],
    ["one two\u0017three", "one three"],
    ["one two\u001bb\u000b", "one "],
    ["one two\u0001\u001bd\u0005!", " two!"],
    ["hello\u0015bye", "bye"],
    ["ab cd\u0017\u0019\u0019", "ab cdcd"],
    ["a.b-c\u001b\u007f", "a.b-"],
    ["ab\u0014", "ba"],
    ["\u001b[200~pasted\tx\u001b[201~", "pasted\tx"],
    ["x\u0001\u001b[3~y", "y"],
  ])("%j → %j", (keys, expected) => {
    expect(line(keys)).toBe(expected);
  });

  it("holds half a sequence until the rest comes", () => {
    const made = editor(["old"]);
    expect(made.feed("\u001b[").event).toBeUndefined();
    made.feed("A");
    expect(made.feed("\r").event).toEqual({ type: "line", line: "old" });
  });
});

describe("history", () => {
  const history = ["first", "second", "kubectl get pods"];

  it("goes up and down and keeps what was being typed", () => {
    expect(line("\u001b[A\u001b[A", history)).toBe("second");
    expect(line("draft\u001b[A\u001b[B", history)).toBe("draft");
  });

  it("is searched by Ctrl-R, again for older, and Ctrl-G gives up", () => {
    expect(line("\u0012s", history)).toBe("kubectl get pods");
    expect(line("\u0012s\u0012", history)).toBe("second");
    expect(line("mine\u0012fir\u0007", history)).toBe("mine");
  });
});

describe("events", () => {
  it("leave the input behind them to the next reader", () => {
    const fed = editor().feed("one\rtwo\r");
    expect(fed.event).toEqual({ type: "line", line: "one" });
    expect(fed.rest).toBe("two\r");
  });

  it("tell Ctrl-D on an empty line from Ctrl-D in text", () => {
    expect(editor().feed("\u0004").event).toEqual({ type: "eof" });
    expect(editor().feed("a\u0001\u0004\r").event).toEqual({ type: "line", line: "" });
  });
});

describe("completion", () => {
  it("inserts a single match with a blank, several as far as they agree, and lists them at the second Tab", () => {
    const made = editor();
    expect(made.feed("ku\t").event).toEqual({ type: "complete", line: "ku", cursor: 2 });
    made.completed({ from: 0, candidates: ["kubectl"] });
    made.feed("get po\t");
    made.completed({ from: 12, candidates: ["poddisruptionbudgets", "pods"] });
    made.feed("\t");
    expect(made.completed({ from: 12, candidates: ["poddisruptionbudgets", "pods"] })).toBe("\u0007");
    made.feed("\t");
    const listed = stripEscapes(made.completed({ from: 12, candidates: ["poddisruptionbudgets", "pods"] }));
    expect(listed).toContain("poddisruptionbudgets  pods\r\n");
    expect(made.feed("s\r").event).toEqual({ type: "line", line: "kubectl get pods" });
  });
});

it("wraps on a narrow terminal and goes back up to redraw", () => {
  const made = editor([], 20);
  made.feed("a".repeat(30));
  expect(made.feed("\u0001").output).toBe(`\u001b[1A\r\u001b[J$ ${"a".repeat(30)}\u001b[1A\r\u001b[2C`);
});

it("lists names downwards", () => {
  expect(inColumns(["a", "bb", "ccc", "d"], 12)).toBe(
    "a   ccc\nbb  d\n".replaceAll("a   ccc", "a    ccc").replaceAll("bb  d", "bb   d"),
  );
});
