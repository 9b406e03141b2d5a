/** Ingresses as somebody at a terminal sees them: what describe says, which certificates curl shows, refusals and silence explained. */
import { beforeAll, describe, expect, it } from "vitest";
import { Typist } from "./testing/typist.ts";

let typist: Typist;

const type = (line: string): Promise<string> => typist.type(line);

/** Cause, change and command, without asking a copy of the cluster. */
const why = async (words: string): Promise<string[]> => {
  const text = await type(`drydock why ${words} --no-trial`);
  return text
    .split("\n")
    .slice(1)
    .map((line) => line.replace(/^\s*(Why:|Mend:)?\s*/, ""));
};

const at = (host: string, more = ""): string => `http://192.168.49.2/ -H Host:${host}.example${more}`;
const CONTROLLER = "deployment/ingress-nginx-controller -n ingress-nginx";

/** Each name with a certificate of its own. */
const certificate = (name: string): string =>
  `openssl req -x509 -nodes -newkey rsa:2048 -days 365 -keyout ${name}.key -out ${name}.crt -subj /CN=${name}.example` +
  ` && kubectl create secret tls ${name}-tls --cert=${name}.crt --key=${name}.key`;

const annotated = (name: string, ...annotations: string[]): string =>
  `kubectl create ingress ${name} --class=nginx --rule='${name}.example/*=web:80'` +
  annotations.map((annotation) => ` --annotation nginx.ingress.kubernetes.io/${annotation}`).join("");

beforeAll(async () => {
  typist = await Typist.start({ preset: "minikube" });
  await type("minikube addons enable ingress");
  await type("kubectl create deployment web --image=nginx && kubectl expose deployment web --port=80");
  await type("kubectl run mute --image=busybox -- nc -lk -p 8080 -e sleep 300");
  await type("kubectl expose pod mute --port=80 --target-port=8080");
  await type(`kubectl rollout status ${CONTROLLER}; kubectl rollout status deployment/web; sleep 1`);
  await type(`${certificate("a")}; ${certificate("b")}`);
  await type(
    "kubectl create ingress web --class=nginx --rule='a.example/*=web:80,tls=a-tls' --rule='b.example/*=web:80,tls=b-tls' --rule='c.example/gone=gone:80'; sleep 2",
  );
});

describe("an Ingress", () => {
  it("is described with its rules, the endpoints behind them and the controller's events", async () => {
    const ip = await type("kubectl get pods -l app=web -o jsonpath='{.items[0].status.podIP}{\"\\n\"}'");
    expect((await type("kubectl describe ingress web")).replaceAll(/ +$/gm, "")).toBe(
      [
        "Name:             web",
        "Labels:           <none>",
        "Namespace:        default",
        "Address:          192.168.49.2",
        "Ingress Class:    nginx",
        "Default backend:  <default>",
        "TLS:",
        "  a-tls terminates a.example",
        "  b-tls terminates b.example",
        "Rules:",
        "  Host        Path  Backends",
        "  ----        ----  --------",
        "  a.example",
        `              /   web:80 (${ip}:80)`,
        "  b.example",
        `              /   web:80 (${ip}:80)`,
        "  c.example",
        `              /gone   gone:80 (<error: services "gone" not found>)`,
        "Annotations:  <none>",
        "Events:",
        "  Type    Reason  Age   From                      Message",
        "  ----    ------  ----  ----                      -------",
        "  Normal  Sync    2s    nginx-ingress-controller  Scheduled for sync",
      ].join("\n"),
    );
  });

  it("shows each name's certificate, trusts the one that curl is given, and a fake one to who asks for neither", async () => {
    const verbose = async (words: string): Promise<string[]> => {
      const text = await type(`curl -s -v ${words} 2>&1 | grep -E '^\\*|^< HTTP|^curl'`);
      return text.split("\n").filter((line) => !/(start|expire) date|Request completely|using HTTP/.test(line));
    };
    const to = (name: string): string => `--resolve ${name}.example:443:192.168.49.2 https://${name}.example/`;
    for (const name of ["a", "b"]) {
      expect(await verbose(`--cacert ${name}.crt ${to(name)}`)).toEqual([
        `* Added ${name}.example:443:192.168.49.2 to DNS cache`,
        `* Hostname ${name}.example was found in DNS cache`,
        "*   Trying 192.168.49.2:443...",
        "* SSL connection using TLSv1.3 / names and certificates, without cryptography",
        "* Server certificate:",
        `*  subject: CN=${name}.example`,
        `*  subjectAltName: host "${name}.example" matched cert's "${name}.example"`,
        `*  issuer: CN=${name}.example`,
        "*  SSL certificate verify ok.",
        `* Connected to ${name}.example (192.168.49.2) port 443`,
        "< HTTP/1.1 200 OK",
        `* Connection #0 to host ${name}.example left intact`,
      ]);
    }
    expect(await verbose(`--cacert a.crt ${to("b")}`)).toEqual([
      "* Added b.example:443:192.168.49.2 to DNS cache",
      "* Hostname b.example was found in DNS cache",
      "*   Trying 192.168.49.2:443...",
      "* SSL certificate problem: self-signed certificate",
      "* closing connection #0",
    ]);
    const fake = await verbose("-k https://192.168.49.2/");
    expect(fake.filter((line) => /subject|HTTP/.test(line))).toEqual([
      "*  subject: O=Acme Co; CN=Kubernetes Ingress Controller Fake Certificate",
      "< HTTP/1.1 404 Not Found",
    ]);
    expect(await type("curl -s http://192.168.49.2:443/ | grep '<center>T' | tr -d '\\r'")).toBe(
      "<center>The plain HTTP request was sent to HTTPS port</center>",
    );
    expect((await why("laptop http://192.168.49.2:443/")).join("\n")).toContain(
      "port 443 of the ingress controller speaks TLS and was asked in plain HTTP",
    );
  });

  it("has its refusals explained: a password, an address, a body", async () => {
    await type("htpasswd -c -b auth foo bar && kubectl create secret generic basic-auth --from-file=auth");
    await type(annotated("locked", "auth-type=basic", "auth-secret=basic-auth"));
    await type(annotated("inner", "whitelist-source-range=10.0.0.0/8"));
    await type(`${annotated("small", "proxy-body-size=8")}; sleep 1`);
    expect(await why(`laptop ${at("locked")}`)).toEqual([
      "Ingress default/locked wants a user name and a password (auth-type: basic)",
      "ask with a user and a password: curl -u",
    ]);
    expect(await why(`laptop ${at("inner")}`)).toEqual([
      "Ingress default/inner does not let 192.168.49.1 in: its source ranges refuse that address",
      "add the address to whitelist-source-range, or take it out of denylist-source-range",
    ]);
    expect(await why(`laptop ${at("small", " -d 123456789")}`)).toEqual([
      "the body is larger than the 8 bytes that Ingress default/small lets pass",
      "let larger bodies pass: proxy-body-size",
      "kubectl annotate ingress small --overwrite nginx.ingress.kubernetes.io/proxy-body-size=64m",
    ]);
    const status = "curl -s -o /dev/null -w '%{http_code}\\n'";
    expect(await type(`${status} -u foo:baz ${at("locked")}; ${status} -u foo:bar ${at("locked")}`)).toBe("401\n200");
  });

  it("asks another server whether a request may pass, and sends strangers to sign in", async () => {
    await type(`${annotated("gated", "auth-url=http://httpbin.org/basic-auth/jane/secret")}; sleep 1`);
    const asked = (more = ""): Promise<string> =>
      type(`curl -s -i ${at("gated", more)} | tr -d '\\r' | grep -iE '^HTTP|^www|^location|<h1'`);
    expect(await asked()).toBe(
      'HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Basic realm="Fake Realm"\n<center><h1>401 Authorization Required</h1></center>',
    );
    expect(await asked(" -u jane:secret")).toBe("HTTP/1.1 200 OK\n<h1>Welcome to nginx!</h1>");
    expect(await why(`laptop ${at("gated")}`)).toEqual([
      "Ingress default/gated asks http://httpbin.org/basic-auth/jane/secret first (auth-url), which did not say that this request may pass",
      "ask with what that server wants to see, or correct auth-url",
    ]);
    const annotate = (text: string): Promise<string> =>
      type(`kubectl annotate ingress gated --overwrite nginx.ingress.kubernetes.io/${text}; sleep 1`);
    await annotate("auth-signin=https://login.example/start");
    expect(await asked()).toContain(
      "Location: https://login.example/start?rd=http%3A%2F%2Fgated.example%2F\n<center><h1>302 Found</h1></center>",
    );
    await annotate("auth-url=http://nobody.default.svc.cluster.local/");
    expect(await asked()).toContain("HTTP/1.1 500 Internal Server Error");
    expect((await why(`laptop ${at("gated")}`))[0]).toContain("http://nobody.default.svc.cluster.local/");
    // Whose address is refused has not been asked about.
    await annotate("whitelist-source-range=10.9.0.0/16");
    expect(await asked()).toContain("HTTP/1.1 403 Forbidden");
    expect((await why(`laptop ${at("gated")}`)).join()).not.toContain("auth-url");
  });

  it("leaves /healthz of no host to the controller, which logs nothing of it", async () => {
    const status = "curl -s -o /dev/null -w '%{http_code}\\n' http://192.168.49.2";
    expect(await type(`${status}/healthz; ${status}/health; ${status}/healthz -H Host:c.example`)).toBe(
      "200\n404\n404",
    );
    expect(await type(`kubectl logs ${CONTROLLER} | grep client: -v | grep -c 'GET /healthz'`)).toBe("1");
  });

  it("asks clients for a certificate of its authority, and tells the backend whose it is", async () => {
    await type("openssl req -x509 -nodes -newkey rsa:2048 -days 365 -keyout ca.key -out ca.crt -subj /CN=my-ca");
    const client = (name: string, ca: string): string =>
      `openssl req -new -newkey rsa:2048 -nodes -keyout ${name}.key -out ${name}.csr -subj /CN=${name}/O=devs` +
      ` && openssl x509 -req -days 30 -in ${name}.csr -CA ${ca}.crt -CAkey ${ca}.key -out ${name}.crt`;
    await type(
      `${client("jane", "ca")}; ${client("mallory", "a")}; kubectl create secret generic ca --from-file=ca.crt`,
    );
    await type(
      "kubectl create deployment echo --image=registry.k8s.io/e2e-test-images/echoserver:2.5 && kubectl expose deployment echo --port=80 --target-port=8080",
    );
    await type(
      `kubectl create ingress mtls --class=nginx --rule='a.example/who*=echo:80,tls=a-tls' --annotation nginx.ingress.kubernetes.io/auth-tls-secret=default/ca; kubectl rollout status deployment/echo; sleep 1`,
    );
    const url = "-sk --resolve a.example:443:192.168.49.2 https://a.example/who";
    const title = async (flags: string): Promise<string> =>
      await type(`curl ${flags} ${url} | grep -E 'title|center><h|<center>[TN]'`);
    expect(await title("")).toBe(
      "<head><title>400 No required SSL certificate was sent</title></head>\r\n<center><h1>400 Bad Request</h1></center>\r\n<center>No required SSL certificate was sent</center>\r",
    );
    expect(await title("--cert mallory.crt --key mallory.key")).toContain(
      "<title>400 The SSL certificate error</title>",
    );
    const seen = await type(`curl --cert jane.crt --key jane.key ${url}`);
    for (const piece of [
      "ssl-client-verify=SUCCESS",
      "ssl-client-subject-dn=O=devs,CN=jane",
      "ssl-client-issuer-dn=CN=my-ca",
    ])
      expect(seen).toContain(piece);
    expect(seen).not.toContain("x-drydock");
  });

  it("answers 504 for a backend that never answers, and waits no longer than its client", async () => {
    await type("kubectl create ingress mute --class=nginx --rule='mute.example/*=mute:80'; sleep 1");
    const timed = "curl -s -o /dev/null -w '%{http_code} %{time_total}\\n'";
    expect(await type(`${timed} -m 2 ${at("mute")}; echo $?`)).toBe("000 2.000000\n28");
    // As many tries as proxy-next-upstream-tries says, all of them at the one endpoint that there is.
    expect(await type(`${timed} ${at("mute")}`)).toMatch(/^504 180\.00\d000$/);
    expect(await type(`kubectl logs ${CONTROLLER} | grep -v client: | tail -n 1`)).toMatch(
      /"GET \/ HTTP\/1\.1" 504 160 .* \[default-mute-80\] \[\] (10\.244\.0\.\d+:8080), \1, \1 0, 0, 0 60\.00\d, 60\.00\d, 60\.00\d 504, 504, 504 [0-9a-f]{32}$/,
    );
    expect(
      await type(`kubectl logs ${CONTROLLER} | grep -c 'upstream timed out (110: Operation timed out) while'`),
    ).toBe("3");
    const traced = await type(`drydock trace laptop ${at("mute", " -m 5")} --no-trial`);
    const tail = traced.split("\n").slice(-6);
    expect(tail.map((line) => line.trim().replace(/\s{2,}/g, "  "))).toEqual([
      expect.stringMatching(/^4  pod\/ingress-nginx\/\S+  send  http:\/\/10\.244\.0\.\d+:8080\/$/),
      "5  pod/default/mute  take  port 8080 took the request",
      expect.stringMatching(/^6  pod\/ingress-nginx\/\S+  take  port 80 took the request$/),
      "No answer: ETIMEDOUT after 5000 ms.",
      "Why:  pod/default/mute took the connection and did not answer in time",
      "Mend:  look at the server's logs",
    ]);
  });

  it("says that a backend which is asked for TLS has none, and what mends it", async () => {
    const annotation = "nginx.ingress.kubernetes.io/backend-protocol=HTTPS";
    await type(
      `kubectl create ingress tls --class=nginx --rule='tls.example/*=echo:80' --annotation ${annotation}; sleep 1`,
    );
    expect(await type(`curl -s -o /dev/null -w '%{http_code}\\n' ${at("tls")}`)).toBe("502");
    const why = await type(`drydock why laptop ${at("tls")}`);
    expect(why).toMatch(
      /Why: +Ingress default\/tls asks its backend for TLS \(backend-protocol\), and pod\/default\/echo-\S+ speaks plain HTTP on port 8080\n/,
    );
    expect(why).toContain("Tried on a copy of this cluster: it works (200,");
    await type("kubectl delete ingress tls");
  });

  it("leads ports of TCP and UDP to services, as minikube's tutorial has it, and gives them back", async () => {
    const set = (name: string, data: object): Promise<string> =>
      type(
        `kubectl patch configmap ${name} -n ingress-nginx --type merge --patch '${JSON.stringify({ data })}'; sleep 1`,
      );
    await type("kubectl create deployment redis --image=redis && kubectl expose deployment redis --port=6379");
    await type("kubectl run box --image=nicolaka/netshoot --command -- sleep infinity");
    await type("kubectl rollout status deployment/redis; kubectl wait --for=condition=Ready pod/box");
    const wrong = {
      "443": "default/web:80",
      "9001": "default/nope:80",
      "9002": "default/web:81",
      "9003": "web:80",
      nine: "x",
    };
    await set("tcp-services", { "6379": "default/redis:6379", "8081": "default/web:80", ...wrong });
    await set("udp-services", { "53": "kube-system/kube-dns:53" });
    const said = await type(`kubectl logs ${CONTROLLER} | grep -iE '(port|service) ' | cut -d']' -f2 | sort -u`);
    expect(said.split("\n").map((line) => line.trim())).toEqual([
      `"nine" is not a valid TCP port number`,
      `Error getting Service "default/nope": no object matching key "default/nope" in local store`,
      `Error obtaining Endpoints for Service "default/gone": no object matching key "default/gone" in local store`,
      `Invalid Service reference "web:80" for TCP port 9003`,
      "Port 443 cannot be used for TCP stream services. It is reserved for the Ingress controller.",
      `Service "default/echo" does not have any active Endpoint.`,
      `Service "default/web" does not have any active Endpoint for TCP port 81`,
    ]);
    const patch = {
      spec: {
        template: {
          spec: {
            containers: [
              { name: "controller", ports: [6379, 8081].map((port) => ({ containerPort: port, hostPort: port })) },
            ],
          },
        },
      },
    };
    await type(
      `kubectl patch ${CONTROLLER} --patch '${JSON.stringify(patch)}'; kubectl rollout status ${CONTROLLER}; sleep 1`,
    );
    expect(await type("(echo PING; sleep 1) | nc -w 2 $(minikube ip) 6379")).toBe("+PONG\r");
    expect(await type("curl -s http://$(minikube ip):8081/ | grep h1")).toBe("<h1>Welcome to nginx!</h1>");
    const ip = await type(
      "kubectl get pods -n ingress-nginx -l app.kubernetes.io/component=controller -o jsonpath='{.items[0].status.podIP}{\"\\n\"}'",
    );
    expect(await type(`kubectl exec box -- dig @${ip} +short kubernetes.default.svc.cluster.local`)).toBe("10.96.0.1");
    await set("tcp-services", { "6379": null });
    expect(await type("nc -z -w 2 $(minikube ip) 6379; echo $?")).toBe("1");
  });

  it("is told by why when its controller is gone, and while it isn't ready", async () => {
    await type(`kubectl scale ${CONTROLLER} --replicas=0; sleep 20`);
    const gone = [
      "the ingress controller (deployment ingress-nginx/ingress-nginx-controller) has 0 replicas, so that nobody serves Ingress default/locked",
      "scale ingress-nginx/ingress-nginx-controller up",
      "kubectl scale deployment/ingress-nginx-controller -n ingress-nginx --replicas=1",
    ];
    expect(await why("ingress/locked")).toEqual(gone);
    expect(await type("kubectl create ingress late --class=nginx --rule='late.example/*=web:80'")).toMatch(
      /^error: failed to create ingress: Internal error occurred: failed calling webhook "validate\.nginx\.ingress\.kubernetes\.io": failed to call webhook: Post "https:\/\/ingress-nginx-controller-admission\.ingress-nginx\.svc:443\/networking\/v1\/ingresses\?timeout=10s": dial tcp \S+:443: connect: connection refused$/,
    );
    await type(`${gone[2]}; sleep 3`);
    expect(await why("ingress/locked")).toEqual([
      expect.stringMatching(
        /^the ingress controller that serves default\/locked is not ready \(ingress-nginx\/ingress-nginx-controller-\S+: containers with unready status: \[controller\]\)$/,
      ),
      "find out why that pod is not ready",
    ]);
    await type("sleep 30");
    expect(await type("drydock why ingress/locked --no-trial")).toMatch(/^Nothing is wrong: /);
  });
});

describe("a Gateway without a cloud", () => {
  it("has no address and is not programmed until minikube tunnel runs", async () => {
    await type(
      "minikube addons enable gateway-api; kubectl -n gateway-system rollout status deployment/gateway-controller",
    );
    const group = "gateway.networking.k8s.io/v1";
    const listeners = [{ name: "http", port: 80, protocol: "HTTP" }];
    const objects = [
      {
        apiVersion: group,
        kind: "Gateway",
        metadata: { name: "edge" },
        spec: { gatewayClassName: "drydock", listeners },
      },
      {
        apiVersion: group,
        kind: "HTTPRoute",
        metadata: { name: "web" },
        spec: { parentRefs: [{ name: "edge" }], rules: [{ backendRefs: [{ name: "web", port: 80 }] }] },
      },
    ];
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
    await type(`sleep 3; echo '${list}' | kubectl apply -f -; sleep 2`);
    const row = async (): Promise<string[]> =>
      (await type("kubectl get gateway edge --no-headers")).split(/\s+/).slice(0, -1);
    const condition = `{range .status.conditions[?(@.type=="Programmed")]}{.reason}: {.message}{"\\n"}{end}`;
    expect(await row()).toEqual(["edge", "drydock", "False"]);
    expect(await type(`kubectl get gateway edge -o jsonpath='${condition}'`)).toBe(
      "AddressNotAssigned: No addresses have been assigned to the Gateway",
    );
    await type("minikube tunnel > tunnel.log & sleep 3");
    expect(await row()).toEqual(["edge", "drydock", expect.stringMatching(/^10\.\d+\.\d+\.\d+$/), "True"]);
    const address = "$(kubectl get gateway edge -o jsonpath='{.status.addresses[0].value}')";
    expect(await type(`curl -s http://${address}/ | grep h1`)).toBe("<h1>Welcome to nginx!</h1>");
    await type("kill %1; sleep 3");
    expect(await row()).toEqual(["edge", "drydock", "False"]);
  });
});

describe("the API server", () => {
  it("shows its certificate to curl, which trusts it by the cluster's authority alone", async () => {
    const url = "https://192.168.49.2:8443/version";
    expect(await type(`curl -s ${url}; echo $?`)).toBe("60");
    expect(await type(`curl -s ${url.replace("https", "http")}`)).toBe(
      "Client sent an HTTP request to an HTTPS server.",
    );
    expect(await type(`curl -kv ${url} 2>&1 | grep -E 'subject:|issuer|verify|< HTTP/1.1 '`)).toBe(
      [
        "*  subject: CN=kube-apiserver",
        "*  issuer: CN=kubernetes",
        "*  SSL certificate verify result: unable to get local issuer certificate (20), continuing anyway.",
        "< HTTP/1.1 200 OK",
      ].join("\n"),
    );
    const inside =
      "kubectl exec deploy/web -- curl -s -o /dev/null -w '%{http_code}\\n' https://kubernetes.default.svc/version";
    const authority = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";
    expect(await type(`${inside} --cacert ${authority}`)).toBe("200");
    expect(await type(inside)).toBe("000\ncommand terminated with exit code 60");
  });
});
