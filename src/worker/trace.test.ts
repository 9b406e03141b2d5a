import { describe, expect, it } from "vitest";
import { Typist } from "./testing/typist.ts";

const APPS = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: nginx, image: nginx, ports: [{containerPort: 80, name: http}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: a}}
spec: {containers: [{name: a, image: nginx}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: target}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: named}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: htpp}]}
---
apiVersion: v1
kind: Service
metadata: {name: label}
spec: {selector: {app: wbe}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: nothing}
spec: {selector: {tier: database-of-another-kind}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: open}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, nodePort: 30080}]}
---
apiVersion: v1
kind: Service
metadata: {name: far, namespace: kube-system}
spec: {selector: {app: web}, ports: [{port: 80}]}
`;

const DENY = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "deny" },
  spec: { podSelector: { matchLabels: { app: "web" } }, policyTypes: ["Ingress"] },
};

async function prepared(): Promise<Typist> {
  const typist = await Typist.start({ preset: "minikube", setup: [APPS] });
  await typist.type("kubectl rollout status deployment/web; kubectl wait --for=condition=Ready pod/a; sleep 1");
  return typist;
}

describe("drydock trace and why", () => {
  it("tells every hop of a request, and by its exit code whether it was answered", async () => {
    const typist = await prepared();
    const answered = await typist.type("drydock trace pod/a http://web/; echo $?");
    const [pod] = /pod\/default\/web-\S+/.exec(answered) ?? [""];
    const ip = await typist.type(`kubectl get service web -o jsonpath='{.spec.clusterIP}{"\\n"}'`);
    const dns = await typist.type("kubectl get pod -n kube-system -l k8s-app=kube-dns -o name");
    const dnsIP = await typist.type(`kubectl get ${dns} -n kube-system -o jsonpath='{.status.podIP}{"\\n"}'`);
    const podIP = await typist.type(`kubectl get ${pod.replace("default/", "")} -o jsonpath='{.status.podIP}{"\\n"}'`);
    expect(answered.split("\n").map((line) => line.trim().replace(/\s{2,}/g, "  "))).toEqual([
      "1  pod/default/a  send  http://web/",
      "2  pod/default/a  send  udp://10.96.0.10:53",
      `3  service/kube-system/kube-dns  forward  the proxy of minikube chose ${dnsIP}:53, one of 1 endpoints`,
      `4  ${dns.replace("pod/", "pod/kube-system/")}  answer  web.default.svc.cluster.local: ${ip}`,
      `5  pod/default/a  resolve  web.default.svc.cluster.local is ${ip}`,
      `6  service/default/web  forward  the proxy of minikube chose ${podIP}:80, one of 2 endpoints`,
      `7  ${pod}  answer  port 80 answered 200`,
      "Answered 200 after 3 ms.",
      "0",
    ]);
    expect(await typist.type(`kubectl logs ${pod.replace("default/", "")} | grep -c drydock-trace`)).toBe("1");
    expect(
      await typist.type("drydock trace deploy/web http://target/ | tail -n 5; drydock trace node/minikube x; echo $?"),
    ).toContain(
      "No answer: ENOTFOUND after 1 ms.\n  Why:   no name x is known here\n  Mend:  use a name that exists\n1",
    );
    expect(JSON.parse(await typist.type("drydock trace laptop http://192.168.49.2:30080/ --json"))).toMatchObject({
      from: "laptop",
      method: "GET",
      status: 200,
      hops: [{ at: "laptop" }, { at: "node/minikube", decision: "node port" }, { at: "service/default/open" }, {}],
    });
    expect(await typist.type("drydock trace pod/b http://web/; drydock trace b")).toBe(
      'drydock: there is no pod "b" in namespace "default"\n' +
        "drydock: trace takes a place and a URL\nTry 'drydock help'.",
    );

    const why = async (words: string): Promise<string[]> => {
      const text = await typist.type(`drydock why ${words} --no-trial`);
      return text
        .split("\n")
        .slice(1)
        .map((line) => line.replace(/^\s*(Why:|Mend:)?\s*/, ""));
    };
    expect(await why("pod/a http://named/")).toEqual([
      expect.stringMatching(
        /^service default\/named sends to the port named htpp, and the pods have none of that name/,
      ),
      "let it send to http",
      `kubectl patch service named --type=json -p '[{"op":"replace","path":"/spec/ports/0/targetPort","value":"http"}]'`,
    ]);
    // Pods that declare no port: the one at which their program listens.
    await typist.type("kubectl create deployment bare --image=nginx; kubectl rollout status deployment/bare");
    await typist.type("kubectl expose deployment bare --port=80 --target-port=http; sleep 2");
    expect(await why("service/bare")).toEqual([
      "service default/bare sends to the port named http, and the pods have none of that name (none)",
      "let it send to 80",
      `kubectl patch service bare --type=json -p '[{"op":"replace","path":"/spec/ports/0/targetPort","value":80}]'`,
    ]);
    expect(await why("pod/a http://label/")).toEqual([
      "the selector of service default/label (app=wbe) matches no pod: no pod has app=wbe",
      expect.stringMatching(/^let it choose app=web, as web-/),
      "kubectl set selector service/label app=web",
    ]);
    expect(await why("pod/a http://nothing/")).toEqual([
      "the selector of service default/nothing (tier=database-of-another-kind) matches no pod",
      "create pods with these labels",
    ]);
    expect(await why("pod/a http://far/")).toEqual([
      "there is no service far in namespace default; there is one in kube-system",
      "ask for http://far.kube-system/",
    ]);
    expect(await why("pod/a http://wep:80/x")).toEqual([
      "there is no service wep in namespace default; there is web",
      "ask for http://web:80/x",
    ]);
    expect(await why("pod/a http://web:8080/")).toEqual([
      "service default/web has no port 8080, but 80",
      "ask for http://web/",
    ]);
    expect(await why("pod/a https://web/x")).toEqual([
      "service default/web has no port 443, but 80",
      "ask for http://web/x",
    ]);
    expect(await why("pod/a http://kubernetes")).toEqual([
      "service default/kubernetes has no port 80, but 443",
      "ask for https://kubernetes",
    ]);
    await typist.type(
      "kubectl create service clusterip datagrams --tcp=80; kubectl set selector svc datagrams app=web",
    );
    const udp = String.raw`[{"op":"replace","path":"/spec/ports/0/protocol","value":"UDP"}]`;
    await typist.type(`kubectl patch service datagrams --type=json -p '${udp}'; sleep 2`);
    expect(await why("pod/a http://datagrams/")).toEqual([
      "port 80 of service default/datagrams is one of UDP, and was asked over TCP",
      "let it be one of TCP",
      `kubectl patch service datagrams --type=json -p '${udp.replace("UDP", "TCP")}'`,
    ]);
    expect(await why("laptop http://open/")).toEqual([
      "open is service default/open, but laptop does not ask the cluster's name server: such names are known to pods",
      "ask for http://192.168.49.2:30080/",
    ]);
    expect(await why("laptop http://192.168.49.2:30081/")).toEqual([
      "no service has node port 30081; these are open: 30080 (default/open)",
      "ask for http://192.168.49.2:30080/",
    ]);
    expect(await why(`pod/a http://${podIP}:81/`)).toEqual([
      "nothing listens on port 81; these are open: 80",
      `ask for http://${podIP}/`,
    ]);
    await typist.type(`echo '${JSON.stringify(DENY)}' | kubectl apply -f -; sleep 1`);
    const denied = await why("pod/a http://web/");
    expect(denied[0]).toMatch(/^a network policy denies it: policy default\/deny isolates pod\/default\/web-/);
    await typist.type(denied[2] as string);
    expect(await typist.type("sleep 1; drydock trace pod/a http://web/ | grep allow | tr -s ' '")).toMatch(
      / pod\/default\/web-\S+ allow policy default\/allow-ingress-web-/,
    );
    await typist.type("kubectl delete networkpolicy --all");
    await typist.type("kubectl scale deployment web --replicas=0; sleep 40");
    expect(await why("pod/a http://web/")).toEqual([
      "the selector of service default/web (app=web) is that of deployment web, which has 0 replicas",
      "scale web up",
      "kubectl scale deployment/web --replicas=1",
    ]);
    await typist.type("kubectl scale deployment coredns -n kube-system --replicas=0; sleep 40");
    expect(await why("pod/a http://web/")).toEqual([
      "no CoreDNS pod runs, so no name can be resolved",
      "scale CoreDNS up",
      "kubectl scale deployment/coredns -n kube-system --replicas=2",
    ]);
  });

  it("proves a change on a copy of the cluster, and a second one without making copies of copies", async () => {
    const typist = await prepared();
    const tried = async (words: string): Promise<string | undefined> =>
      (await typist.type(`drydock why ${words}`)).split("\n").find((line) => line.includes("ried"));
    expect(await tried("pod/a http://target/")).toMatch(
      /Tried on a copy of this cluster: it works \(200, .* s after the change\)/,
    );
    // Faults behind the first: the trial finds each when the one before is mended, and mends it too.
    const closed = { ...DENY, metadata: { name: "closed" } };
    await typist.type(`echo '${JSON.stringify(closed)}' | kubectl apply -f -; sleep 1`);
    expect(await typist.type("drydock why pod/a http://target/ | grep -vE '^ {9}'")).toMatch(
      /^GET .*\n  Why: .*default\/closed isolates .*port 8080 .*\n  Mend: .*\n  Tried .*: that alone does not mend it\.\n  Then: .*sends to port 8080, .*\n  Mend: .*\n  Then: .*port 80 \(TCP\)\n  Mend: .*\n  Tried together: it works \(200, .*/,
    );
    await typist.type("kubectl delete networkpolicy closed");
    await typist.type("kubectl set image deployment/web nginx=nginx:no-such-tag; sleep 30");
    const [bad] = (await typist.type("kubectl get pods -o name | grep web")).split("\n").slice(-1);
    expect(await typist.type("kubectl get pods | grep -c ImagePull")).toBe("1");
    const image = (await typist.type("kubectl get pods | grep ImagePull | cut -d' ' -f1")).trim();
    expect(bad).toBeDefined();
    expect(await typist.type(`drydock why ${image}`)).toMatch(
      /image nginx has no tag no-such-tag\n.*use nginx:latest\n.*kubectl set image deployment\/web nginx=nginx:latest\n.*it works \(web-\S+ is ready/,
    );
    expect(await typist.type("kubectl get service target -o jsonpath='{.spec.ports[0].targetPort}{\"\\n\"}'")).toBe(
      "8080",
    );
    const hash = typist.playground.hash();
    const session = typist.playground.snapshot();
    const again = await Typist.replayed(session);
    expect(again.hash()).toBe(hash);
  });
});
