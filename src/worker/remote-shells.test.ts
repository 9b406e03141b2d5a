import { describe, expect, it } from "vitest";
import { Typist } from "./testing/typist.ts";

/** Types a line to whatever reads the terminal, and shows the screen a moment later. */
function presser(typist: Typist): (line: string, ms?: number) => Promise<string> {
  return async (line, ms = 300) => {
    typist.keys(`${line}\r`);
    await typist.run(ms);
    return typist.screen;
  };
}

describe("ssh", () => {
  it("runs a command on a node and exits as it did; 255 is ssh's own trouble", async () => {
    const typist = await Typist.start();
    const tell = (line: string): Promise<string> => typist.type(`${line}; echo $?`);
    expect(await tell("ssh worker-1 'hostname; whoami; exit 3'")).toBe("worker-1\ndocker\n3");
    expect(await tell("ssh -o StrictHostKeyChecking=no root@172.18.0.4 'hostname; whoami; pwd'")).toBe(
      "worker-2\nroot\n/root\n0",
    );
    expect(await tell("echo typed | ssh -T worker-1 cat")).toBe("typed\n0");
    expect(await tell("echo hostname | ssh -l root worker-3")).toBe(
      "Pseudo-terminal will not be allocated because stdin is not a terminal.\nworker-3\n0",
    );
    expect(await tell("ssh worker-9")).toBe("ssh: Could not resolve hostname worker-9: Name or service not known\n255");
    expect(await tell("ssh localhost")).toBe("ssh: connect to host localhost port 22: Connection refused\n255");
    expect(await tell("ssh -p 2222 worker-1")).toBe("ssh: connect to host worker-1 port 2222: Connection refused\n255");
    expect(await tell("ssh me@worker-1")).toBe("me@worker-1: Permission denied (publickey).\n255");
    expect(await tell("ssh -L 8080:web:80 worker-1")).toBe("ssh: -L is not simulated\n255");
    expect(await tell("ssh -o Port=2222 worker-1")).toBe(
      "ssh: connect to host worker-1 port 2222: Connection refused\n255",
    );
    expect(await tell("ssh -o 'User root' -F /dev/null worker-1 whoami")).toBe("root\n0");
    expect(await tell("ssh -o ProxyJump=worker-2 worker-1")).toBe("ssh: -o ProxyJump is not simulated\n255");
    expect(await tell("ssh -F config worker-1")).toBe("ssh: -F is not simulated\n255");
    expect(await tell("ssh -Z worker-1 2>&1 | head -n 1")).toBe("unknown option -- Z\n0");
    typist.playground.act({ k: "fault", fault: { kind: "power-off", node: "worker-1" } });
    expect(await tell("ssh worker-1")).toBe("ssh: connect to host worker-1 port 22: No route to host\n255");
  });

  it("leads to a static pod that can be broken, which kubectl describe tells by the events of its kubelet", async () => {
    const typist = await Typist.start();
    const file = "/etc/kubernetes/manifests/kube-scheduler.yaml";
    await typist.type(
      `ssh root@control-plane 'text=$(cat ${file}); echo "\${text/kube-scheduler:v/kube-scheduler:v9}" > ${file}'`,
    );
    await typist.type("sleep 40");
    const events = await typist.type(
      "kubectl describe pod -n kube-system kube-scheduler-control-plane | grep -A 20 ^Events | tr -s ' ' | cut -d' ' -f 2,3",
    );
    expect(events.split("\n")).toEqual(
      expect.arrayContaining(["Type Reason", "Normal Pulling", "Warning Failed", "Normal BackOff"]),
    );
    expect(
      await typist.type(
        "kubectl get pod -n kube-system kube-scheduler-control-plane --no-headers | tr -s ' ' | cut -d' ' -f 3",
      ),
    ).toBe("ImagePullBackOff");
  });

  it("gives a shell in which sudo makes root of one, until it is left", async () => {
    const typist = await Typist.start();
    const press = presser(typist);
    expect(await press("ssh worker-1")).toMatch(/docker@worker-1:~\$ $/);
    expect(await press("systemctl stop kubelet")).toContain("Access denied");
    expect(await press("sudo -i")).toMatch(/root@worker-1:~# $/);
    expect(await press("whoami; systemctl is-active kubelet; systemctl stop kubelet; id -u")).toMatch(
      /root\r?\nactive\r?\n0\r?\nroot@worker-1:~# $/,
    );
    expect(await press("ps aux | grep 'bash -i'")).toMatch(/docker .* bash -i\r?\nroot .* bash -i\r?\n/);
    expect(await press("exit")).toMatch(/docker@worker-1:~\$ $/);
    expect(await press("whoami; systemctl is-active kubelet")).toMatch(/docker\r?\ninactive\r?\ndocker@worker-1:~\$ $/);
    expect(await press("exit")).toContain("Connection to worker-1 closed.");
    expect(await typist.type("whoami; sudo whoami")).toBe("learner\nroot");
    await press("ssh worker-1");
    typist.playground.act({ k: "fault", fault: { kind: "power-off", node: "worker-1" } });
    await typist.run(200);
    expect(typist.screen).toContain("Connection to worker-1 closed by remote host.");
  });
});

describe("a shell in a container", () => {
  it("prompts as the image's own does, also in a container that kubectl debug adds", async () => {
    const typist = await Typist.start({ preset: "minikube" });
    const press = presser(typist);
    await typist.type("kubectl run web --image=nginx; kubectl wait --for=condition=Ready pod/web");
    expect(await press("kubectl exec -it web -- bash")).toMatch(/root@web:\/# $/);
    expect(await press("cd /etc/nginx")).toMatch(/root@web:\/etc\/nginx# $/);
    expect(await press("exit")).toMatch(/exit\r?\nexit\r?\nlearner@laptop:~\$ $/);
    // dash says nothing when it goes, and only bash knows PS1's codes.
    expect(await press("kubectl exec -it web -- sh")).toMatch(/\n# $/);
    expect(await press("exit")).toMatch(/# exit\r?\nlearner@laptop:~\$ $/);
    expect(await press("kubectl debug -it web --image=busybox --target=web -- sh", 10_000)).toMatch(
      /Defaulting debug container name to debugger-\w{5}\.\r?\nAll commands and output .*\r?\nIf you don't see a command prompt, try pressing enter\.\r?\n/,
    );
    expect(await press("ps | tr -s ' '; clear")).toMatch(
      / 1 root 0:00 nginx: master process nginx -g daemon off;\r?\n 7 nginx 0:00 nginx: worker process\r?\n 8 nginx 0:00 nginx: worker process\r?\n 14 root 0:00 sh\r?\n/,
    );
    expect(await press("exit")).toMatch(/\/ # exit\r?\nlearner@laptop:~\$ $/);
  });
});
