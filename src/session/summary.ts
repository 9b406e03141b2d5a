import type { Session } from "./session.ts";

/** Most lines of a summary: enough to look inside before running. */
const MOST_LINES = 200;

/** What a session would do, one line an input, for "look inside first". Text comes from outside: show it as text only. */
export function summarize(session: Session): string[] {
  const lines: string[] = [];
  for (const manifest of session.setup) lines.push(...documentNames(manifest).map((name) => `apply ${name}`));
  for (const input of session.inputs) {
    if ((input.k === "line" || input.k === "shell") && input.text.trim() !== "") lines.push(`$ ${input.text}`);
    if (input.k === "command")
      lines.push(`$ ${input.argv.join(" ")}`, ...documentNames(input.stdin).map((name) => `  ${name}`));
    if (input.k === "file") lines.push(`write ${input.path}`);
    if (input.k === "fault") lines.push(`${input.fault.kind} ${Object.values(input.fault).slice(1).join(" ")}`);
  }
  return lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES), `… ${lines.length - MOST_LINES}`] : lines;
}

function documentNames(yaml: string): string[] {
  return yaml.split(/^---$/m).flatMap((document) => {
    const kind = /^kind:\s*(\S+)/m.exec(document)?.[1];
    const name = /^\s+name:\s*(\S+)/m.exec(document)?.[1];
    return kind === undefined ? [] : [`${kind}/${name ?? "?"}`];
  });
}
