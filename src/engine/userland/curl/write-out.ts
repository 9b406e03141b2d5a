/** `-w`: `%{http_code}` and its like. Upstream: curl src/tool_writeout.c. */
import type { Way } from "../../base/http.ts";
import type { Url } from "../urls.ts";

/** What became of a transfer. Times are virtual milliseconds since its last request began. */
export interface Transfer {
  url: Url;
  method: string;
  status: number;
  headers: Readonly<Record<string, string>>;
  /** Bytes of the answer's head and body, and of what was sent. */
  headSize: number;
  size: number;
  uploaded: number;
  redirects: number;
  /** Milliseconds that earlier requests took, which were redirected. */
  redirectMs: number;
  way: Way | undefined;
  /** Whether the connection was there already. */
  again: boolean;
  answeredMs: number;
  totalMs: number;
  exitCode: number;
  /** Where it would go on to without -L. */
  redirectUrl: string;
  file: string | undefined;
  error: string;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(6);
}

function valuesOf(about: Transfer): Readonly<Record<string, string>> {
  const { url, way, again, redirectMs } = about;
  const code = String(about.status).padStart(3, "0");
  const connected = way === undefined || again ? 0 : redirectMs + way.connectMs;
  const total = redirectMs + about.totalMs;
  const speed = (bytes: number): string => String(total > 0 ? Math.round((bytes * 1000) / total) : 0);
  return {
    http_code: code,
    response_code: code,
    http_version: about.status === 0 ? "0" : "1.1",
    http_connect: "000",
    size_download: String(about.size),
    size_header: String(about.headSize),
    size_upload: String(about.uploaded),
    speed_download: speed(about.size),
    speed_upload: speed(about.uploaded),
    content_type: about.headers["content-type"] ?? about.headers["Content-Type"] ?? "",
    url_effective: `${url.scheme}://${url.authority}${url.path}`,
    url: `${url.scheme}://${url.authority}${url.path}`,
    num_redirects: String(about.redirects),
    num_connects: about.status === 0 && way === undefined ? "0" : again ? "0" : "1",
    redirect_url: about.redirectUrl,
    method: about.method,
    scheme: url.scheme,
    remote_ip: way?.remoteAddress ?? "",
    remote_port: String(way?.remotePort ?? 0),
    local_ip: way?.localAddress ?? "",
    filename_effective: about.file ?? "",
    ssl_verify_result: "0",
    exitcode: String(about.exitCode),
    errormsg: about.error,
    time_namelookup: seconds(way === undefined || again ? 0 : redirectMs + way.lookupMs),
    time_connect: seconds(connected),
    time_appconnect: seconds(url.scheme === "https" ? connected : 0),
    time_pretransfer: seconds(again ? redirectMs : connected),
    time_redirect: seconds(redirectMs),
    time_starttransfer: seconds(redirectMs + about.answeredMs),
    time_total: seconds(total),
  };
}

/** The text, and the names in it that it doesn't know. */
export function writeOut(format: string, about: Transfer): { text: string; unknown: string[] } {
  const values = valuesOf(about);
  const unknown: string[] = [];
  const text = format.replace(
    /%\{(\w+)\}|%header\{([^}]*)\}|%%|\\[nrt]/g,
    (all: string, name: string | undefined, wanted: string | undefined) => {
      if (all === "%%") return "%";
      if (all.startsWith("\\")) return { n: "\n", r: "\r", t: "\t" }[all[1] as "n" | "r" | "t"];
      if (wanted !== undefined) {
        const found = Object.entries(about.headers).find(([key]) => key.toLowerCase() === wanted.toLowerCase());
        return found?.[1] ?? "";
      }
      const value = Object.hasOwn(values, name ?? "") ? values[name ?? ""] : undefined;
      if (value === undefined) unknown.push(name ?? "");
      return value ?? "";
    },
  );
  return { text, unknown };
}
