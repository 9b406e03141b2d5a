import { describe, expect, it } from "vitest";
import { FINISHED_EXCHANGE } from "../../base/http.ts";
import type { HttpExchange, HttpSink, Way } from "../../base/http.ts";
import type { HttpRequest } from "../../base/program.ts";
import { TestMachine } from "../testing/session.ts";

/** A box whose every request is noted and answered by the path. */
function setUp(files: Record<string, string> = {}) {
  const seen: HttpRequest[] = [];
  const box: TestMachine = new TestMachine({
    files,
    hosts: { web: ["10.0.0.1"], other: ["10.0.0.2"] },
    send(request, sink): HttpExchange {
      seen.push(request);
      const path = request.url.replace(/^\w+:\/\/[^/]*/, "");
      const reply = (status: number, headers: Record<string, string> = {}, body = ""): void => {
        const way: Way = {
          remoteAddress: "10.0.0.1",
          remotePort: 80,
          localAddress: "10.0.0.9",
          lookupMs: 2,
          connectMs: 3,
        };
        box.sim.after(10, () => answer(sink, status, { headers, body, way }));
      };
      if (path === "/silent") return { ...FINISHED_EXCHANGE, connected: true };
      if (path === "/refused") sink.fail("ECONNREFUSED", request.url);
      else if (path.startsWith("/go")) reply(302, { location: path === "/go" ? "/hello" : "/go/on" });
      else if (path === "/cookie") reply(200, { "set-cookie": "id=7; Path=/; HttpOnly" }, "set\n");
      else if (path === "/down") reply(503);
      else reply(200, { "content-type": "text/plain" }, "hello\n");
      return FINISHED_EXCHANGE;
    },
  });
  return { box, seen };
}

function answer(
  sink: HttpSink,
  status: number,
  { headers, body, way }: { headers: Record<string, string>; body: string; way: Way },
): void {
  sink.head(status, headers, undefined, way);
  if (body !== "") sink.data(body);
  sink.end();
}

describe("curl", () => {
  it("refuses what is no URL and options that it hasn't in its own words", () => {
    const { box } = setUp();
    const said = (line: string): [string, number] => {
      const { stderr, code } = box.run(line);
      return [stderr, code];
    };
    const hint = "curl: try 'curl --help' or 'curl --manual' for more information\n";
    expect(said("curl http://web:abc")).toEqual([
      "curl: (3) URL rejected: Port number was not a decimal number between 0 and 65535\n",
      3,
    ]);
    expect(said("curl http://")).toEqual(["curl: (3) URL rejected: No host part in the URL\n", 3]);
    expect(said("curl 'http://a b'")).toEqual(["curl: (3) URL rejected: Malformed input to a URL function\n", 3]);
    expect(said("curl --nonsense web")).toEqual([`curl: option --nonsense: is unknown\n${hint}`, 2]);
    expect(said("curl -Z web")).toEqual([`curl: option -Z: is unknown\n${hint}`, 2]);
    expect(said("curl -o")).toEqual([`curl: option -o: requires parameter\n${hint}`, 2]);
    expect(box.run("curl --version").stdout.split("\n")[0]).toMatch(/^curl 8\.14\.1 /);
  });

  it("tells with -v where it connects, what goes back and forth, and that it keeps its connection", () => {
    const { box } = setUp();
    expect(box.run("curl -sv http://web/a http://web/b").stderr).toBe(`* Host web:80 was resolved.
* IPv6: (none)
* IPv4: 10.0.0.1
*   Trying 10.0.0.1:80...
* Connected to web (10.0.0.1) port 80
* using HTTP/1.x
> GET /a HTTP/1.1
> Host: web
> User-Agent: curl/8.14.1
> Accept: */*
> 
* Request completely sent off
< HTTP/1.1 200 OK
< Content-Type: text/plain
< 
* Connection #0 to host web left intact
* Re-using existing http connection with host web
* using HTTP/1.x
> GET /b HTTP/1.1
> Host: web
> User-Agent: curl/8.14.1
> Accept: */*
> 
* Request completely sent off
< HTTP/1.1 200 OK
< Content-Type: text/plain
< 
* Connection #0 to host web left intact
`);
    expect(box.run("curl -sSv http://web/refused").stderr).toBe(`* Host web:80 was resolved.
* IPv6: (none)
* IPv4: 10.0.0.1
*   Trying 10.0.0.1:80...
* connect to 10.0.0.1 port 80 failed: Connection refused
* Failed to connect to web port 80 after 0 ms: Could not connect to server
* closing connection #0
curl: (7) Failed to connect to web port 80 after 0 ms: Could not connect to server
`);
  });

  it("counts with -w, from options and from a file, and names what it doesn't know", () => {
    const { box } = setUp({ "/root/format": "%{http_code}\\n\n%{size_download} bytes\\n" });
    const format =
      "%{http_code} %{remote_ip}:%{remote_port} %{time_namelookup} %{time_connect} %{time_starttransfer} %{time_total} %header{content-type} 100%%\\n";
    expect(box.run(`curl -so /dev/null -w '${format}' http://web/`).stdout).toBe(
      "200 10.0.0.1:80 0.002000 0.003000 0.010000 0.010000 text/plain 100%\n",
    );
    expect(box.run("curl -s -w @/root/format http://web/").stdout).toBe("hello\n200\n6 bytes\n");
    expect(box.run("curl -s -o /dev/null -w '%{x}%{num_redirects} %{redirect_url}' http://web/go")).toMatchObject({
      stdout: "0 http://web/hello",
      stderr: "curl: unknown --write-out variable: 'x'\n",
    });
    expect(box.run("curl -sL -o /dev/null -w '%{num_redirects} %{url_effective}' http://web/go").stdout).toBe(
      "1 http://web/hello",
    );
    expect(box.run("curl -s -w '%{http_code} %{exitcode} %{errormsg}' http://web/refused")).toMatchObject({
      code: 7,
      stdout: "000 7 Failed to connect to web port 80 after 0 ms: Could not connect to server",
    });
  });

  it("sends forms with files, uploads, and what -G, --json and --data-urlencode say", () => {
    const { box, seen } = setUp({ "/root/a.txt": "one\ntwo\n" });
    box.run("curl -s -F name=ann -F 'doc=@/root/a.txt' -F 'raw=@/root/a.txt;type=text/csv;filename=x.csv' http://web/");
    const [form] = seen;
    const boundary = /boundary=(\S+)$/.exec(form?.headers["Content-Type"] ?? "")?.[1] ?? "";
    expect(boundary).toMatch(/^-{24}\w{22}$/);
    expect(form).toMatchObject({ method: "POST", headers: { "Content-Length": String(form?.body.length) } });
    expect(form?.body.replaceAll(boundary, "B").replaceAll("\r", "")).toBe(
      `--B\nContent-Disposition: form-data; name="name"\n\nann\n--B\nContent-Disposition: form-data; name="doc"; filename="a.txt"\nContent-Type: text/plain\n\none\ntwo\n\n--B\nContent-Disposition: form-data; name="raw"; filename="x.csv"\nContent-Type: text/csv\n\none\ntwo\n\n--B--\n`,
    );
    box.run("curl -s -T /root/a.txt http://web/up/; curl -s -G -d a=1 --data-urlencode 'b=x y' http://web/q");
    box.run(
      `curl -s --json '{"a":1}' http://web/; curl -s -d @/root/a.txt -H 'Transfer-Encoding: chunked' http://web/`,
    );
    expect(seen.slice(1).map(({ method, url, body }) => [method, url, body])).toEqual([
      ["PUT", "http://web:80/up/a.txt", "one\ntwo\n"],
      ["GET", "http://web:80/q?a=1&b=x%20y", ""],
      ["POST", "http://web:80/", '{"a":1}'],
      ["POST", "http://web:80/", "onetwo"],
    ]);
    expect(seen.at(-1)?.headers).not.toHaveProperty("Content-Length");
    expect(box.run("curl -sS -F f=@/none http://web/")).toMatchObject({
      code: 26,
      stderr: "curl: (26) Failed to open/read local data from file/application (No such file or directory)\n",
    });
  });

  it("keeps cookies in a file, and sends them", () => {
    const { box, seen } = setUp();
    expect(box.run("curl -s -c /tmp/jar http://web/cookie; tail -n 1 /tmp/jar").stdout).toBe(
      "set\n#HttpOnly_web\tFALSE\t/\tFALSE\t0\tid\t7\n",
    );
    box.run("curl -s -b /tmp/jar http://web/; curl -s -b /tmp/jar http://other/; curl -s -b 'a=1; b=2' http://web/");
    expect(seen.slice(1).map(({ headers }) => headers["Cookie"])).toEqual(["id=7", undefined, "a=1; b=2"]);
  });

  it("ends in its own words: too many redirects, times that are up, retries", () => {
    const { box, seen } = setUp();
    expect(box.run("curl -sSL --max-redirs 2 http://web/go/round")).toMatchObject({
      code: 47,
      stderr: "curl: (47) Maximum (2) redirects followed\n",
    });
    expect(seen).toHaveLength(3);
    expect(box.run("curl -sS -m 2 http://web/silent")).toMatchObject({
      code: 28,
      stderr: "curl: (28) Operation timed out after 2000 milliseconds with 0 bytes received\n",
    });
    expect(box.run("curl --retry 2 http://web/down -o /dev/null -w '%{http_code}\\n'")).toMatchObject({
      code: 0,
      stdout: "503\n",
      stderr:
        "Warning: Problem : HTTP error. Will retry in 1 second. 2 retries left.\nWarning: Problem : HTTP error. Will retry in 2 seconds. 1 retry left.\n",
    });
    expect(box.run("curl --retry 1 --retry-connrefused http://web/refused").stderr).toContain(
      "Warning: Problem : connection refused. Will retry in 1 second. 1 retry left.\ncurl: (7)",
    );
  });

  it("goes elsewhere by --resolve, --connect-to and through a proxy", () => {
    const { box, seen } = setUp();
    expect(box.run("curl -sv --resolve shop:80:10.0.0.1 http://shop/ 2>&1 | head -n 4").stdout).toBe(
      "* Added shop:80:10.0.0.1 to DNS cache\n* Hostname shop was found in DNS cache\n*   Trying 10.0.0.1:80...\n* Connected to shop (10.0.0.1) port 80\n",
    );
    box.run("curl -s --connect-to shop:80:web:8080 http://shop/; curl -s -x web:3128 http://shop/");
    expect(seen.map(({ connectTo }) => connectTo)).toEqual(["10.0.0.1:80", "web:8080", "web:3128"]);
    expect(box.run("curl -sS -x http://web:3128 https://shop/down")).toMatchObject({
      code: 56,
      stderr: "curl: (56) CONNECT tunnel failed, response 503\n",
    });
    expect(box.run("curl -sS -x http://web:3128 https://shop/")).toMatchObject({ code: 0, stdout: "hello\n" });
    expect(seen.slice(-2).map(({ method }) => method)).toEqual(["CONNECT", "GET"]);
    expect(box.run("curl -s 'http://web/[1-3]{a,b}'; echo $?").stdout).toMatch(/^(hello\n){6}0\n$/);
  });
});
