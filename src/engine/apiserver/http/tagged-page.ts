import type { HttpSink } from "../../base/http.ts";
import type { HttpRequest } from "../../base/program.ts";
import { header } from "./media.ts";

export interface TaggedPage {
  request: HttpRequest;
  sink: HttpSink;
  /** Content-Type. */
  type: string;
  /** What its contents are known by: the ETag. */
  hash: string;
}

/** A page that a client may keep: 304 to one who has it. `text` is asked only when it is needed. */
export function sendTagged({ request, sink, type, hash }: TaggedPage, text: () => string): void {
  const tag = `"${hash}"`;
  const headers = { "Content-Type": type, ETag: tag, Vary: "Accept", "Cache-Control": "no-cache, private" };
  const known = header(request, "If-None-Match")
    .split(",")
    .map((each) => each.trim());
  if (known.includes(tag)) sink.head(304, headers);
  else {
    sink.head(200, headers);
    sink.data(text());
  }
  sink.end();
}
