/** curl's options. What stands in neither table is unknown here, loudly. */
import type { OptionSpec } from "../command.ts";

export const USAGE = `
Usage: curl [options...] <url>
 -b, --cookie <data|file>   Send cookies from string/load from file
 -c, --cookie-jar <file>    Save cookies to <file> after operation
 -d, --data <data>          HTTP POST data
     --cacert <file>        CA certificate to verify peer against
 -E, --cert <file>          Client certificate file
     --connect-timeout <s>  Maximum time allowed to connect
     --connect-to <h1:p1:h2:p2>  Connect to host
 -D, --dump-header <file>   Write the received headers to <file>
 -f, --fail                 Fail fast with no output on HTTP errors
 -F, --form <name=content>  Specify multipart MIME data
 -G, --get                  Put the post data in the URL and use GET
 -H, --header <header>      Pass custom header(s) to server
 -I, --head                 Show document info only
 -i, --include              Include response headers in output
 -k, --insecure             Allow insecure server connections
     --key <file>           Private key filename
 -L, --location             Follow redirects
     --max-redirs <num>     Maximum number of redirects allowed
 -m, --max-time <seconds>   Maximum time allowed for transfer
 -o, --output <file>        Write to file instead of stdout
 -x, --proxy <host:port>    Use this proxy
 -O, --remote-name          Write output to file named as remote file
 -X, --request <method>     Specify request method to use
     --resolve <host:port:addr>  Resolve host+port to address
     --retry <num>          Retry transient problems
 -S, --show-error           Show error even when -s is used
 -s, --silent               Silent mode
 -T, --upload-file <file>   Transfer local FILE to destination
 -u, --user <user:password> Server user and password
 -A, --user-agent <name>    Send User-Agent <name> to server
 -v, --verbose              Make the operation more talkative
 -w, --write-out <format>   Output FORMAT after completion`;

export const VERSION = `curl 8.14.1 (x86_64-pc-linux-gnu) libcurl/8.14.1 OpenSSL/3.5.1 zlib/1.3.1
Release-Date: 2025-06-04
Protocols: http https telnet
Features: HTTPS-proxy IPv6 Largefile SSL
`;

export const OPTIONS: OptionSpec = {
  flags: "fGIikLOSsvNg46#V",
  values: "dHmoXuAweFbcxTDE",
  long: {
    "data=": "d",
    "data-ascii=": "d",
    "data-raw=": "raw",
    "data-binary=": "binary",
    "data-urlencode=": "urlencode",
    "json=": "json",
    "form=": "F",
    "form-string=": "formstring",
    "cookie=": "b",
    "cookie-jar=": "c",
    "connect-timeout=": "connect",
    "dump-header=": "D",
    fail: "f",
    "fail-with-body": "failbody",
    get: "G",
    globoff: "g",
    "header=": "H",
    head: "I",
    include: "i",
    insecure: "k",
    location: "L",
    "max-redirs=": "redirs",
    "max-time=": "m",
    "output=": "o",
    "remote-name": "O",
    "request=": "X",
    "resolve=": "resolve",
    "connect-to=": "connectto",
    "proxy=": "x",
    "retry=": "retry",
    "retry-delay=": "retrydelay",
    "retry-connrefused": "retryrefused",
    "retry-all-errors": "retryall",
    "show-error": "S",
    silent: "s",
    "user=": "u",
    "user-agent=": "A",
    "upload-file=": "T",
    verbose: "v",
    version: "V",
    "write-out=": "w",
    "no-buffer": "N",
    "no-progress-meter": "quiet",
    "progress-bar": "#",
    "referer=": "e",
    "cacert=": "cacert",
    "cert=": "E",
    "key=": "key",
    "url=": "url",
    compressed: "quiet",
    "http1.1": "quiet",
    ipv4: "4",
    ipv6: "6",
  },
};
