import { expect, it } from "vitest";
import { FINISHED_EXCHANGE } from "../engine/base/http.ts";
import type { Errno, Program } from "../engine/base/program.ts";
import { write } from "../engine/base/syscalls.ts";
import { CommandError } from "./errors.ts";
import { readUrl } from "./read-url.ts";
import { drive } from "./testing/drive.ts";

type Answer = { status: number; location?: string; body?: string } | Errno;

/** What comes of a URL, and which ones were asked for and when, where hosts answer so, one after the other. */
function reading(url: string, ...answers: Answer[]): { text: string; asked: string[] } {
  const asked: string[] = [];
  let time = 0;
  const program: Program = function* () {
    try {
      yield* write(1, yield* readUrl(url));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      yield* write(1, error.message);
    }
    return 0;
  };
  const { stdout } = drive(program, {
    argv: [],
    now: () => time,
    step: () => (time += 500) > 0,
    carrier: {
      send(request, sink) {
        asked.push(`${time} ${request.url}`);
        const answer = answers.shift() ?? "ECONNREFUSED";
        if (typeof answer === "string") sink.fail(answer, "");
        else {
          sink.head(answer.status, answer.location === undefined ? {} : { Location: answer.location });
          sink.data(answer.body ?? "");
          sink.end();
        }
        return FINISHED_EXCHANGE;
      },
    },
  });
  return { text: stdout, asked };
}

it("a manifest comes from its URL, also by way of others", () => {
  expect(
    reading(
      "https://a.io/x/y.yaml",
      { status: 302, location: "/z.yaml" },
      { status: 301, location: "w.yaml" },
      { status: 307, location: "http://b.io/v.yaml" },
      { status: 200, body: "kind: Pod" },
    ),
  ).toEqual({
    text: "kind: Pod",
    asked: ["0 https://a.io/x/y.yaml", "0 https://a.io/z.yaml", "0 https://a.io/w.yaml", "0 http://b.io/v.yaml"],
  });
});

it("what isn't there is told of at once, what may pass is tried three times, a second apart", () => {
  expect(reading("https://a.io/x", { status: 404 })).toEqual({
    text: 'unable to read URL "https://a.io/x", server reported 404 Not Found, status code=404',
    asked: ["0 https://a.io/x"],
  });
  expect(reading("https://a.io/x", { status: 503 }, "ENOTFOUND", { status: 200, body: "late" })).toEqual({
    text: "late",
    asked: ["0 https://a.io/x", "1000 https://a.io/x", "2000 https://a.io/x"],
  });
  expect(reading("https://a.io/x", "ENOTFOUND", "ENOTFOUND", "ENOTFOUND").text).toBe(
    "Unable to connect to the server: dial tcp: lookup a.io: no such host",
  );
});
