import { assert, describe, expect, it } from "vitest";
import { setDeepFreeze } from "../base/freeze.ts";
import { SystemError } from "../base/program.ts";
import { overTls } from "../runtime/network-port.ts";
import { bodyOf, createTestNetwork, pod, says } from "./testing/test-network.ts";

setDeepFreeze(true);

describe("pod addresses", () => {
  it("gives out the next free address of the node's range, and comes back to a freed one only after the others", () => {
    const { worker1, worker2 } = createTestNetwork();
    const first = pod(worker1, "a");
    expect([first.ip, pod(worker1, "b").ip, pod(worker2, "c").ip]).toEqual(["10.244.1.2", "10.244.1.3", "10.244.2.2"]);
    first.detach();
    expect(pod(worker1, "d").ip).toBe("10.244.1.4");
  });

  it("fails when the range is used up", () => {
    const { worker1 } = createTestNetwork();
    for (let count = 0; count < 253; count++) pod(worker1, `p${count}`);
    expect(() => pod(worker1, "one-more")).toThrow("no IP addresses available in range set: 10.244.1.1-10.244.1.254");
  });

  it("puts a pod with host network into its node's namespace", () => {
    const { network, worker1 } = createTestNetwork();
    const host = worker1.attachPod({ namespace: "kube-system", name: "etcd", uid: "1", hostNetwork: true });
    expect(host.ip).toBe("192.168.49.3");
    expect(host.namespace).toBe(network.node("worker-1")?.port().namespace);
  });
});

describe("direct exchanges", () => {
  it("go from pod to pod, to itself and to its own loopback", () => {
    const { get, worker1, worker2 } = createTestNetwork();
    const a = pod(worker1, "a");
    const b = pod(worker2, "b");
    b.namespace.bindHttp(8080, says("b"));
    expect(bodyOf(get(a.port(), "http://10.244.2.2:8080/"))).toBe("b to 10.244.1.2");
    expect(bodyOf(get(b.port(), "http://10.244.2.2:8080/"))).toBe("b to 127.0.0.1");
    expect(bodyOf(get(b.port(), "http://localhost:8080/"))).toBe("b to ::1");
    expect(bodyOf(get(worker1.port(), "http://10.244.2.2:8080/"))).toBe("b to 192.168.49.3");
  });

  it("are refused where nothing listens, unreachable where no pod is, and never answered by a node without power", () => {
    const { get, worker1, worker2 } = createTestNetwork();
    const from = pod(worker1, "a").port();
    pod(worker2, "b");
    expect(get(from, "http://10.244.2.2:81/")).toMatchObject({ ok: false, errno: "ECONNREFUSED", latencyMs: 1 });
    expect(get(from, "http://10.244.2.9:81/")).toMatchObject({ ok: false, errno: "EHOSTUNREACH", latencyMs: 3000 });
    worker2.power(false);
    expect(get(from, "http://10.244.2.2:81/", { timeoutMs: 500 })).toMatchObject({
      errno: "ETIMEDOUT",
      latencyMs: 500,
    });
    expect(get(from, "http://10.244.2.2:81/")).toMatchObject({ errno: "ETIMEDOUT", latencyMs: 127_000 });
    worker2.power(true);
    expect(get(from, "http://10.244.2.2:81/")).toMatchObject({ errno: "ECONNREFUSED" });
  });

  it("get no handshake where a server speaks plain HTTP, and Go's words where one speaks TLS alone", () => {
    const { get, worker1 } = createTestNetwork();
    const a = pod(worker1, "a");
    a.namespace.bindHttp(80, () => assert.fail("it was asked"));
    a.namespace.bindHttp(443, overTls(says("secure")));
    const refused = get(a.port(), "https://10.244.1.2:80/");
    expect(refused).toMatchObject({ ok: false, errno: "EPROTO" });
    expect(refused.hops.at(-1)).toEqual({
      at: "pod/default/a",
      decision: "refuse TLS",
      reason: "port 80 speaks plain HTTP, and was asked for TLS",
    });
    expect(bodyOf(get(a.port(), "https://10.244.1.2/"))).toBe("secure to 127.0.0.1");
    expect(bodyOf(get(a.port(), "http://10.244.1.2:443/"))).toBe("Client sent an HTTP request to an HTTPS server.\n");
  });

  it("that go in a circle end with an error of the server that has no connections left", () => {
    const { get, worker1 } = createTestNetwork();
    const a = pod(worker1, "a");
    let asked = 0;
    a.namespace.bindHttp(80, (request) => {
      asked++;
      const outcome = get(a.port(), `http://10.244.1.2${request.path}`);
      return outcome.ok ? outcome.response : { status: 502, body: "" };
    });
    expect(get(a.port(), "http://10.244.1.2/")).toMatchObject({ ok: true, response: { status: 500 } });
    expect(asked).toBe(40);
    expect(get(worker1.port(), "http://10.244.1.2/")).toMatchObject({ ok: true, response: { status: 500 } });
  });

  it("carry path, query and lower-case headers with a host", () => {
    const { network, worker1 } = createTestNetwork();
    const a = pod(worker1, "a");
    a.namespace.bindHttp(80, (request) => ({ status: 200, body: JSON.stringify(request) }));
    const answer = network.exchange(a.port(), {
      method: "POST",
      url: "http://localhost/x/y?z=1#frag",
      headers: { "Content-Type": "text/plain" },
      body: "hello",
    });
    expect(JSON.parse(bodyOf(answer))).toEqual({
      method: "POST",
      path: "/x/y",
      query: "z=1",
      headers: { host: "localhost", "content-type": "text/plain" },
      body: "hello",
      remoteAddress: "::1",
      port: 80,
      scheme: "http",
    });
  });

  it("stay with an endpoint as long as their connection is kept, and wait for connections no longer than asked", () => {
    const { network, worker1, worker2, service, slice, settle } = createTestNetwork();
    const from = pod(worker1, "a").port();
    for (const [node, name] of [
      [worker1, "b"],
      [worker2, "c"],
    ] as const)
      pod(node, name).namespace.bindHttp(8080, says(name));
    service("web", { clusterIP: "10.96.1.1" });
    slice("web", [
      { addresses: ["10.244.1.3"], nodeName: "worker-1" },
      { addresses: ["10.244.2.2"], nodeName: "worker-2" },
    ]);
    settle();
    const ask = (more: object) =>
      network.exchange(from, { method: "GET", url: "http://10.96.1.1/", headers: {}, body: "", ...more });
    const connection = {};
    const kept = new Set(Array.from({ length: 20 }, () => bodyOf(ask({ connection }))));
    const loose = new Set(Array.from({ length: 20 }, () => bodyOf(ask({}))));
    expect([kept.size, loose.size]).toEqual([1, 2]);
    const nowhere = { url: "http://203.0.113.1/", connectTimeoutMs: 2000, timeoutMs: 9000 };
    expect(ask(nowhere)).toMatchObject({ errno: "ETIMEDOUT", latencyMs: 2000 });
    worker1.attachPod({ namespace: "default", name: "slow", uid: "slow" }).namespace.bindHttp(80, () => ({
      status: 200,
      body: "late",
      delayMs: 4000,
    }));
    expect(ask({ ...nowhere, url: "http://10.244.1.4/" })).toMatchObject({ ok: true, latencyMs: 4001 });
  });

  it("wait for a server that hangs until the client's own time-out", () => {
    const { get, worker1 } = createTestNetwork();
    const a = pod(worker1, "a");
    a.namespace.bindHttp(80, () => ({ status: 200, body: "", hangs: true }));
    a.namespace.bindHttp(81, () => ({ status: 200, body: "", delayMs: 700 }));
    expect(get(a.port(), "http://localhost/", { timeoutMs: 1000 })).toMatchObject({
      errno: "ETIMEDOUT",
      latencyMs: 1000,
    });
    expect(get(a.port(), "http://localhost/").latencyMs).toBe(Infinity);
    expect(get(a.port(), "http://localhost:81/", { timeoutMs: 600 })).toMatchObject({ errno: "ETIMEDOUT" });
    expect(get(a.port(), "http://localhost:81/")).toMatchObject({ ok: true, latencyMs: 700 });
  });
});

describe("a port", () => {
  it("answers in virtual time and leaves one journal line with the hops", () => {
    const { sim, worker1, worker2 } = createTestNetwork();
    pod(worker2, "b").namespace.bindHttp(80, says("b"));
    const heard: string[] = [];
    const sink = {
      head: (status: number) => void heard.push(`${sim.now - sim.start} head ${status}`),
      data: (text: string) => void heard.push(text),
      frame: () => {},
      end: () => void heard.push("end"),
      fail: (errno: string) => void heard.push(errno),
    };
    const from = pod(worker1, "a").port();
    const begin = sim.now - sim.start;
    from.send({ method: "GET", url: "http://10.244.2.2/", headers: {}, body: "" }, sink);
    from.send({ method: "GET", url: "http://10.244.2.2/", headers: {}, body: "" }, sink).abort();
    expect(heard).toEqual([]);
    sim.runUntilIdle(1000);
    expect(heard).toEqual([`${begin + 2} head 200`, "b to 10.244.1.2", "end"]);
    const [line] = sim.journal.since(0).filter(({ kind }) => kind === "hop");
    expect(line).toMatchObject({ actor: "pod/default/a", subject: "GET http://10.244.2.2/" });
    expect(JSON.parse(line?.detail ?? "")).toEqual({
      status: 200,
      ms: 2,
      hops: [
        { at: "pod/default/a", decision: "send", reason: "http://10.244.2.2/" },
        { at: "pod/default/b", decision: "answer", reason: "port 80 answered 200" },
      ],
    });
  });

  it("throws what a look-up fails with", () => {
    const { worker1 } = createTestNetwork();
    expect(() => worker1.port().resolve("nowhere.example")).toThrow(SystemError);
    expect(worker1.port({ hosts: "10.0.0.9 db db.local # x" }).resolve("DB.local")).toEqual(["10.0.0.9"]);
    expect(worker1.port().resolve("localhost")).toEqual(["::1", "127.0.0.1"]);
  });
});

describe("a host port", () => {
  it("leads from the node to the pod as long as the pod is there", () => {
    const { get, network, worker1 } = createTestNetwork();
    const hostPorts = [{ hostPort: 8000, containerPort: 80, protocol: "TCP" as const }];
    const web = worker1.attachPod({ namespace: "default", name: "web", uid: "web", hostPorts });
    web.namespace.bindHttp(80, says("web"));
    const url = "http://192.168.49.3:8000/";
    expect(bodyOf(get(network.laptopPort(), url))).toBe("web to 192.168.49.1");
    expect(get(network.laptopPort(), "http://192.168.49.4:8000/")).toMatchObject({ errno: "ECONNREFUSED" });
    web.detach();
    expect(get(network.laptopPort(), url)).toMatchObject({ errno: "ECONNREFUSED" });
  });

  it("is at the address that its hostIP says alone, 127.0.0.1 too, in every mode of the proxy", () => {
    const { get, network, worker1 } = createTestNetwork();
    const attach = (name: string, hostIP: string) => {
      const hostPorts = [{ hostIP, hostPort: 8000, containerPort: 80, protocol: "TCP" as const }];
      const attached = worker1.attachPod({ namespace: "default", name, uid: name, hostPorts });
      attached.namespace.bindHttp(80, says(name));
      return attached;
    };
    const inner = attach("inner", "127.0.0.1");
    const outside = (): unknown => get(network.laptopPort(), "http://192.168.49.3:8000/");
    expect(outside()).toMatchObject({ errno: "ECONNREFUSED" });
    expect(bodyOf(get(worker1.port(), "http://localhost:8000/"))).toBe("inner to 192.168.49.3");
    network.setProxy("worker-1", { mode: "ipvs", minSyncMs: 0, syncMs: 30_000 });
    expect(bodyOf(get(worker1.port(), "http://127.0.0.1:8000/"))).toBe("inner to 192.168.49.3");
    attach("outer", "192.168.49.3");
    expect(outside()).toMatchObject({ ok: true });
    expect(bodyOf(get(worker1.port(), "http://127.0.0.1:8000/"))).toBe("inner to 192.168.49.3");
    inner.detach();
    expect(get(worker1.port(), "http://127.0.0.1:8000/")).toMatchObject({ errno: "ECONNREFUSED" });
    expect(outside()).toMatchObject({ ok: true });
  });
});

describe("the laptop", () => {
  it("reaches nodes and its own listeners, and neither pods nor services", () => {
    const { get, network, service, settle, slice, worker1 } = createTestNetwork();
    const web = pod(worker1, "web");
    web.namespace.bindHttp(8080, says("web"));
    const made = service("web", { type: "NodePort", ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] });
    slice("web", [{ addresses: [web.ip], nodeName: "worker-1" }]);
    settle();
    const laptop = network.laptopPort();
    expect(bodyOf(get(laptop, "http://192.168.49.4:30080/"))).toBe("web to 192.168.49.4");
    expect(bodyOf(get(worker1.port(), "http://localhost:30080/"))).toBe("web to 192.168.49.3");
    expect(get(web.port(), "http://localhost:30080/")).toMatchObject({ errno: "ECONNREFUSED" });
    expect(get(laptop, "http://192.168.49.4:30081/")).toMatchObject({ errno: "ECONNREFUSED" });
    expect(get(laptop, `http://${made.spec.clusterIP}/`)).toMatchObject({ errno: "ETIMEDOUT" });
    expect(get(laptop, `http://${web.ip}:8080/`)).toMatchObject({ errno: "ETIMEDOUT" });
    expect(get(laptop, "http://web/")).toMatchObject({ errno: "ENOTFOUND" });
    laptop.namespace.bindHttp(8001, says("proxy"));
    expect(bodyOf(get(laptop, "http://localhost:8001/"))).toBe("proxy to ::1");
  });
});
