/** What `drydock why` says of nodes that aren't ready, and that its advice mends them. */
import { expect, it } from "vitest";
import { Typist } from "./testing/typist.ts";

const TRIED = /Tried on a copy of this cluster: it works \(Ready, \d+\.\d s after the change\)\.$/;

it("names what a machine lacks: power, kubelet, link, pod network, each after the other", async () => {
  const shell = await Typist.start({ seed: 5 });
  const why = (node: string): Promise<string> => shell.type(`drydock why node/${node}`);
  const on = (node: string, command: string): Promise<string> => shell.type(`ssh ${node} '${command}'`);
  await shell.type("sleep 8");
  expect(await why("worker-1")).toBe("Nothing is wrong: node/worker-1 is Ready.");
  expect(await why("nobody")).toBe('drydock: there is no node "nobody"');
  await on("worker-1", "sudo rm /etc/cni/net.d/*; sudo systemctl stop kubelet");
  await on("worker-2", "echo foo: bar | sudo tee -a /var/lib/kubelet/config.yaml; sudo systemctl restart kubelet");
  await shell.type("drydock power off worker-3; sleep 60");
  expect(await why("worker-1")).toMatch(
    /^node\/worker-1 is NotReady\.\n {2}Why: {3}Kubelet stopped posting node status: its kubelet is stopped\n {2}Mend: {2}start it\n {9}minikube ssh -n worker-1 'sudo systemctl start kubelet'\n[^]*\n {2}Then: {2}container runtime network not ready[^]*\n {2}Tried together: it works \(Ready/,
  );
  expect(await why("worker-2")).toBe(
    `node/worker-2 is NotReady.\n  Why:   Kubelet stopped posting node status: its kubelet ends as soon as it is started: command failed: failed to load kubelet config file, path: /var/lib/kubelet/config.yaml, error: failed to load Kubelet config file /var/lib/kubelet/config.yaml, error failed to decode: strict decoding error: unknown field "foo"\n  Mend:  correct what it says in journalctl -u kubelet`,
  );
  expect(await why("worker-3 --no-trial")).toBe(
    "node/worker-3 is NotReady.\n  Why:   Kubelet stopped posting node status: the machine is off\n  Mend:  switch it on\n         drydock power on worker-3",
  );
  await shell.type("drydock power on worker-3; drydock link worker-3 cut; sleep 60");
  const cut = await why("worker-3");
  expect(cut).toContain(
    ": no link leads to the control plane\n  Mend:  mend its links\n         drydock link worker-3 mend\n",
  );
  expect(cut).toMatch(TRIED);
});
