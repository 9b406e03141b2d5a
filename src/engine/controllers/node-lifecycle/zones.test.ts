import { expect, it } from "vitest";
import { Zones } from "./zones.ts";

it("a zone that is dark is given up at the usual rate while another has light; with all dark none is", () => {
  const zones = new Zones(0.55);
  for (const name of ["a1", "a2", "a3"]) zones.set(name, "a", true);
  for (const name of ["b1", "b2"]) zones.set(name, "b", true);
  expect(zones.set("a1", "a", false)).toBe(false);
  expect([zones.of("a1")?.disruption, zones.isSilent("a1"), zones.isSilent("a2")]).toEqual(["none", true, false]);
  zones.set("a2", "a", false);
  expect(zones.set("a3", "a", false)).toBe(true);
  expect([zones.of("a1")?.disruption, zones.of("b1")?.disruption, zones.allSilent]).toEqual(["full", "none", false]);
  for (const name of ["b1", "b2"]) zones.set(name, "b", false);
  expect([zones.allSilent, zones.silent()]).toEqual([true, ["a1", "a2", "a3", "b1", "b2"]]);
  zones.remove("b2");
  zones.set("b1", "b", true);
  expect([zones.allSilent, zones.of("b1")?.size]).toEqual([false, 1]);
});
