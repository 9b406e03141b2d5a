import { describe, expect, it } from "vitest";
import { lessonIds, proveLesson } from "../cli/lessons.ts";

describe("lessons", () => {
  it("are the six modules of the bootcamp, at least", () => {
    expect(lessonIds().filter((id) => id.startsWith("bootcamp-"))).toHaveLength(6);
  });

  it.each(lessonIds())("%s is unsolved at the start and solved by its solution", async (id) => {
    expect(await proveLesson(id)).toEqual({ id, unsolvedAtStart: true, solvedAtEnd: true, problems: [] });
  });
});
