/** The lesson: its text with commands that run on a click, and what must become true, always in sight. */
import { useEffect } from "react";
import { ChevronLeft, ChevronRight } from "lucide-react";
import "./lessons.css";
import { CommandLine } from "../../components/CommandLine.tsx";
import { neighbourLesson, runCommand } from "../../state/actions.ts";
import { engine, startOver } from "../../state/engine.ts";
import { type LessonBlock, type LessonText, useLesson } from "../../state/lesson.ts";
import { usePage } from "../../state/page.ts";
import { useT, useWords } from "../../words/translate.ts";
import { Objectives } from "./Objectives.tsx";
import { followWorker, leaveLesson, loadLessons, openLesson, trackName, translateLesson } from "./open-lesson.ts";
import { LessonList } from "./LessonList.tsx";

export function Lessons() {
  const t = useT();
  const ready = usePage((state) => state.boot === "ready");
  const language = useWords((state) => state.code);
  const { text, problem, index } = useLesson();
  useEffect(() => {
    if (ready && useLesson.getState().index.length === 0) void loadLessons();
  }, [ready]);
  const reported = useLesson((state) => state.progress?.id);
  useEffect(() => followWorker(reported), [reported]);
  useEffect(translateLesson, [language]);
  if (text === null) {
    return (
      <div className="lesson">
        <h2 className="lesson-title">{t("lesson.choose")}</h2>
        {problem ? <p>{t("lesson.problem")}</p> : <p>{t("lesson.choose-text")}</p>}
        <LessonList index={index} />
      </div>
    );
  }
  return <Lesson text={text} />;
}

function Lesson({ text }: { text: LessonText }) {
  const t = useT();
  const progress = useLesson((state) => state.progress);
  const hints = progress?.hints ?? 0;
  const total = text.blocks.filter((block) => block.type === "hint").length;
  return (
    <article className="lesson" key={text.id}>
      <div className="lesson-scroll" tabIndex={0} role="group" aria-label={text.title}>
        <div className="lesson-top">
          <div className="eyebrow">
            {t("lesson.module", { track: trackName(text.track), order: text.order })} ·{" "}
            {t("lesson.minutes", { count: text.estimatedMinutes })}
          </div>
          <button type="button" className="link lesson-leave" onClick={leaveLesson}>
            {t("lesson.leave")}
          </button>
        </div>
        <h2 className="lesson-title">{text.title}</h2>
        <Blocks blocks={text.blocks} hints={hints} />
      </div>
      <div className="lesson-foot">
        <Objectives text={text} />
        <Actions hintsLeft={total - hints} />
      </div>
    </article>
  );
}

/** Text and commands in order; of the hints as many as were asked for, at their places. */
function Blocks({ blocks, hints }: { blocks: LessonBlock[]; hints: number }) {
  const t = useT();
  let hint = 0;
  return blocks.map((block, index) => {
    if (block.type === "command") return <CommandLine key={index} command={block.command} onRun={runCommand} />;
    if (block.type === "html") {
      // Written by us and rendered at build time; nothing from outside reaches it.
      return <div key={index} className="lesson-text" dangerouslySetInnerHTML={{ __html: block.html }} />;
    }
    hint += 1;
    if (hint > hints) return null;
    return (
      <aside key={index} className="hint">
        <b>{t("lesson.hint-number", { number: hint })}</b>
        <div dangerouslySetInnerHTML={{ __html: block.html }} />
      </aside>
    );
  });
}

function Actions({ hintsLeft }: { hintsLeft: number }) {
  const t = useT();
  const progress = useLesson((state) => state.progress);
  useLesson((state) => state.index);
  const previous = neighbourLesson(-1);
  const next = neighbourLesson(1);
  const done = progress?.done === true;
  return (
    <div className="lesson-actions">
      <button
        type="button"
        className="btn"
        disabled={hintsLeft <= 0}
        data-tip={t("lesson.hint-tip")}
        onClick={() => void engine().hint()}
      >
        {t("lesson.hint")}
      </button>
      <button
        type="button"
        className="btn"
        disabled={progress?.showing === true}
        data-tip={t("lesson.show-tip")}
        onClick={() => void engine().showMe()}
      >
        {t("lesson.show")}
      </button>
      <button type="button" className="btn" data-tip={t("lesson.over-tip")} onClick={() => void startOver()}>
        {t("lesson.over")}
      </button>
      <span className="lesson-turn">
        {previous !== undefined && (
          <button
            type="button"
            className="btn icon"
            aria-label={t("lesson.previous")}
            data-tip={t("lesson.previous")}
            onClick={() => void openLesson(previous)}
          >
            <ChevronLeft size={14} aria-hidden="true" />
          </button>
        )}
        {next !== undefined && (
          <button
            type="button"
            className={`btn ${done ? "primary" : "icon"}`}
            aria-label={t("lesson.next")}
            data-tip={t("lesson.next")}
            onClick={() => void openLesson(next)}
          >
            {done && t("lesson.next")}
            <ChevronRight size={14} aria-hidden="true" />
          </button>
        )}
      </span>
    </div>
  );
}
