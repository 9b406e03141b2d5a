import { expect, it } from "vitest";
import { FINISHED_EXCHANGE } from "../../base/http.ts";
import { CertificateAuthority } from "../../base/x509/certificate.ts";
import type { Flavour } from "../command.ts";
import { TestMachine } from "../testing/session.ts";

const own = new CertificateAuthority([["CN", "web"]], {
  secret: "own",
  notBefore: Date.UTC(2025, 0, 1),
  notAfter: Date.UTC(2027, 0, 1),
}).certificate;

function machine(flavour: Flavour): TestMachine {
  return new TestMachine({
    flavour,
    hosts: { web: ["10.0.0.1"] },
    send(request, sink) {
      const path = request.url.replace(/^\w+:\/\/[^/]*/, "");
      const reply = (status: number, headers: Record<string, string>, body: string): void => {
        sink.head(status, headers, request.url.startsWith("https:") ? own : undefined);
        if (body !== "" && request.method !== "HEAD") sink.data(body);
        sink.end();
      };
      if (path === "/refused") sink.fail("ECONNREFUSED", request.url);
      else if (path === "/slow") return FINISHED_EXCHANGE;
      else if (path === "/moved") reply(302, { Location: "/page.html" }, "");
      else if (path === "/none") reply(404, {}, "no\n");
      else reply(200, { "Content-Type": "text/html; charset=utf-8", "Content-Length": "6" }, "hello\n");
      return FINISHED_EXCHANGE;
    },
  });
}

it("GNU's tells each step, and saves beside what is there", () => {
  const box = machine("debian");
  const start = "2026-01-01 00:00:00";
  expect(box.run("wget http://web/moved")).toMatchObject({
    code: 0,
    stdout: "",
    stderr: `--${start}--  http://web/moved
Resolving web (web)... 10.0.0.1
Connecting to web (web)|10.0.0.1|:80... connected.
HTTP request sent, awaiting response... 302 Found
Location: /page.html [following]
--${start}--  http://web/page.html
Resolving web (web)... 10.0.0.1
Connecting to web (web)|10.0.0.1|:80... connected.
HTTP request sent, awaiting response... 200 OK
Length: 6 [text/html]
Saving to: ‘page.html’

page.html           100%[===================>]       6  --.-KB/s    in 0s      

${start} (0.00 B/s) - ‘page.html’ saved [6/6]

`,
  });
  expect(box.run("wget -nv http://web/page.html; cat page.html.1")).toMatchObject({
    stdout: "hello\n",
    stderr: `${start} URL:http://web/page.html [6/6] -> "page.html.1" [1]\n`,
  });
  expect(box.run("wget -qO- http://web/; wget -q --spider http://web/ && echo there")).toMatchObject({
    stdout: "hello\nthere\n",
    stderr: "",
  });
});

it("GNU's exit codes say what failed", () => {
  const box = machine("debian");
  expect(box.run("wget http://web/none")).toMatchObject({
    code: 8,
    stderr: expect.stringMatching(/awaiting response... 404 Not Found\n\S+ \S+ ERROR 404: Not Found\.\n\n$/),
  });
  expect(box.run("wget http://web/refused")).toMatchObject({
    code: 4,
    stderr: expect.stringMatching(/:80\.\.\. failed: Connection refused\.\n$/),
  });
  expect(box.run("wget http://nowhere/")).toMatchObject({
    code: 4,
    stderr: expect.stringMatching(/failed: .*\.\nwget: unable to resolve host address ‘nowhere’\n$/),
  });
  expect(box.run("wget -T 2 -t 2 http://web/slow")).toMatchObject({
    code: 4,
    ms: 5000,
    stderr: expect.stringMatching(/timed out\.\nRetrying\.\n\n--.*\n {2}\(try: 2\) => ‘slow’\n[^]*Giving up\.\n\n$/),
  });
  expect(box.run("wget -q https://web/")).toMatchObject({
    code: 5,
    stderr:
      "ERROR: cannot verify web's certificate:\n  Self-signed certificate encountered.\nTo connect to web insecurely, use `--no-check-certificate'.\n",
  });
  expect(box.run("wget -q --no-check-certificate -O - https://web/").stdout).toBe("hello\n");
});

it("busybox' has fewer words", () => {
  const box = machine("busybox");
  const run = (line: string) => box.run(line, { shell: "sh" });
  expect(run("wget http://web/page.html")).toMatchObject({
    code: 0,
    stderr: "Connecting to web (10.0.0.1:80)\nsaving to 'page.html'\n'page.html' saved\n",
  });
  expect(run("wget http://web/page.html")).toMatchObject({
    code: 1,
    stderr: "Connecting to web (10.0.0.1:80)\nwget: can't open 'page.html': File exists\n",
  });
  expect(run("wget -q http://web/none")).toMatchObject({
    code: 1,
    stderr: "wget: server returned error: HTTP/1.1 404 Not Found\n",
  });
  expect(run("wget -qO- https://web/")).toMatchObject({
    stdout: "hello\n",
    stderr: "wget: note: TLS certificate validation not implemented\n",
  });
  expect(run("wget --method=PUT http://web/").stderr).toContain("wget: unrecognized option: method\n");
  expect(run("wget -q -T 2 http://web/slow")).toMatchObject({ code: 1, stderr: "wget: download timed out\n" });
});
