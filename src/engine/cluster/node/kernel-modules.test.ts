/** What is done to a machine before kubeadm: modules of its kernel, settings of the kernel, no swap. */
import { expect, it } from "vitest";
import { ssh } from "../testing/ssh.ts";
import { createTestCluster } from "../testing/test-cluster.ts";

const test = createTestCluster();
const on = (command: string): string => ssh(test, "worker-1", command);

it("modprobe loads what a module stands on too, and takes nothing away that is in use", () => {
  expect(on("cat /etc/modules-load.d/k8s.conf; lsmod | grep -E '^Mod|br'")).toBe(`\
overlay
br_netfilter
Module                  Size  Used by
bridge                389120  1 br_netfilter
br_netfilter           36864  0
`);
  expect(
    on("sudo modprobe ip-vs-rr && lsmod | grep ^ip_vs; sudo modprobe -r ip_vs_rr ip_vs && lsmod | grep -c ^ip_vs"),
  ).toBe("ip_vs                 225280  1 ip_vs_rr\nip_vs_rr               12288  0\n0\n");
  expect(on("sudo modprobe -r bridge; sudo modprobe nope; modprobe vxlan; sudo modprobe")).toBe(`\
modprobe: FATAL: Module bridge is in use.
modprobe: FATAL: Module nope not found in directory /lib/modules/6.12.48+deb13-amd64.
modprobe: ERROR: could not insert 'vxlan': Operation not permitted
modprobe: ERROR: missing parameters. See -h.
`);
});

it("sysctl reads its files: all of the system's by their names, or those that it is given", () => {
  on("printf '# ours\\nvm/swappiness=10\\n-no.such = 1\\n; so\\n' | sudo tee /etc/sysctl.d/99-own.conf");
  expect(on("sudo sysctl --system; sysctl vm.swappiness")).toBe(`\
* Applying /etc/sysctl.d/99-own.conf ...
* Applying /etc/sysctl.d/k8s.conf ...
vm.swappiness = 10
sysctl: cannot stat /proc/sys/no/such: No such file or directory
net.ipv4.ip_forward = 1
vm.swappiness = 10
`);
  expect(on("sudo sysctl -p; sudo sysctl -qp /etc/sysctl.d/k8s.conf; echo $?; sysctl -w vm.swappiness=1")).toBe(
    'sysctl: cannot open "/etc/sysctl.conf": No such file or directory\n0\nsysctl: permission denied on key "vm.swappiness"\n',
  );
});

it("the kernel's settings are files, which cat shows and root writes", () => {
  expect(on("cat /proc/sys/net/ipv4/ip_forward /proc/sys/vm/max_map_count; ls /proc/sys/net/netfilter")).toBe(
    "1\n65530\nnf_conntrack_max\n",
  );
  expect(on("sudo sh -c 'echo 0 > /proc/sys/net/ipv4/ip_forward'; sysctl net.ipv4.ip_forward")).toBe(
    "net.ipv4.ip_forward = 0\n",
  );
  const join = `sudo kubeadm join 172.18.0.2:6443 --token abcdef.0123456789abcdef --discovery-token-unsafe-skip-ca-verification`;
  expect(on(`${join} 2>&1 | grep ip_forward`)).toBe(
    "\t[ERROR FileContent--proc-sys-net-ipv4-ip_forward]: /proc/sys/net/ipv4/ip_forward contents are not set to 1\n",
  );
  expect(on("sudo sysctl -w net.ipv4.ip_forward=1; cat /proc/sys/net/ipv4/ip_forward")).toBe(
    "net.ipv4.ip_forward = 1\n1\n",
  );
});

it("there is no swap to put off", () => {
  expect(
    on("cat /etc/fstab | grep -c swap; sudo swapoff -a && swapon --show; swapoff -a; sudo swapoff /swap.img"),
  ).toBe("0\nswapoff: Not superuser.\nswapoff: /swap.img: swapoff failed: No such file or directory\n");
});
