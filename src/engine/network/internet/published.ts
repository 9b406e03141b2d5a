/** Files that projects publish for others to fetch: assets of releases on github.com, files of repositories. */
import type { ServedRequest, ServedResponse } from "../../runtime/network-port.ts";

/** By URL without query: the file's text, or where it is instead. Undefined: there is no such file. */
export type PublishedFiles = (url: string) => { text: string } | { location: string } | undefined;

/** Where they are, and what they are served as. */
const TYPES: Readonly<Record<string, string>> = {
  "github.com": "application/octet-stream",
  "raw.githubusercontent.com": "text/plain; charset=utf-8",
};

/** What the host of these names answers if the request asks for such a file. */
export function publishedFile(
  { path }: ServedRequest,
  [host = ""]: readonly string[],
  published: PublishedFiles,
): ServedResponse | undefined {
  const type = TYPES[host];
  if (type === undefined) return undefined;
  const file = published(`https://${host}${path}`);
  if (file === undefined) return undefined;
  if ("location" in file) {
    return { status: 302, headers: { location: file.location, "content-length": "0" }, body: "" };
  }
  const headers = { "content-type": type, "content-length": String(file.text.length) };
  return { status: 200, headers, body: file.text };
}
