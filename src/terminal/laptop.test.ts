import { describe, expect, it } from "vitest";
import { FINISHED_EXCHANGE } from "../engine/base/http.ts";
import { SystemError } from "../engine/base/program.ts";
import { Kernel } from "../engine/runtime/kernel.ts";
import { stripEscapes } from "../engine/runtime/text-width.ts";
import { NetworkNamespace } from "../engine/runtime/network-namespace.ts";
import { Tty } from "../engine/runtime/tty.ts";
import { Simulation } from "../engine/sim/simulation.ts";
import { answerJustBash } from "./just-bash-host.ts";
import { createLaptop } from "./laptop.ts";

function open() {
  const sim = new Simulation();
  const state = { exists: true, running: true, apiServer: true, ready: true, ip: "192.168.49.2" };
  const kernel = new Kernel(sim, {
    intents(_machine, _name, args) {
      if ((args as { action: string }).action === "stop")
        Object.assign(state, { running: false, apiServer: false, ready: false });
      return { ...state };
    },
    externals: (name, args, done) => void answerJustBash(name, args).then(done, done),
  });
  const laptop = createLaptop(kernel, {
    kubeconfig: "apiVersion: v1\n",
    network: {
      namespace: new NetworkNamespace(),
      resolve(host) {
        throw new SystemError("ENOTFOUND", host);
      },
      connect(target, sink) {
        sink.fail("ENOTFOUND", target.host);
        return () => {};
      },
      send(request, sink) {
        sink.fail("ENOTFOUND", request.url);
        return FINISHED_EXCHANGE;
      },
    },
  });
  let screen = "";
  const tty = new Tty({ output: (text) => void (screen += text) });
  laptop.openTerminal(tty);
  const type = (text: string): string => {
    screen = "";
    tty.input(text);
    return stripEscapes(screen).replaceAll("\r\n", "\n");
  };
  return { sim, kernel, type, seen: () => stripEscapes(screen).replaceAll("\r\n", "\n") };
}

describe("the laptop", () => {
  it("greets with a prompt and has what a newcomer looks for", () => {
    const { type } = open();
    expect(type("ls; cat .kube/config; type k\r")).toContain(
      "README.md\napiVersion: v1\nk is aliased to `kubectl'\nlearner@laptop:~$ ",
    );
  });

  it("completes commands and files", () => {
    const { type } = open();
    expect(type("mini\t")).toContain("learner@laptop:~$ minikube ");
    expect(type("\u0015cat READ\t\r")).toContain("Welcome aboard.");
  });

  it("drives minikube", () => {
    const { type } = open();
    expect(type("minikube status\r")).toContain("host: Running\nkubelet: Running\napiserver: Running\n");
    expect(type("minikube stop\r")).toContain("🛑  1 node stopped.\n");
    expect(type("minikube ip; echo $?\r")).toContain("is not running: state=Stopped");
    expect(type("minikube fly\r")).toContain('Error: unknown command "fly" for "minikube"');
  });

  it("borrows awk, sed and jq, while time stands still", async () => {
    const { kernel, type, seen } = open();
    type("echo 'a b' | awk '{print $2}'\r");
    expect(kernel.pendingExternals).toBe(1);
    while (kernel.pendingExternals > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(seen()).toContain("\nb\n");
  });
});
