/** Lesson words are files beside the page; fetched once, kept by the browser. */
import type { LessonEntry, LessonText } from "../../state/lesson.ts";

export interface LessonSource {
  index(): Promise<LessonEntry[]>;
  lesson(id: string, language: string): Promise<LessonText>;
}

async function read<T>(path: string): Promise<T> {
  const response = await fetch(new URL(path, document.baseURI));
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return (await response.json()) as T;
}

const files: LessonSource = {
  index: () => read<LessonEntry[]>("./lessons/index.json"),
  async lesson(id, language) {
    const path = (code: string): string => `./lessons/${encodeURIComponent(id)}/${code}.json`;
    // A lesson that is not translated yet is better read in English than not at all.
    return language === "en"
      ? read<LessonText>(path("en"))
      : read<LessonText>(path(language)).catch(() => read(path("en")));
  },
};

export async function lessonSource(): Promise<LessonSource> {
  if (import.meta.env.MODE !== "production" && new URLSearchParams(location.search).has("fake")) {
    return (await import("../../testing/fake-lessons.ts")).fakeLessons;
  }
  return files;
}
