/** JSON of a part that many objects share: worked out once for each identity. */
const texts = new WeakMap<object, string>();

export function jsonText(part: object | undefined): string {
  if (part === undefined) return "";
  let text = texts.get(part);
  if (text === undefined) {
    text = JSON.stringify(part);
    texts.set(part, text);
  }
  return text;
}
