import { describe, expect, it } from "vitest";
import { Typist } from "./testing/typist.ts";

describe("ports of the laptop", () => {
  it("lead to a service's pod with kubectl port-forward, until it ends", async () => {
    const typist = await Typist.start({ preset: "minikube" });
    await typist.type("kubectl create deployment web --image=nginx");
    await typist.type("kubectl expose deployment web --port=8088 --target-port=80");
    await typist.type("kubectl rollout status deployment/web");
    await typist.type("kubectl port-forward svc/web 8080:8088 > forward.log 2>&1 &");
    await typist.type("sleep 1");
    expect(await typist.type("curl -s localhost:8080 | grep title; cat forward.log")).toBe(
      "<title>Welcome to nginx!</title>\nForwarding from 127.0.0.1:8080 -> 80\nForwarding from [::1]:8080 -> 80\nHandling connection for 8080",
    );
    expect(await typist.type("curl -s http://[::1]:8080 | grep title")).toBe("<title>Welcome to nginx!</title>");
    expect(await typist.type("curl -sI localhost:8080 | tr -d '\\r' | grep -i -e HTTP -e length")).toBe(
      "HTTP/1.1 200 OK\nContent-Length: 615",
    );
    expect(await typist.type("kubectl port-forward deploy/web 8080:80 2>&1 | tail -1")).toBe(
      "error: unable to listen on any of the requested ports: [{8080 80}]",
    );
    expect(await typist.type("kubectl port-forward svc/web 1")).toBe(
      "error: Service web does not have a service port 1",
    );
    await typist.type("kill %1; sleep 1");
    expect(await typist.type("curl -s localhost:8080; echo $?")).toBe("7");
  });

  it("carry any protocol, several connections and ports at a time, to who listens in the pod", async () => {
    const typist = await Typist.start({ preset: "minikube" });
    await typist.type("kubectl create deployment cache --image=redis:7");
    await typist.type("kubectl run db --image=postgres:16 --env POSTGRES_PASSWORD=secret --port 5432");
    await typist.type("kubectl expose pod db --port 15432 --target-port 5432");
    await typist.type("kubectl run two --image=busybox -- sh -c 'nc -lk -p 1 -e cat & nc -lk -p 2 -e hostname'");
    await typist.type("kubectl wait --for=condition=Ready pod --all --timeout=60s; sleep 10");
    await typist.type("kubectl port-forward deploy/cache 6379 > cache.log 2>&1 &");
    await typist.type("kubectl port-forward --address 0.0.0.0 svc/db :15432 > db.log 2>&1 &");
    await typist.type("kubectl port-forward pod/two 9001:1 9002:2 > two.log 2>&1 &");
    await typist.type("sleep 1");
    expect(await typist.type("redis-cli SET a 1; redis-cli -h localhost INCR a; cat cache.log")).toBe(
      "OK\n(integer) 2\nForwarding from 127.0.0.1:6379 -> 6379\nForwarding from [::1]:6379 -> 6379\nHandling connection for 6379\nHandling connection for 6379",
    );
    const query = "psql -h localhost -p $(grep -o '[0-9]* ->' db.log | cut -d' ' -f1) -U postgres -At -c 'select 7'";
    expect(await typist.type(`PGPASSWORD=secret ${query}; cut -d: -f1 db.log | head -1`)).toBe(
      "7\nForwarding from 0.0.0.0",
    );
    // The first connection stays open while the second one comes and goes.
    expect(
      await typist.type("(echo a; sleep 2; echo b) | nc -q 1 localhost 9001 & sleep 1; nc localhost 9002; sleep 3"),
    ).toMatch(/a\n(.*\n)*two\n(.*\n)*b/);
    await typist.type("kubectl port-forward pod/two 9003:3 > none.log 2>&1 &");
    expect(await typist.type("sleep 1; nc localhost 9003; sleep 1; tail -2 none.log")).toMatch(
      /an error occurred forwarding 9003 -> 3: error forwarding port 3 to pod .*connect: connection refused.*\nerror: lost connection to pod\n/,
    );
    const said = (await typist.type("tail -2 none.log"))
      .replaceAll(/[0-9a-f]{64}/g, "SANDBOX")
      .replace(/cni-[0-9a-f-]+/, "cni-ID")
      .replace(/^E.* portforward\.go/, "E portforward.go");
    expect(said)
      .toBe(String.raw`E portforward.go:522] "Unhandled Error" err="an error occurred forwarding 9003 -> 3: error forwarding port 3 to pod SANDBOX, uid : failed to execute portforward in network namespace \"/var/run/netns/cni-ID\": failed to connect to localhost:3 inside namespace \"SANDBOX\", IPv4: dial tcp4 127.0.0.1:3: connect: connection refused IPv6 dial tcp6 [::1]:3: connect: connection refused "
error: lost connection to pod`);
    await typist.type(
      "kubectl port-forward pod/two 9004:1 > gone.log 2>&1 & sleep 1; kubectl delete pod two --now; sleep 5",
    );
    expect(await typist.type("curl -sS localhost:9004; tail -2 gone.log")).toMatch(
      /curl: \(52\) Empty reply from server\n(.*\n)*E.* portforward\.go:522\] "Unhandled Error" err="an error occurred forwarding 9004 -> 1: error forwarding port 1 to pod (\S+), uid : failed to find sandbox \\"\2\\" in store: not found"\nerror: lost connection to pod/,
    );
    expect(await typist.type("kubectl port-forward pod/db 5433:5432 --as=joe --as-group=readers; echo $?")).toBe(
      'Error from server (Forbidden): pods "db" is forbidden: User "joe" cannot get resource "pods" in API group "" in the namespace "default"\n1',
    );
    await typist.type(
      "kubectl create role look --verb=get,list --resource=pods; kubectl create rolebinding look --role=look --user=joe",
    );
    expect(await typist.type("kubectl port-forward pod/db 5433:5432 --as=joe; echo $?")).toBe(
      'error: error upgrading connection: pods "db" is forbidden: User "joe" cannot create resource "pods/portforward" in API group "" in the namespace "default"\n1',
    );
    expect(await typist.type("kubectl port-forward --address nowhere pod/db 1; echo $?")).toBe(
      "error: nowhere is not a valid IP\n1",
    );
    await typist.type("kubectl port-forward --address 192.0.2.1,::1 pod/db 5433:5432 > some.log 2>&1 &");
    expect(await typist.type("sleep 1; cat some.log; nc -z 127.0.0.1 5433; echo $?; nc -z ::1 5433; echo $?")).toBe(
      "Forwarding from [::1]:5433 -> 5432\n1\n0",
    );
  });

  it("lead to the API server with kubectl proxy", async () => {
    const typist = await Typist.start({ preset: "minikube" });
    expect(await typist.type("kubectl proxy --address=192.0.2.1")).toBe(
      "error: listen tcp 192.0.2.1:8001: bind: cannot assign requested address",
    );
    await typist.type("kubectl proxy > proxy.log &");
    expect(await typist.type("(kubectl proxy --address=0.0.0.0 --port=8009 & sleep 1; kill $!) | head -1")).toBe(
      "Starting to serve on [::]:8009",
    );
    // At its own address alone.
    expect(await typist.type("sleep 1; curl -s -o /dev/null http://[::1]:8001; echo $?")).toBe("7");
    expect(await typist.type("curl -s -o /dev/null http://192.168.49.1:8001; echo $?")).toBe("7");
    await typist.type("sleep 1");
    expect(await typist.type("curl -s localhost:8001/api/v1/namespaces/default | head -2; cat proxy.log")).toBe(
      '{\n  "kind": "Namespace",\nStarting to serve on 127.0.0.1:8001',
    );
    expect(
      await typist.type("curl -s -o /dev/null -w '%{http_code}\\n' localhost:8001/api/v1/namespaces/x/pods/y/exec"),
    ).toBe("403");
    // On to pods and services, by the API server's own way into their network.
    await typist.type("kubectl run web --image=nginx --port=80; kubectl expose pod web --port=8080 --target-port=80");
    await typist.type("kubectl wait --for=condition=Ready pod/web; sleep 2");
    const core = "localhost:8001/api/v1/namespaces/default";
    for (const place of ["pods/web", "pods/http:web:80", "services/web:8080", "services/web"]) {
      expect(await typist.type(`curl -s ${core}/${place}/proxy/ | grep title`)).toBe(
        "<title>Welcome to nginx!</title>",
      );
    }
    expect(await typist.type(`curl -s ${core}/pods/web/proxy/nowhere -o /dev/null -w '%{http_code}\\n'`)).toBe("404");
    expect(await typist.type("kubectl get --raw /api/v1/namespaces/default/pods/web:81/proxy/")).toMatch(
      /^Error from server \(ServiceUnavailable\): error trying to reach service: dial tcp [\d.]+:81: connect: connection refused$/,
    );
    await typist.type("kubectl delete pod web --now; kubectl delete service web");
    // A watch comes piece by piece, and others are answered meanwhile.
    await typist.type("curl -sN 'localhost:8001/api/v1/namespaces/default/configmaps?watch=1' > watch.log &");
    await typist.type("sleep 1; kubectl create configmap seen; sleep 1");
    const names = 'grep -o \'^{"type":"[A-Z]*"\\|"name":"[a-z.-]*"\' watch.log';
    expect(await typist.type(names)).toBe('{"type":"ADDED"\n"name":"kube-root-ca.crt"\n{"type":"ADDED"\n"name":"seen"');
    expect(await typist.type("curl -s localhost:8001/version | grep minor")).toContain('"minor": "36"');
    await typist.type("kill %1; sleep 1");
    expect(await typist.type("jobs; curl -s localhost:8001/version; echo $?")).toMatch(/7$/);
  });
});
