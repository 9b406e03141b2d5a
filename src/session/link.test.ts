import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { platformCompression } from "../worker/compression.ts";
import { LIMITS } from "./check.ts";
import { decodeLink, encodeLink, LINK_LIMITS } from "./link.ts";
import { newSession } from "./session.ts";
import type { Session } from "./session.ts";

const session: Session = {
  ...newSession({ seed: 7, preset: "minikube", setup: ["kind: Pod"] }),
  until: 90_000,
  inputs: [
    { t: 0, k: "open", terminal: 1, target: { kind: "laptop" } },
    { t: 1200, k: "line", terminal: 1, text: "kubectl run web --image=nginx # ünïcode 简体" },
    { t: 1200, k: "data", terminal: 1, text: "\u0003" },
    { t: 5000, k: "fault", fault: { kind: "power-off", node: "worker-1" } },
    { t: 6000, k: "edit", edit: 1, text: null },
  ],
  view: { lesson: "bootcamp-1", paused: true },
};

async function linkOf(value: unknown): Promise<string> {
  return encodeLink(value as Session, platformCompression);
}

describe("links", () => {
  it("carry a session there and back", async () => {
    const link = await linkOf(session);
    expect(link).toMatch(/^s=1\.[A-Za-z0-9_-]+$/);
    expect(await decodeLink(link, platformCompression)).toEqual({ ok: true, session });
  });

  it("carry any text in an input", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", maxLength: 200 }), async (text) => {
        const one: Session = { ...session, inputs: [{ t: 1, k: "line", terminal: 1, text }] };
        expect(await decodeLink(await linkOf(one), platformCompression)).toEqual({ ok: true, session: one });
      }),
      { seed: 3, numRuns: 50 },
    );
  });

  const bad: [string, () => Promise<string>, string][] = [
    ["no prefix", async () => "hello", "not-a-link"],
    ["a later version of links", async () => "s=2.abcd", "newer-version"],
    ["letters outside base64url", async () => "s=1.ab$d", "damaged"],
    ["data that doesn't inflate", async () => "s=1.AAAA", "damaged"],
    ["a cut link", async () => (await linkOf(session)).slice(0, -20), "damaged"],
    ["a fragment past the cap", async () => `s=1.${"A".repeat(LINK_LIMITS.fragment)}`, "too-long"],
    ["a bomb", async () => linkOf({ ...session, setup: ["x".repeat(LINK_LIMITS.inflated + 1)] }), "too-large"],
    ["a later version of sessions", async () => linkOf({ ...session, v: 2 }), "newer-version"],
    ["an unknown input", async () => linkOf({ ...session, inputs: [{ t: 0, k: "eval", text: "x" }] }), "invalid"],
    ["inputs out of order", async () => linkOf({ ...session, inputs: [...session.inputs].reverse() }), "invalid"],
    ["an input past the end", async () => linkOf({ ...session, until: 10 }), "invalid"],
    ["a replay of years", async () => linkOf({ ...session, until: LIMITS.until * 10 }), "invalid"],
    ["a seed that is no number", async () => linkOf({ ...session, seed: "1" }), "invalid"],
    ["null", async () => linkOf(null), "invalid"],
  ];
  it.each(bad)("say what is wrong with %s", async (_name, make, problem) => {
    expect(await decodeLink(await make(), platformCompression)).toEqual({ ok: false, problem });
  });

  it("never throw on noise", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 80 }), async (noise) => {
        const result = await decodeLink(`s=1.${noise}`, platformCompression);
        expect(result.ok).toBe(false);
      }),
      { seed: 5, numRuns: 200 },
    );
  });
});
