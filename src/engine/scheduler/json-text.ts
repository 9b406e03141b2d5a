/**
 * JSON of a part that many objects share, worked out once while it is in use. A short list of the latest ones, and no weak
 * map: parts that nobody shares would fill it and slow down every garbage collection.
 */
const KEPT = 32;
const parts: object[] = [];
const texts: string[] = [];
let next = 0;

export function jsonText(part: object | undefined): string {
  if (part === undefined) return "";
  const known = parts.indexOf(part);
  if (known >= 0) return texts[known] as string;
  const text = JSON.stringify(part);
  parts[next] = part;
  texts[next] = text;
  next = (next + 1) % KEPT;
  return text;
}
