/** Requests over HTTP, told of to the audit. Upstream: apiserver pkg/endpoints/filters/{audit,authn_audit}.go. */
import { StatusError } from "../../api/meta/status-error.ts";
import type { UserInfo } from "../../api/meta/user-info.ts";
import type { HttpExchange, HttpSink } from "../../base/http.ts";
import type { HttpRequest } from "../../base/program.ts";
import type { Auditor } from "../audit/auditor.ts";
import type { AuditRecord } from "../audit/audit-record.ts";
import type { Attributes } from "../auth/attributes.ts";
import { header } from "./media.ts";

/** What is asked, as far as its path tells. */
export interface AskedByPath {
  readonly attributes: Attributes;
  readonly apiVersion: string;
}

/** Upstream: the default of apiserver pkg/server, BasicLongRunningRequestCheck. */
function isLongRunning({ attributes }: AskedByPath): boolean {
  if (attributes.verb === "watch" || attributes.verb === "proxy") return true;
  return "subresource" in attributes && /^(attach|exec|proxy|log|portforward)$/.test(attributes.subresource);
}

function begin(auditor: Auditor, http: HttpRequest, user: UserInfo | undefined, asked: AskedByPath): AuditRecord {
  return auditor.begin({
    ...{ user, ...asked },
    uri: http.url.replace(/^\w+:\/\/[^/]*/, "") || "/",
    sourceIP: http.remoteAddress ?? "127.0.0.1",
    userAgent: header(http, "User-Agent"),
  });
}

/** Tells of a request while `serve` answers it. */
export function audited(
  auditor: Auditor,
  { http, user, asked, sink }: { http: HttpRequest; user: UserInfo; asked: AskedByPath; sink: HttpSink },
  serve: (record: AuditRecord, sink: HttpSink) => HttpExchange,
): HttpExchange {
  const record = begin(auditor, http, user, asked);
  let code = 0;
  const heard: HttpSink = {
    head(status, headers, certificate, way) {
      code = status;
      if (isLongRunning(asked)) record.started(status);
      sink.head(status, headers, certificate, way);
    },
    data: (text) => sink.data(text),
    frame: (channel, text) => sink.frame(channel, text),
    end() {
      record.completed(code);
      sink.end();
    },
    fail(errno, detail) {
      record.completed(code);
      sink.fail(errno, detail);
    },
  };
  try {
    const exchange = serve(record, heard);
    return {
      ...(exchange.connected !== undefined && { connected: exchange.connected }),
      abort() {
        record.completed(code);
        exchange.abort();
      },
      frame: (channel, text) => exchange.frame(channel, text),
      closeStdin: () => exchange.closeStdin(),
    };
  } catch (error) {
    if (error instanceof StatusError) record.failed(error);
    throw error;
  }
}

/** Tells of somebody who couldn't say who he is. */
export function auditStranger(auditor: Auditor, http: HttpRequest, asked: AskedByPath): void {
  const record = begin(auditor, http, undefined, asked);
  const how = header(http, "Authorization") === "" ? "no credentials provided" : "attempted: bearer";
  record.answered({ kind: "Status", metadata: {}, message: `Authentication failed, ${how}` });
  record.completed(401);
}
