/** In the header: which track and module is open, and a way to every other one. */
import { ChevronDown } from "lucide-react";
import { Menu } from "../../components/Menu.tsx";
import { inOrder, useLesson } from "../../state/lesson.ts";
import { openDialog, usePage } from "../../state/page.ts";
import { useT, useWords } from "../../words/translate.ts";
import { titleOf } from "./LessonList.tsx";
import { leaveLesson, openLesson, trackName } from "./open-lesson.ts";

export function TrackMenu() {
  const t = useT();
  const language = useWords((state) => state.code);
  const { index, text, finished } = useLesson();
  const ordered = inOrder(index);
  const tracks = [...new Set(ordered.map((entry) => entry.track))];
  const count = ordered.filter((entry) => entry.track === text?.track).length;
  const label =
    text === null
      ? t("track.none")
      : t("track.place", { track: trackName(text.track), order: text.order, count: Math.max(count, text.order) });
  return (
    <Menu
      named
      label={t("track.label", { place: label })}
      tip={t("track.tip")}
      className="btn track-menu"
      button={
        <>
          <span>{label}</span>
          <ChevronDown size={13} aria-hidden="true" />
        </>
      }
      groups={[
        ...tracks.map((track) => ({
          label: trackName(track),
          items: ordered
            .filter((entry) => entry.track === track)
            .map((entry) => ({
              id: entry.id,
              label: (
                <>
                  {entry.order}. {titleOf(entry, language)}
                  {finished.includes(entry.id) && <span className="state-ready"> ✓</span>}
                </>
              ),
              checked: entry.id === text?.id,
              onChoose: () => {
                usePage.setState(({ folded }) => ({ folded: { ...folded, lesson: false }, narrowRegion: "lesson" }));
                void openLesson(entry.id);
              },
            })),
        })),
        {
          items: [
            { id: "free", label: t("track.free"), checked: text === null, onChoose: leaveLesson },
            { id: "new-cluster", label: t("new.choose"), onChoose: () => openDialog("new-cluster") },
          ],
        },
      ]}
    />
  );
}
