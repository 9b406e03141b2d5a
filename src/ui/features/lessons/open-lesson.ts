/** Opens and leaves lessons. Which one is open is the worker's to say: a restored session or a link may carry one. */
import { engine } from "../../state/engine.ts";
import { useLesson } from "../../state/lesson.ts";
import { notify } from "../../state/page.ts";
import { en } from "../../words/en.ts";
import { t, useWords, type WordKey } from "../../words/translate.ts";
import { lessonSource } from "./lesson-files.ts";

export async function loadLessons(): Promise<void> {
  try {
    useLesson.setState({ index: await (await lessonSource()).index() });
  } catch {
    useLesson.setState({ problem: true });
  }
}

/** The lesson that was asked for and has not begun yet; progress of the one before is no longer of interest. */
let opening: string | undefined;

async function showWords(id: string): Promise<void> {
  const source = await lessonSource();
  useLesson.setState({ loading: true });
  try {
    const text = await source.lesson(id, useWords.getState().code);
    useLesson.setState({ text, problem: false });
  } finally {
    useLesson.setState({ loading: false });
  }
}

/** Shows the words and starts the lesson's own cluster. */
export async function openLesson(id: string): Promise<void> {
  opening = id;
  try {
    await showWords(id);
    await engine().startLesson(id);
  } catch {
    notify(t("lesson.problem"), "bad");
  } finally {
    opening = undefined;
  }
}

/** Follows the worker: shows the words of the lesson that it reports, if they are not shown already. */
export function followWorker(id: string | undefined): void {
  if (id === undefined || opening !== undefined || id === useLesson.getState().text?.id) return;
  void showWords(id).catch(() => useLesson.setState({ problem: true }));
}

export function leaveLesson(): void {
  useLesson.setState({ text: null, progress: null });
  void engine().leaveLesson();
}

/** The same lesson in the language that was just chosen. */
export function translateLesson(): void {
  const { text } = useLesson.getState();
  if (text !== null) void showWords(text.id).catch(() => useLesson.setState({ problem: true }));
}

/** A track is named by an id; its name is in the catalogue. */
export function trackName(track: string): string {
  const key = `track.name.${track}`;
  return key in en ? t(key as WordKey) : track;
}
