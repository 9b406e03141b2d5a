/** One of eight hues by a family's text: siblings share it, and the same name has it in every session. */
export function hueOf(family: string): string {
  let hash = 2166136261;
  for (let at = 0; at < family.length; at++) hash = Math.imul(hash ^ family.charCodeAt(at), 16777619);
  return `var(--hue-${((hash >>> 16) % 8) + 1})`;
}
