/** The lesson that is open: its words come from files, its state from the worker. */
import { create } from "zustand";
import type { LessonState as Progress } from "../../worker/protocol.ts";
import { t } from "../words/translate.ts";
import { notify } from "./page.ts";
import { recall, remember } from "./storage.ts";

export type LessonBlock =
  | { type: "html"; html: string }
  | { type: "command"; command: string }
  | { type: "hint"; html: string };

export interface LessonText {
  id: string;
  track: string;
  order: number;
  title: string;
  blocks: LessonBlock[];
  objectives: { id: string; text: string }[];
  estimatedMinutes: number;
}

/** One line of `lessons/index.json`; titles by language. */
export interface LessonEntry {
  id: string;
  track: string;
  order: number;
  title: Record<string, string>;
}

interface LessonStore {
  index: LessonEntry[];
  text: LessonText | null;
  progress: Progress | null;
  loading: boolean;
  /** Set when the files could not be read. */
  problem: boolean;
  /** Ids of lessons that were finished on this machine. */
  finished: string[];
}

export const useLesson = create<LessonStore>(() => ({
  index: [],
  text: null,
  progress: null,
  loading: false,
  problem: false,
  finished: recall<string[]>("lessons.finished", []),
}));

export function receiveLesson(progress: Progress | null): void {
  const { finished, progress: before } = useLesson.getState();
  if (progress !== null && before?.id === progress.id) announce(before, progress);
  if (progress !== null && progress.done && !finished.includes(progress.id)) {
    const next = [...finished, progress.id];
    remember("lessons.finished", next);
    useLesson.setState({ finished: next });
  }
  useLesson.setState({ progress });
}

function announce(before: Progress, now: Progress): void {
  const reached = ({ objectives }: Progress): number => objectives.filter((objective) => objective.done).length;
  const done = reached(now);
  if (done <= reached(before)) return;
  notify(now.done ? t("lesson.all-reached") : t("lesson.progress", { done, count: now.objectives.length }));
}

/** Lessons in reading order: by track as the index names them first, then by `order`. */
export function inOrder(index: readonly LessonEntry[]): LessonEntry[] {
  const tracks = [...new Set(index.map((entry) => entry.track))];
  return index.toSorted((a, b) => tracks.indexOf(a.track) - tracks.indexOf(b.track) || a.order - b.order);
}
