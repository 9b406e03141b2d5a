/** Percent-encoded text. What can't be decoded stays as it is: anybody may send it. */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A name or a value of a query or a form, where a plus is a space. */
export function decodeFormText(text: string): string {
  return decodePercent(text.replaceAll("+", " "));
}
