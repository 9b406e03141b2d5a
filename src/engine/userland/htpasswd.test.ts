import { expect, it } from "vitest";
import { matchesHash } from "../base/apr1.ts";
import { htpasswd } from "./htpasswd.ts";
import { TestMachine } from "./testing/session.ts";

it("keeps a file of names and hashes, and prints one entry with -n", () => {
  const box = new TestMachine({ programs: { htpasswd: htpasswd.program("debian") } });
  const run = (line: string): [string, string, number] => {
    const { stdout, stderr, code } = box.run(line);
    return [stdout, stderr, code];
  };
  expect(run("htpasswd -b auth foo bar")).toEqual([
    "",
    "htpasswd: cannot modify file auth; use '-c' to create it\n",
    1,
  ]);
  expect(run("htpasswd -cb auth foo bar")).toEqual(["", "Adding password for user foo\n", 0]);
  expect(run("printf 'x\\nx\\n' | htpasswd auth joe")).toEqual([
    "",
    "New password: \nRe-type new password: \nAdding password for user joe\n",
    0,
  ]);
  expect(run("echo baz | htpasswd -i auth foo")).toEqual(["", "Updating password for user foo\n", 0]);
  const lines = run("cat auth")[0].trimEnd().split("\n");
  expect(lines.map((line) => line.split(":")[0])).toEqual(["foo", "joe"]);
  expect(matchesHash("baz", lines[0]?.split(":")[1] ?? "")).toBe(true);
  expect(run("printf 'x\\ny\\n' | htpasswd -n joe")).toEqual([
    "",
    "New password: \nRe-type new password: \nhtpasswd: password verification error\n",
    3,
  ]);
  expect(run("htpasswd -nbp joe x")).toEqual(["joe:x\n", "", 0]);
  expect(run("htpasswd -b auth")[2]).toBe(2);
  expect(run("htpasswd -B auth joe")[1]).toContain("htpasswd: invalid option -- 'B'");
});
