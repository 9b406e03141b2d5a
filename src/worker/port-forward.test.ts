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
    expect(await typist.type("kubectl port-forward deploy/web 8080:80 2>&1 | tail -1")).toBe(
      "error: unable to listen on any of the requested ports: [{8080 80}]",
    );
    expect(await typist.type("kubectl port-forward svc/web 1")).toBe(
      "error: Service web does not have a service port 1",
    );
    await typist.type("kill %1; sleep 1");
    expect(await typist.type("curl -s localhost:8080; echo $?")).toBe("7");
  });

  it("lead to the API server with kubectl proxy", async () => {
    const typist = await Typist.start({ preset: "minikube" });
    await typist.type("kubectl proxy > proxy.log &");
    await typist.type("sleep 1");
    expect(
      await typist.type(
        'curl -s localhost:8001/api/v1/namespaces/default | grep -o \'"kind":"N[a-z]*"\' | head -1; cat proxy.log',
      ),
    ).toBe('"kind":"Namespace"\nStarting to serve on 127.0.0.1:8001');
    expect(
      await typist.type("curl -s -o /dev/null -w '%{http_code}\\n' localhost:8001/api/v1/namespaces/x/pods/y/exec"),
    ).toBe("403");
  });
});
