/**
 * Reads nginx' configuration language. Upstream: nginx src/core/ngx_conf_file.c.
 *
 * **Simplified:** of nginx' directives those that stand below are read; every other one fails as nginx fails for one that it
 * doesn't know.
 */
export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
  readonly line: number;
  readonly file: string;
  /** Undefined for a directive that ends with a semicolon. */
  readonly block: readonly Directive[] | undefined;
}

/** What nginx prints behind `[emerg] 1#1:`. */
export class NginxConfError extends Error {}

const ACTING =
  "http server location listen server_name root alias index return proxy_pass rewrite try_files add_header default_type include upstream types error_page deny allow stub_status proxy_set_header set map client_max_body_size proxy_read_timeout proxy_intercept_errors autoindex server_tokens access_log ssl_certificate charset if break auth_basic auth_basic_user_file limit_req limit_req_zone limit_req_status ip_hash least_conn random hash zone auth_request auth_request_set internal proxy_pass_request_body absolute_redirect port_in_redirect server_name_in_redirect";
/**
 * What changes nothing that could be seen here: how nginx spreads its work, waits for clients whose requests always come
 * whole, keeps connections and buffers, and ciphers (TLS is names and certificates here).
 */
const NO_EFFECT =
  "user worker_processes worker_connections worker_rlimit_nofile error_log pid events use multi_accept sendfile tcp_nopush tcp_nodelay keepalive_timeout keepalive_requests keepalive client_body_buffer_size client_header_buffer_size large_client_header_buffers client_body_temp_path proxy_temp_path fastcgi_temp_path uwsgi_temp_path scgi_temp_path client_body_timeout client_header_timeout send_timeout types_hash_max_size types_hash_bucket_size server_names_hash_bucket_size proxy_http_version proxy_buffering proxy_buffer_size proxy_buffers proxy_busy_buffers_size proxy_send_timeout proxy_cache_bypass daemon master_process aio ssl_certificate_key ssl_protocols ssl_ciphers ssl_prefer_server_ciphers ssl_session_cache ssl_session_timeout log_not_found reset_timedout_connection open_file_cache";
/** What real nginx would act on: it is read, and nginx says at its start that it isn't simulated. */
const WARNED =
  "log_format gzip gzip_types gzip_min_length gzip_comp_level gzip_proxied gzip_vary proxy_connect_timeout proxy_ssl_verify proxy_ssl_server_name proxy_ssl_name proxy_ssl_protocols proxy_ssl_trusted_certificate proxy_ssl_certificate proxy_ssl_certificate_key proxy_redirect proxy_pass_request_headers resolver resolver_timeout expires etag limit_except merge_slashes";
const UNSIMULATED: ReadonlySet<string> = new Set(WARNED.split(" "));
const KNOWN: ReadonlySet<string> = new Set(`${ACTING} ${NO_EFFECT} ${WARNED}`.split(" "));

/** Those that are read without effect, each with where it stands. */
export function unsimulated(conf: readonly Directive[]): Directive[] {
  return conf.flatMap((each) => [
    ...(UNSIMULATED.has(each.name) && each.args[0] !== "off" ? [each] : []),
    ...(each.name === "types" || each.name === "map" ? [] : unsimulated(each.block ?? [])),
  ]);
}

interface Token {
  readonly text: string;
  readonly line: number;
  readonly quoted: boolean;
}

/** `read` gives a file's text; `list` the files that a pattern means, sorted. Throws a `NginxConfError`. */
export function readNginxConf(
  file: string,
  files: { read: (path: string) => string | undefined; list: (pattern: string) => string[] },
): Directive[] {
  const text = files.read(file);
  if (text === undefined) throw new NginxConfError(`open() "${file}" failed (2: No such file or directory)`);
  const tokens = lex(text);
  let at = 0;
  const fail = (message: string, line: number): NginxConfError => new NginxConfError(`${message} in ${file}:${line}`);
  const block = (depth: number, free: boolean): Directive[] => {
    const found: Directive[] = [];
    for (;;) {
      const token = tokens[at];
      if (token === undefined) {
        if (depth > 0) throw fail('unexpected end of file, expecting "}"', text.split("\n").length);
        return found;
      }
      at++;
      if (token.text === "}" && !token.quoted) {
        if (depth === 0) throw fail('unexpected "}"', token.line);
        return found;
      }
      const args: string[] = [];
      for (;;) {
        const next = tokens[at++];
        if (next === undefined) throw fail('unexpected end of file, expecting ";" or "}"', token.line);
        if (!next.quoted && next.text === "}") throw fail('unexpected "}"', next.line);
        if (!next.quoted && (next.text === ";" || next.text === "{")) {
          const { text: name, line } = token;
          if (!free && !KNOWN.has(name)) throw fail(`unknown directive "${name}"`, line);
          if (name === "include" && next.text === ";") {
            for (const each of files.list(resolvePath(args[0] ?? ""))) found.push(...readNginxConf(each, files));
          } else {
            const inner = next.text === "{" ? block(depth + 1, name === "types" || name === "map") : undefined;
            found.push({ name, args, line, file, block: inner });
          }
          break;
        }
        args.push(next.text);
      }
    }
  };
  return block(0, false);
}

function resolvePath(path: string): string {
  return path.startsWith("/") ? path : `/etc/nginx/${path}`;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

function lex(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  const pattern =
    /\n|[^\S\n]+|#[^\n]*|"((?:[^"\\]|\\[^])*)"|'((?:[^'\\]|\\[^])*)'|[;{}]|(?:[^\s;{}"'\\#]|\\[^]|\$\{\w+\}|\{\d+(?:,\d*)?\})(?:[^\s;{}\\]|\\[^]|\$\{\w+\}|\{\d+(?:,\d*)?\})*/g;
  for (const match of text.matchAll(pattern)) {
    const [word, double, single] = match;
    if (word === "\n") line++;
    else if (double !== undefined || single !== undefined) {
      tokens.push({
        text: (double ?? single ?? "").replace(/\\(["'nrt\\])/g, (_, letter: string) => ESCAPES[letter] ?? letter),
        line,
        quoted: true,
      });
      line += word.split("\n").length - 1;
    } else if (!/^\s/.test(word) && !word.startsWith("#")) tokens.push({ text: word, line, quoted: false });
  }
  return tokens;
}
