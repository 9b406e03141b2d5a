import { describe, expect, it } from "vitest";
import { durationMs, type Flag, parseFlags } from "./flags.ts";

const FLAGS: Flag[] = [
  { name: "namespace", short: "n", type: "string" },
  { name: "watch", short: "w", type: "bool" },
  { name: "all", short: "A", type: "bool" },
  { name: "output", short: "o", type: "string" },
  { name: "dry-run", type: "string", default: "none", bare: "unchanged" },
  { name: "label-columns", short: "L", type: "strings" },
  { name: "env", type: "array" },
  { name: "replicas", type: "int" },
];

function parse(line: string): ReturnType<typeof parseFlags> {
  return parseFlags(FLAGS, line.split(" "));
}

describe("flags", () => {
  it("reads every way to give a value", () => {
    for (const line of [
      "-n kube-system",
      "-nkube-system",
      "-n=kube-system",
      "--namespace kube-system",
      "--namespace=kube-system",
    ]) {
      expect(parse(line).values.string("namespace")).toBe("kube-system");
    }
  });

  it("reads clusters of one-letter flags", () => {
    const { values, args } = parse("pods -Awo wide");
    expect([values.bool("all"), values.bool("watch"), values.string("output"), args]).toEqual([
      true,
      true,
      "wide",
      ["pods"],
    ]);
  });

  it("takes no value for a flag that may stand alone", () => {
    const { values, args } = parse("--dry-run web");
    expect([values.string("dry-run"), args]).toEqual(["unchanged", ["web"]]);
  });

  it("splits lists at commas and repeats arrays as they are", () => {
    const { values } = parse("-L a,b -L c --env A=1,2 --env B=3");
    expect([values.list("label-columns"), values.list("env")]).toEqual([
      ["a", "b", "c"],
      ["A=1,2", "B=3"],
    ]);
  });

  it("leaves what stands after -- alone", () => {
    expect(parse("web -- ls -la").args).toEqual(["web", "ls", "-la"]);
    expect(parse("web -- ls -la").dash).toBe(1);
  });

  it.each([
    ["--foo", "unknown flag: --foo"],
    ["-wx", "unknown shorthand flag: 'x' in -x"],
    ["-n", "flag needs an argument: 'n' in -n"],
    ["--namespace", "flag needs an argument: --namespace"],
    [
      "--watch=maybe",
      'invalid argument "maybe" for "-w, --watch" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    ["--replicas=x", 'invalid argument "x" for "--replicas" flag: strconv.ParseInt: parsing "x": invalid syntax'],
  ])("refuses %s", (line, message) => {
    expect(() => parse(line)).toThrow(message);
  });

  it("reads Go's durations", () => {
    expect(["1m0s", "1.5h", "300ms", "0", "5"].map(durationMs)).toEqual([60_000, 5_400_000, 300, 0, undefined]);
  });
});
