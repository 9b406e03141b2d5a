import { describe, expect, it } from "vitest";
import { Traffic } from "./traffic.ts";

describe("the traffic of edges", () => {
  it("is told while it is fresh, of stations that are known", () => {
    const traffic = new Traffic((station) => (station === "pod/default/gone" ? undefined : station.toUpperCase()));
    const line = (id: number, time: number, detail: object): void =>
      traffic.see({ id, time, kind: "traffic", subject: "", detail: JSON.stringify(detail) });
    line(1, 1000, { from: "laptop", to: "node/a", requests: 7, errors: 1, ms: 3 });
    line(2, 1000, { from: "laptop", to: "pod/default/gone", requests: 7, errors: 1, ms: 3 });
    line(3, 2000, { from: "node/a", to: "node/b", requests: 2, errors: 0, ms: 9 });
    expect(traffic.ratesAt(2100)).toEqual([
      { from: "LAPTOP", to: "NODE/A", perSecond: 7, errors: 1, ms: 3 },
      { from: "NODE/A", to: "NODE/B", perSecond: 2, errors: 0, ms: 9 },
    ]);
    expect(traffic.ratesAt(3000)).toEqual([{ from: "NODE/A", to: "NODE/B", perSecond: 2, errors: 0, ms: 9 }]);
    expect(traffic.ratesAt(4000)).toEqual([]);
    expect(traffic.take()).toBeUndefined();
  });
});
