/** `text` as a shell word that reads back the same, in bash's own style. */
export function quoteForShell(text: string): string {
  if (/[\u0000-\u001f\u007f]/.test(text)) return `$'${escapeAnsi(text)}'`;
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Quoted only where it must be (set -x). */
export function quoteIfNeeded(text: string): string {
  if (text === "") return "''";
  return /^[\w@%+=:,./^~-]+$/.test(text) && !text.startsWith("~") ? text : quoteForShell(text);
}

function escapeAnsi(text: string): string {
  const names: Readonly<Record<string, string>> = {
    "\n": "\\n",
    "\t": "\\t",
    "\r": "\\r",
    "\u001b": "\\E",
    "\u0007": "\\a",
    "\b": "\\b",
  };
  return text
    .replace(/[\\']/g, "\\$&")
    .replace(/[\u0000-\u001f\u007f]/g, (char) => names[char] ?? `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`);
}

/** `%q`: backslashes before what is special. */
export function quoteForPrintf(text: string): string {
  if (/[\u0000-\u001f\u007f]/.test(text)) return quoteForShell(text);
  return text.replace(/[^\w@%+=:,./^-]/g, "\\$&");
}
