import type { Userland } from "../runtime/containers/image.ts";
import { baseFiles } from "./os-release.ts";

const PASSWD_DEBIAN = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`;
const PASSWD_BUSYBOX = `root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
`;
const GROUP = `root:x:0:
daemon:x:1:
www-data:x:33:
nogroup:x:65534:
`;

const FILES: Record<Userland, Readonly<Record<string, string>>> = {
  none: {},
  debian: {
    "/etc/passwd": PASSWD_DEBIAN,
    "/etc/group": GROUP,
    "/etc/bash.bashrc": `# If not running interactively, don't do anything\n[ -z "$PS1" ] && return\n\nPS1='\\u@\\h:\\w\\$ '\n`,
  },
  busybox: { "/etc/passwd": PASSWD_BUSYBOX, "/etc/group": GROUP },
};

/** Files that a userland brings, by absolute path. `tag`: of the image. */
export function userlandFiles(userland: Userland, tag: string): Readonly<Record<string, string>> {
  if (userland === "debian") return { ...FILES.debian, ...baseFiles(tag, "debian") };
  return userland === "busybox" && tag.includes("alpine")
    ? { ...FILES.busybox, ...baseFiles(tag, "alpine") }
    : FILES[userland];
}
