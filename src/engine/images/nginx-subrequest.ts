/** `auth_request`: another location says first whether a request may pass. Upstream: nginx src/http/modules/ngx_http_auth_request_module.c. */
import type { ServedResponse } from "../runtime/network-port.ts";
import type { Directive } from "./nginx-conf.ts";
import type { NginxRequest } from "./nginx-variables.ts";

/** The request that asks: a GET of its own, which knows the first one's URI and variables. */
export function askingRequest(uri: string, request: NginxRequest): NginxRequest {
  const { path: original, query: given, set } = request;
  const [path = "", query = ""] = uri.split("?");
  const known = new Map(set).set("request_uri", `${original}${given === "" ? "" : `?${given}`}`);
  return { ...request, method: "GET", path, query, body: "", set: known };
}

/** What `auth_request_set` takes over from the answer: `$upstream_http_…` and `$upstream_status` are of that. */
export function takeOver(
  directives: readonly Directive[],
  { status, headers = {} }: ServedResponse,
  how: { request: NginxRequest; expand: (text: string, request: NginxRequest) => string },
): void {
  const { request, expand } = how;
  const set = new Map(request.set).set("upstream_status", String(status));
  for (const [name, value] of Object.entries(headers))
    set.set(`upstream_http_${name.toLowerCase().replaceAll("-", "_")}`, value);
  for (const { args } of directives) {
    const value = expand(args[1] ?? "", { ...request, set });
    request.set.set((args[0] ?? "").replace(/^\$/, ""), value.startsWith("$upstream_http_") ? "" : value);
  }
}

/** The answer once the asked location has spoken: 2xx lets the request pass, 401 and 403 refuse it, all else is an error. */
export function withConsent(
  asked: ServedResponse,
  how: { pass(consent: ServedResponse): ServedResponse; refuse(status: number): ServedResponse },
): ServedResponse {
  const decide = (consent: ServedResponse): ServedResponse => {
    const { status, headers = {} } = consent;
    if (status >= 200 && status < 300) return how.pass(consent);
    if (status === 403) return how.refuse(403);
    if (status !== 401) return how.refuse(500);
    const { "www-authenticate": challenge } = headers;
    const refusal = how.refuse(401);
    return challenge === undefined
      ? refusal
      : { ...refusal, headers: { ...refusal.headers, "www-authenticate": challenge } };
  };
  const { later, delayMs = 1 } = asked;
  if (later === undefined) {
    const answer = decide(asked);
    return { ...answer, delayMs: delayMs + (answer.delayMs ?? 1) };
  }
  return {
    status: 0,
    body: "",
    delayMs,
    later: (answer) => {
      let giveUp = later((late) => {
        const decided = decide(late);
        if (decided.later === undefined) answer(decided);
        else giveUp = decided.later(answer);
      });
      return () => giveUp();
    },
  };
}
