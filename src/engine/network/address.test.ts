import { describe, expect, it } from "vitest";
import { formatAddress, formatSocket, inRange, isLoopback, parseAddress, parseRange } from "./address.ts";

describe("addresses", () => {
  it("come back as the canonical text, whichever way they were written", () => {
    const same: [text: string, canonical: string][] = [
      ["10.244.1.5", "10.244.1.5"],
      ["255.255.255.255", "255.255.255.255"],
      ["fd00:10:244:0:0:0:0:5", "fd00:10:244::5"],
      ["FD00:0010:0244::0005", "fd00:10:244::5"],
      ["::", "::"],
      ["::1", "::1"],
      ["1::", "1::"],
      ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
      ["1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"],
      ["::ffff:10.0.0.1", "::ffff:a00:1"],
    ];
    for (const [text, canonical] of same) expect(formatAddress(parseAddress(text))).toBe(canonical);
    expect(parseAddress("FD00:0010:0244::0005")).toBe(parseAddress("fd00:10:244::5"));
  });

  it("are -1 for anything else", () => {
    for (const text of [
      "",
      "web",
      "1.2.3",
      "1.2.3.256",
      "1.2.3.4.5",
      ":",
      ":::",
      "1::2::3",
      "1:2:3:4:5:6:7",
      "g::",
      "1.2.3.4::",
    ])
      expect([text, parseAddress(text)]).toEqual([text, -1]);
  });

  it("lie in ranges of their own family", () => {
    const four = parseRange("10.244.1.0/24");
    const six = parseRange("fd00:10:244::/64");
    const inside = (text: string) => [inRange(four, parseAddress(text)), inRange(six, parseAddress(text))];
    expect(["10.244.1.255", "10.244.2.0", "fd00:10:244::ffff", "fd00:10:245::"].map(inside)).toEqual([
      [true, false],
      [false, false],
      [false, true],
      [false, false],
    ]);
    expect([parseRange("10.0.0.0/33"), parseRange("fd00::/129"), parseRange("fd00::")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(inRange(parseRange("0.0.0.0/0"), parseAddress("203.0.113.1"))).toBe(true);
    expect([
      isLoopback(parseAddress("::1")),
      isLoopback(parseAddress("127.8.0.1")),
      isLoopback(parseAddress("::2")),
    ]).toEqual([true, true, false]);
    expect(formatSocket(parseAddress("fd00::1"), 80)).toBe("[fd00::1]:80");
  });
});
