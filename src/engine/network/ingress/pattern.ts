/** A pattern that somebody wrote into an Ingress, for nginx' PCRE; undefined when it can't be read. */
export function readPattern(text: string, flags = ""): RegExp | undefined {
  try {
    return new RegExp(text, flags);
  } catch {
    return undefined;
  }
}
