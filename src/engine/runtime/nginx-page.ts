/** nginx' own pages: those of its image and of the ingress controller that is built on it. */
const TITLES: Readonly<Record<number, string>> = {
  301: "301 Moved Permanently",
  302: "302 Found",
  303: "303 See Other",
  307: "307 Temporary Redirect",
  308: "308 Permanent Redirect",
  400: "400 Bad Request",
  401: "401 Authorization Required",
  403: "403 Forbidden",
  404: "404 Not Found",
  405: "405 Not Allowed",
  413: "413 Request Entity Too Large",
  429: "429 Too Many Requests",
  500: "500 Internal Server Error",
  502: "502 Bad Gateway",
  503: "503 Service Temporarily Unavailable",
  504: "504 Gateway Time-out",
};

/** `server`: what the page signs with, `nginx` or `nginx/1.29.1`. */
export function nginxPage(status: number, server = "nginx"): string {
  const title = TITLES[status] ?? String(status);
  const lines = [
    "<html>",
    `<head><title>${title}</title></head>`,
    "<body>",
    `<center><h1>${title}</h1></center>`,
    `<hr><center>${server}</center>`,
    "</body>",
    "</html>",
  ];
  return lines.map((line) => `${line}\r\n`).join("");
}

/** What nginx says on a port of TLS to who comes without it. */
export const PLAIN_HTTP = "The plain HTTP request was sent to HTTPS port";

/** The page for a request that its port can't take. */
export function nginxBadRequest(text: string): string {
  const lines = [
    "<html>",
    `<head><title>400 ${text}</title></head>`,
    "<body>",
    "<center><h1>400 Bad Request</h1></center>",
    `<center>${text}</center>`,
    "<hr><center>nginx</center>",
    "</body>",
    "</html>",
  ];
  return lines.map((line) => `${line}\r\n`).join("");
}
