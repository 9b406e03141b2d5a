/**
 * Turns `public/lessons/<id>/<language>.md` into what the page shows. Markdown is rendered when the site is built, so
 * the page carries no parser. A fence marked `run` becomes a command with a button.
 */
import { readdirSync, readFileSync } from "node:fs";
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import yamlHighlight from "highlight.js/lib/languages/yaml";
import { Marked } from "marked";
import { parse } from "yaml";
import type { Lesson } from "../src/lessons/lesson.ts";

hljs.registerLanguage("sh", bash);
hljs.registerLanguage("yaml", yamlHighlight);

export type LessonBlock =
  | { type: "html"; html: string }
  | { type: "command"; command: string }
  | { type: "hint"; html: string };

/** `lessons/<id>/<language>.json` */
export interface LessonPage {
  id: string;
  track: string;
  order: number;
  title: string;
  estimatedMinutes: number;
  blocks: LessonBlock[];
  objectives: { id: string; text: string }[];
}

interface Words {
  title: string;
  objectives: Record<string, string>;
  hints: string[];
}

const LESSONS = new URL("../public/lessons/", import.meta.url);

const marked = new Marked({
  renderer: {
    code({ text, lang }) {
      const language = lang ?? "";
      const html =
        hljs.getLanguage(language) === undefined ? escapeHtml(text) : hljs.highlight(text, { language }).value;
      return `<pre><code>${html}</code></pre>`;
    },
  },
});

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function render(markdown: string): string {
  return marked.parse(markdown, { async: false }).trim();
}

function renderInline(markdown: string): string {
  return marked.parseInline(markdown, { async: false });
}

export function lessonIds(): string[] {
  return readdirSync(LESSONS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

export function readLesson(id: string): Lesson {
  return JSON.parse(readFileSync(new URL(`${id}/lesson.json`, LESSONS), "utf8")) as Lesson;
}

function languages(id: string): string[] {
  return readdirSync(new URL(`${id}/`, LESSONS)).flatMap((name) => (name.endsWith(".md") ? [name.slice(0, -3)] : []));
}

/** Splits a lesson's text at its `run` fences. */
function blocksOf(body: string): LessonBlock[] {
  const blocks: LessonBlock[] = [];
  for (const [index, piece] of body.split(/^```run\n([\s\S]*?)^```$/m).entries()) {
    if (index % 2 === 1) blocks.push({ type: "command", command: piece.trim() });
    else if (piece.trim() !== "") blocks.push({ type: "html", html: render(piece) });
  }
  return blocks;
}

export function renderLesson(id: string, language: string): LessonPage {
  const { track, order, minutes, objectives } = readLesson(id);
  const source = readFileSync(new URL(`${id}/${language}.md`, LESSONS), "utf8");
  const [, front = "", body = ""] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(source) ?? [];
  const words = parse(front) as Words;
  return {
    id,
    track,
    order,
    title: words.title,
    estimatedMinutes: minutes,
    blocks: [...blocksOf(body), ...words.hints.map((hint) => ({ type: "hint" as const, html: renderInline(hint) }))],
    objectives: objectives.map((objective) => {
      const text = words.objectives[objective.id];
      if (text === undefined) throw new Error(`lesson ${id}, ${language}: objective "${objective.id}" has no text`);
      return { id: objective.id, text: renderInline(text) };
    }),
  };
}

/** Every file that the page fetches, by its path below `lessons/`. */
export function lessonFiles(): Map<string, unknown> {
  const files = new Map<string, unknown>();
  const index = lessonIds().map((id) => {
    const { track, order } = readLesson(id);
    const title: Record<string, string> = {};
    for (const language of languages(id)) {
      const page = renderLesson(id, language);
      title[language] = page.title;
      files.set(`${id}/${language}.json`, page);
    }
    return { id, track, order, title };
  });
  files.set(
    "index.json",
    index.sort((a, b) => a.track.localeCompare(b.track) || a.order - b.order),
  );
  return files;
}
