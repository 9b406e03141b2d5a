import { expect, it } from "vitest";
import { readComponentFlags } from "./component-flags.ts";
import type { CheckedComponent } from "./component-flags.ts";
import { findPreset } from "./presets.ts";
import { staticPodsOf } from "./static-pods.ts";

function problem(component: CheckedComponent, ...args: string[]): string | undefined {
  return readComponentFlags(component, [component, ...args]).problem;
}

it("the flags of all presets are known", () => {
  for (const name of ["default", "minikube"]) {
    const preset = findPreset(name);
    for (const { metadata, spec } of preset.nodes.flatMap((node) => staticPodsOf(preset, node))) {
      if (metadata.name === "kube-scheduler" || metadata.name === "kube-proxy") continue;
      const argv = spec.containers[0]?.command ?? [];
      expect(readComponentFlags(metadata.name as CheckedComponent, argv).problem).toBeUndefined();
    }
  }
});

it("a command line that can't be read is refused in the words of the flag library", () => {
  expect(problem("kube-apiserver", "--authorization-mode", "Node,RBAC", "--v=2", "--profiling")).toBeUndefined();
  expect(problem("kube-apiserver", "--foo=1")).toBe("unknown flag: --foo");
  expect(problem("kube-apiserver", "-foo")).toBe("unknown shorthand flag: 'f' in -foo");
  expect(problem("kube-apiserver", "serve")).toBe('unknown command "serve" for "kube-apiserver"');
  expect(problem("kube-apiserver", "--secure-port")).toBe("flag needs an argument: --secure-port");
  expect(problem("kube-apiserver", "--secure-port=x")).toBe(
    'invalid argument "x" for "--secure-port" flag: strconv.ParseInt: parsing "x": invalid syntax',
  );
  expect(problem("kube-controller-manager", "--leader-elect=yes")).toBe(
    'invalid argument "yes" for "--leader-elect" flag: strconv.ParseBool: parsing "yes": invalid syntax',
  );
  expect(problem("kube-controller-manager", "--node-monitor-period=5")).toBe(
    'invalid argument "5" for "--node-monitor-period" flag: time: missing unit in duration "5"',
  );
  expect(problem("kube-controller-manager", "--bind-address=1.2.3")).toBe(
    'invalid argument "1.2.3" for "--bind-address" flag: failed to parse IP: "1.2.3"',
  );
  expect(problem("etcd", "-data-dir=/x", "--name", "a")).toBeUndefined();
  expect(problem("etcd", "--dta-dir=/x")).toBe("flag provided but not defined: -dta-dir");
});
