/** A manifest that `-f` names by its URL. Upstream: cli-runtime pkg/resource/visitor.go (readHttpWithRetries, httpgetImpl). */
import { HTTP_REASONS } from "../engine/base/http-reasons.ts";
import type { HttpRequest, HttpResponse } from "../engine/base/program.ts";
import { SystemError } from "../engine/base/program.ts";
import { type Call, close, http, readAll, sleep } from "../engine/base/syscalls.ts";
import { CommandError } from "./errors.ts";
import { connectionError } from "./rest-client.ts";

const ATTEMPTS = 3;
const BETWEEN_MS = 1000;
const MAX_REDIRECTS = 10;

/** Throws when nobody answers, or not with 200; what may pass by itself is tried three times. */
export function* readUrl(url: string): Call<string> {
  let failure: CommandError | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) yield* sleep(BETWEEN_MS);
    const answer = yield* get(url);
    if (answer instanceof CommandError) {
      failure = answer;
      continue;
    }
    const { status, body } = answer;
    const text = yield* readAll(body);
    if (status === 200) return text;
    failure = new CommandError(
      `unable to read URL ${JSON.stringify(url)}, server reported ${status} ${HTTP_REASONS[status] ?? ""}, status code=${status}`,
    );
    if (status < 500) break;
  }
  throw failure as CommandError;
}

function* get(url: string): Call<HttpResponse | CommandError> {
  let next = url;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const request: HttpRequest = {
      method: "GET",
      url: next,
      headers: { "user-agent": "Go-http-client/1.1" },
      body: "",
    };
    let response: HttpResponse;
    try {
      response = yield* http(request);
    } catch (error) {
      if (error instanceof SystemError) return connectionError(error, request);
      throw error;
    }
    const location = Object.entries(response.headers).find(([name]) => name.toLowerCase() === "location")?.[1];
    if (location === undefined || ![301, 302, 303, 307, 308].includes(response.status)) return response;
    yield* close(response.body);
    next = absolute(next, location);
  }
  return new CommandError(`Get ${JSON.stringify(url)}: stopped after ${MAX_REDIRECTS} redirects`);
}

function absolute(url: string, location: string): string {
  if (/^\w+:\/\//.test(location)) return location;
  const [, origin = "", path = "/"] = /^(\w+:\/\/[^/]*)(\/[^?]*)?/.exec(url) ?? [];
  return location.startsWith("/") ? `${origin}${location}` : `${origin}${path.replace(/[^/]*$/, "")}${location}`;
}
