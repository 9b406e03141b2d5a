/** What must become true, each with a tick or with what is not true yet; a reason that several share is said once. */
import type { Message } from "../../../worker/protocol.ts";
import type { LessonText } from "../../state/lesson.ts";
import { useLesson } from "../../state/lesson.ts";
import { say, useT } from "../../words/translate.ts";

export function Objectives({ text }: { text: LessonText }) {
  const t = useT();
  const progress = useLesson((state) => (state.progress?.id === text.id ? state.progress : null));
  const states = new Map(progress?.objectives.map((objective) => [objective.id, objective]));
  const said = new Set<string>();
  const reason = (missing: Message | undefined): string => {
    const text = missing === undefined ? "" : say(missing);
    if (said.has(text)) return "";
    said.add(text);
    return text;
  };
  return (
    <section className={`goal${progress?.done === true ? " done" : ""}`} aria-labelledby="goal-title">
      <h3 id="goal-title">{t(progress?.done === true ? "lesson.goal-done" : "lesson.goal")}</h3>
      <ul>
        {text.objectives.map(({ id, text: words }) => {
          const state = states.get(id);
          const done = state?.done === true;
          const missing = reason(state?.missing);
          return (
            <li key={id}>
              <span
                className={`goal-mark${done ? " ok" : ""}`}
                role="img"
                aria-label={t(done ? "lesson.met" : "lesson.unmet")}
              >
                {done && (
                  <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
                    <path d="m1.6 5.3 2.3 2.3 4.4-5" fill="none" stroke="currentColor" strokeWidth="1.7" />
                  </svg>
                )}
              </span>
              <span>
                <span dangerouslySetInnerHTML={{ __html: words }} />
                {missing !== "" && <small>{missing}</small>}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
