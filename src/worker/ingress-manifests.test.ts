/** ingress-nginx by the addresses of its manifests: an Ingress answers where each provider's controller is reached. */
import { describe, expect, it } from "vitest";
import { Typist } from "./testing/typist.ts";

const MANIFEST = (tag: string, provider: string): string =>
  `https://raw.githubusercontent.com/kubernetes/ingress-nginx/${tag}/deploy/static/provider/${provider}/deploy.yaml`;

async function world(preset: string) {
  const typist = await Typist.start({ preset });
  const type = async (line: string): Promise<string> => (await typist.type(line)).replaceAll("\r", "").trim();
  const install = async (tag: string, provider: string): Promise<string> => {
    const said = await type(`kubectl apply -f ${MANIFEST(tag, provider)}`);
    await type("kubectl create deployment web --image=nginx; kubectl expose deployment web --port=80");
    const wait = "kubectl wait -n ingress-nginx --for=condition=ready pod -l app.kubernetes.io/component=controller";
    await type(`${wait} --timeout=120s; kubectl wait --for=condition=Available deployment web --timeout=1m; sleep 5`);
    await type("kubectl create ingress web --class=nginx --rule='web.example/*=web:80'; sleep 70");
    return said;
  };
  return { type, install };
}

describe("in a cloud", () => {
  it("its controller has a load balancer, whose address the Ingress shows and answers at", async () => {
    const { type, install } = await world("cloud");
    expect(await install("controller-v1.13.2", "cloud")).toBe(`namespace/ingress-nginx created
serviceaccount/ingress-nginx created
clusterrole.rbac.authorization.k8s.io/ingress-nginx created
clusterrolebinding.rbac.authorization.k8s.io/ingress-nginx created
role.rbac.authorization.k8s.io/ingress-nginx created
rolebinding.rbac.authorization.k8s.io/ingress-nginx created
serviceaccount/ingress-nginx-admission created
clusterrole.rbac.authorization.k8s.io/ingress-nginx-admission created
clusterrolebinding.rbac.authorization.k8s.io/ingress-nginx-admission created
role.rbac.authorization.k8s.io/ingress-nginx-admission created
rolebinding.rbac.authorization.k8s.io/ingress-nginx-admission created
configmap/ingress-nginx-controller created
service/ingress-nginx-controller created
service/ingress-nginx-controller-admission created
deployment.apps/ingress-nginx-controller created
job.batch/ingress-nginx-admission-create created
job.batch/ingress-nginx-admission-patch created
ingressclass.networking.k8s.io/nginx created
validatingwebhookconfiguration.admissionregistration.k8s.io/ingress-nginx-admission created`);
    const address = await type(
      "kubectl get service -n ingress-nginx ingress-nginx-controller -o jsonpath='{.status.loadBalancer.ingress[0].ip}'; echo",
    );
    expect(await type("kubectl get ingress web -o jsonpath='{.status.loadBalancer.ingress[0].ip}'; echo")).toBe(
      address,
    );
    expect(await type(`curl -sI -H 'Host: web.example' http://${address}/`)).toMatch(/^HTTP\/1\.1 200 OK\n/);
    expect(await type("kubectl get jobs -n ingress-nginx --no-headers | tr -s ' ' | cut -d ' ' -f 1-3")).toBe(
      "ingress-nginx-admission-create Complete 1/1\ningress-nginx-admission-patch Complete 1/1",
    );
    expect(
      await type(
        "kubectl create ingress web --class=nginx --rule='web.example/*=web:80' --dry-run=server -o name; kubectl create ingress other --class=nginx --rule='web.example/*=web:80'",
      ),
    ).toContain(
      'admission webhook "validate.nginx.ingress.kubernetes.io" denied the request: host "web.example" and path "/" is already defined in ingress default/web',
    );
  }, 120_000);
});

describe("on machines without a cloud", () => {
  it("its controller is behind a node port", async () => {
    const { type, install } = await world("default");
    await install("main", "baremetal");
    expect(
      await type(
        "kubectl get deployment -n ingress-nginx -o jsonpath='{..containers[0].image} {..metadata.labels.app\\.kubernetes\\.io/version}'; echo",
      ),
    ).toMatch(/^registry\.k8s\.io\/ingress-nginx\/controller:v1\.15\.1 1\.15\.1 /);
    const port =
      "$(kubectl get service -n ingress-nginx ingress-nginx-controller -o jsonpath='{.spec.ports[0].nodePort}')";
    expect(await type(`curl -sI -H 'Host: web.example' http://172.18.0.3:${port}/`)).toMatch(/^HTTP\/1\.1 200 OK\n/);
    expect(await type(`kubectl apply -f ${MANIFEST("controller-v0.1.0", "cloud")}`)).toBe(
      `error: unable to read URL "${MANIFEST("controller-v0.1.0", "cloud")}", server reported 404 Not Found, status code=404`,
    );
  }, 120_000);

  it("kind's waits for a node that is labelled for it, and is at that node's own ports", async () => {
    const { type, install } = await world("default");
    await type("kubectl label node control-plane ingress-ready=true");
    await install("controller-v1.8.1", "kind");
    expect(
      await type("kubectl get pod -n ingress-nginx -l app.kubernetes.io/component=controller -o wide --no-headers"),
    ).toMatch(/ 1\/1 +Running .* control-plane /);
    expect(await type("curl -sI -H 'Host: web.example' http://172.18.0.2/")).toMatch(/^HTTP\/1\.1 200 OK\n/);
    expect(await type("kubectl get ingress web -o jsonpath='{.status.loadBalancer.ingress[0].hostname}'; echo")).toBe(
      "localhost",
    );
  }, 120_000);
});
