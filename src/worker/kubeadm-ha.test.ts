/** Two API servers that kubeadm has made, as kubectl on the laptop finds them: each at its own address. */
import { expect, it } from "vitest";
import { Typist } from "./testing/typist.ts";

const OTHER = "kubectl --server https://172.18.0.3:6443";

it("a server is as good as the other while both run, and one alone without its etcd's other member times out", async () => {
  const typist = await Typist.start({ preset: "bare" });
  const type = async (line: string): Promise<string> => (await typist.type(line)).replaceAll("\r", "").trim();
  await type(
    "ssh control-plane sudo kubeadm init --control-plane-endpoint 172.18.0.2 --pod-network-cidr 10.244.0.0/16 --upload-certs > init.txt",
  );
  await type("kubectl apply -f https://github.com/flannel-io/flannel/releases/latest/download/kube-flannel.yml");
  await type("JOIN=$(grep -A2 'kubeadm join' init.txt | head -3 | tr -d '\\\\\\n\\t')");
  expect(await type("ssh worker-1 sudo $JOIN | grep 'A new etcd member'")).toBe(
    "* A new etcd member was added to the local/stacked etcd cluster.",
  );
  await type(
    'sleep 30; kubectl run web --image=nginx --overrides=\'{"spec":{"tolerations":[{"operator":"Exists"}]}}\'',
  );
  await type("kubectl wait --for=condition=Ready pod/web --timeout=60s");
  expect(await type(`${OTHER} get pods --no-headers | cut -c1-3; ${OTHER} exec web -- hostname`)).toBe("web\nweb");
  expect(await type("kubectl --server https://worker-1:6443 get pods web -o name")).toBe("pod/web");
  expect(await type("kubectl --server https://172.18.0.4:6443 get pods")).toBe(
    "The connection to the server 172.18.0.4:6443 was refused - did you specify the right host or port?",
  );
  // Without its own API server alone, a machine's etcd goes on.
  await type("ssh control-plane sudo mv /etc/kubernetes/manifests/kube-apiserver.yaml /root; sleep 40");
  expect(await type("kubectl get pods")).toBe(
    "The connection to the server 172.18.0.2:6443 was refused - did you specify the right host or port?",
  );
  expect(await type(`${OTHER} get nodes --no-headers | tr -s ' ' | cut -d' ' -f1,2`)).toBe(
    "control-plane Ready\nworker-1 Ready",
  );
  expect(await type(`sleep 30; ${OTHER} get nodes --no-headers | tr -s ' ' | cut -d' ' -f1,2`)).toBe(
    "control-plane NotReady\nworker-1 Ready",
  );
  expect(
    await type(`${OTHER} get lease -n kube-system kube-scheduler -o jsonpath='{.spec.holderIdentity}' | cut -d_ -f1`),
  ).toBe("worker-1");
  await type("drydock power off control-plane");
  expect(await type(`${OTHER} get pods`)).toBe("Error from server: etcdserver: request timed out");
  expect(await type(`${OTHER} version | tail -n 1; ${OTHER} get --raw /livez`)).toBe(
    `Server Version: v1.36.2
Error from server (InternalError): an error on the server ("[+]ping ok\\n[+]log ok\\n[-]etcd failed: reason withheld\\nlivez check failed") has prevented the request from succeeding`,
  );
  expect(await type("kubectl get pods")).toBe("Unable to connect to the server: dial tcp 172.18.0.2:6443: i/o timeout");
  await type("drydock power on control-plane; sleep 240");
  expect(await type(`${OTHER} get pods web -o name`)).toBe("pod/web");
}, 120_000);
