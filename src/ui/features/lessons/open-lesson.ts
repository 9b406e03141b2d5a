/** Opens and leaves lessons: reads the words, tells the worker, remembers which one was open. */
import { engine } from "../../state/engine.ts";
import { inOrder, useLesson } from "../../state/lesson.ts";
import { notify } from "../../state/page.ts";
import { recall, remember } from "../../state/storage.ts";
import { t, useWords } from "../../words/translate.ts";
import { lessonSource } from "./lesson-files.ts";

export async function loadLessons(): Promise<void> {
  try {
    const source = await lessonSource();
    const index = await source.index();
    useLesson.setState({ index });
    const open = recall<string | null>("lessons.open", null);
    const chosen = index.find((entry) => entry.id === open) ?? (open === null ? inOrder(index)[0] : undefined);
    if (chosen !== undefined) await showWords(chosen.id);
  } catch {
    useLesson.setState({ problem: true });
  }
}

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
  try {
    await showWords(id);
    remember("lessons.open", id);
    await engine().startLesson(id);
  } catch {
    notify(t("lesson.problem"), "bad");
  }
}

export function leaveLesson(): void {
  remember("lessons.open", "");
  useLesson.setState({ text: null, progress: null });
  void engine().leaveLesson();
}

/** The same lesson in the language that was just chosen. */
export function translateLesson(): void {
  const { text } = useLesson.getState();
  if (text !== null) void showWords(text.id).catch(() => useLesson.setState({ problem: true }));
}
