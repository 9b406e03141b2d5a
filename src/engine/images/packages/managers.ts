/** The package managers of a userland, and the store that their packages' programs come from. */
import type { Program } from "../../base/program.ts";
import type { Flavour } from "../../userland/command.ts";
import { apkWith } from "./apk.ts";
import { aptWith } from "./apt.ts";
import { mirrored } from "./catalog.ts";
import { storedPrograms } from "./package.ts";

/** Programs by absolute path, for `createProgramSource`. */
export function packageManagers(flavour: Flavour): [path: string, program: Program][] {
  const packages = mirrored(flavour);
  const managers =
    flavour === "busybox" ? [apkWith(packages)] : [aptWith("apt-get", packages), aptWith("apt", packages)];
  return [
    ...managers.map(({ path, program }): [string, Program] => [path, program(flavour)]),
    ...storedPrograms(packages),
  ];
}
