import { describe, expect, it } from "vitest";
import { setDeepFreeze } from "../base/freeze.ts";
import { TestNode } from "../kubelet/testing/test-node.ts";
import { parseImageName } from "../runtime/containers/image-name.ts";
import { images } from "./registry.ts";

setDeepFreeze(true);

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A node with one running pod of an image, and how to ask it. */
function run(
  image: string,
  container: object = {},
): { node: TestNode; get(url: string, method?: string): Answer; log(): string[] } {
  const node = new TestNode();
  node.bind("app", { containers: [{ name: "app", image, ...container }] });
  node.sim.runUntil(node.sim.now + 20_000);
  const current = () => node.kubelet.worker("default", "app")?.slots[0]?.current;
  return {
    node,
    get(url, method = "GET") {
      const [, port = "80", path = "/"] = /^:(\d+)(.*)$/.exec(url) ?? [];
      const request = { method, url: `http://${node.pod("app").status.podIP}:${port}${path}`, headers: {}, body: "" };
      const exchange = node.network.exchange(node.network.node("worker-1")?.port() as never, request);
      return (exchange as unknown as { response: Answer }).response;
    },
    log: () =>
      current()
        ?.log.since(0)
        .map(({ text }) => text) ?? [],
  };
}

it("hello-world greets and ends, and is started again where a pod's policy says so", () => {
  const { node, log } = run("hello-world");
  expect(log()).toEqual([
    "",
    "Hello from Docker!",
    "This message shows that your installation appears to be working correctly.",
    "",
  ]);
  expect(node.pod("app").status.containerStatuses?.[0]?.state?.waiting?.reason).toBe("CrashLoopBackOff");
});

describe("the catalogue", () => {
  it("holds every image once, under its full name, with tags and sizes", () => {
    const names = images.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, tags } of images) {
      expect(parseImageName(`${name}:x`)).toMatchObject({ repository: name });
      expect(Object.keys(tags).length).toBeGreaterThan(0);
      for (const tag in tags) expect(tags[tag]?.size).toBeGreaterThan(1_000);
    }
  });

  it("starts every one of them", () => {
    const nodeful = 60;
    const silent: string[] = [];
    // Files alone, for volumes, have nothing to start.
    const programs = images.filter(({ entrypoint, cmd }) => entrypoint !== undefined || cmd !== undefined);
    expect(images.length - programs.length).toBe(1);
    for (let from = 0; from < programs.length; from += nodeful) {
      // Small, so that pulls take no time.
      const some = programs.slice(from, from + nodeful).map((image) => {
        const tag = Object.keys(image.tags)[0] as string;
        return { ...image, tag, tags: { [tag]: { size: 1 } } };
      });
      const node = new TestNode({ images: some });
      for (const [at, { name, tag }] of some.entries()) {
        node.bind(`app-${at}`, { containers: [{ name: "app", image: `${name}:${tag}` }], restartPolicy: "Never" });
      }
      node.sim.runUntil(node.sim.now + 60_000);
      for (const [at, { name }] of some.entries()) {
        const about = node.events(`app-${at}`);
        if (about.some((event) => event.startsWith("Failed")) || !about.includes("Started Container started"))
          silent.push(`${name}: ${about.join("; ")}`);
      }
    }
    expect(silent).toEqual([]);
  });
});

describe("nginx", () => {
  it("shows its welcome page with its version, and its own 404", () => {
    const { get } = run("nginx:1.16.1");
    expect(get(":80/")).toMatchObject({
      status: 200,
      headers: { server: "nginx/1.16.1", "content-type": "text/html" },
    });
    expect(get(":80/").body).toMatch("<title>Welcome to nginx!</title>");
    expect(get(":80/none")).toMatchObject({ status: 404 });
    expect(get(":80/none").body).toMatch("<hr><center>nginx/1.16.1</center>");
    expect(get(":80/", "HEAD").body).toBe("");
  });

  it("of nginx-slim is the version that its tag was built from", () => {
    const versions = ["0.8", "0.21", "0.24"].map((tag) => run(`registry.k8s.io/nginx-slim:${tag}`).get(":80/").headers);
    expect(versions.map(({ server }) => server)).toEqual(["nginx/1.11.1", "nginx/1.13.3", "nginx/1.13.5"]);
  });

  it("says what its entry point does, answers as a tool, and reads its configuration anew when it is told to", () => {
    const { node, log } = run("nginx:1.27.0");
    expect(log().slice(0, 5)).toEqual([
      "/docker-entrypoint.sh: /docker-entrypoint.d/ is not empty, will attempt to perform configuration",
      "/docker-entrypoint.sh: Looking for shell scripts in /docker-entrypoint.d/",
      "/docker-entrypoint.sh: Launching /docker-entrypoint.d/10-listen-on-ipv6-by-default.sh",
      "10-listen-on-ipv6-by-default.sh: info: Getting the checksum of /etc/nginx/conf.d/default.conf",
      "10-listen-on-ipv6-by-default.sh: info: Enabled listen on IPv6 in /etc/nginx/conf.d/default.conf",
    ]);
    expect(log().at(-1)).toBe("2026/01/01 00:00:02 [notice] 1#1: start worker process 8");
    expect(node.exec("app", "nginx -t")).toBe(
      "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\nnginx: configuration file /etc/nginx/nginx.conf test is successful\n",
    );
    expect(node.exec("app", "nginx -x; nginx -s halt; nginx -v")).toBe(
      'nginx: invalid option: "x"\nnginx: invalid option: "-s halt"\nnginx version: nginx/1.27.0\n',
    );
    expect(node.exec("app", "nginx -Tq 2>&1 | grep -E '^# conf|listen|test is'")).toBe(
      "# configuration file /etc/nginx/nginx.conf:\n# configuration file /etc/nginx/mime.types:\n# configuration file /etc/nginx/conf.d/default.conf:\n    listen       80;\n    listen  [::]:80;\n",
    );
    expect(node.exec("app", "nginx -h 2>&1 | head -2")).toMatch(/^nginx version: nginx\/1.27.0\nUsage: nginx /);
    node.exec("app", "echo 'server { listen 8080; }' >/etc/nginx/conf.d/b.conf; nginx -s reload");
    expect(log().at(-1)).toBe("2026/01/01 00:00:24 [notice] 1#1: signal 1 (SIGHUP) received, reconfiguring");
    expect(node.exec("app", "curl -so /dev/null -w %{http_code} localhost:8080")).toBe("404");
    // Whoever asks it to end has ended before it.
    expect(node.exec("app", "nginx -s quit; echo asked")).toContain("asked\n");
    expect(run("nginx:1.14.2").log()).toEqual([]);
  });

  it("logs each request as nginx does", () => {
    const { get, log } = run("nginx");
    get(":80/none");
    expect(log().at(-1)).toBe('192.168.49.3 - - [01/Jan/2026:00:00:20 +0000] "GET /none HTTP/1.1" 404 153 "-" "-" "-"');
  });
});

describe("kubernetes-bootcamp", () => {
  it.each([
    ["gcr.io/google-samples/kubernetes-bootcamp:v1", "1"],
    ["docker.io/jocatalin/kubernetes-bootcamp:v2", "2"],
  ])("%s says where it runs", (image, version) => {
    const { get, log } = run(image);
    expect(get(":8080/").body).toBe(`Hello Kubernetes bootcamp! | Running on: app | v=${version}\n`);
    expect(log()[0]).toMatch(
      /^Kubernetes Bootcamp App Started At: 2026-01-01T00:00:\d\d\.\d{3}Z \| Running On: {2}app $/,
    );
    expect(log().at(-1)).toMatch(
      /^Running On: app \| Total Requests: 1 \| App Uptime: [\d.]+ seconds \| Log Time: 2026-01-01T00:00:20\.000Z$/,
    );
  });
});

describe("other servers", () => {
  it("httpd works", () => {
    expect(run("httpd:2.4").get(":80/").body).toBe("<html><body><h1>It works!</h1></body></html>\n");
  });

  it("kuard tells of itself", () => {
    const { get } = run("gcr.io/kuar-demo/kuard-amd64:blue", { env: [{ name: "COLOR", value: "blue" }] });
    expect(get(":8080/").body).toMatch("v0.10.0-blue");
    expect(get(":8080/healthy")).toMatchObject({ status: 200, body: "ok" });
    expect(get(":8080/env/api").body).toMatch('"COLOR":"blue"');
  });

  it("http-echo says its text, or that there is none", () => {
    expect(run("hashicorp/http-echo", { args: ["-text=hello"] }).get(":5678/").body).toBe("hello\n");
    expect(run("hashicorp/http-echo").node.state("app")).toBe("CrashLoopBackOff");
  });

  it("agnhost netexec answers on its port", () => {
    const { get } = run("registry.k8s.io/e2e-test-images/agnhost:2.53", {
      command: ["/agnhost", "netexec", "--http-port=8080"],
    });
    expect(get(":8080/hostname").body).toBe("app");
    expect(get(":8080/shell").status).toBe(501);
  });
});
