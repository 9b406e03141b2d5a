/** All lessons by track, with what was finished here. */
import { inOrder, type LessonEntry, useLesson } from "../../state/lesson.ts";
import { useT, useWords } from "../../words/translate.ts";
import { openLesson } from "./open-lesson.ts";

export function LessonList({ index }: { index: LessonEntry[] }) {
  const t = useT();
  const language = useWords((state) => state.code);
  const finished = useLesson((state) => state.finished);
  const ordered = inOrder(index);
  const first = ordered.find((entry) => !finished.includes(entry.id));
  return (
    <ol className="lesson-list">
      {ordered.map((entry) => (
        <li key={entry.id}>
          <button type="button" className="lesson-entry" onClick={() => void openLesson(entry.id)}>
            <span className={`goal-mark${finished.includes(entry.id) ? " ok" : ""}`} aria-hidden="true">
              {finished.includes(entry.id) ? "✓" : entry.order}
            </span>
            <span>
              {titleOf(entry, language)}
              {entry === first && <em>{t("lesson.start-here")}</em>}
              {finished.includes(entry.id) && <small>{t("lesson.finished")}</small>}
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}

export function titleOf(entry: LessonEntry, language: string): string {
  return entry.title[language] ?? entry.title["en"] ?? entry.id;
}
