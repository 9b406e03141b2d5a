/** Linux distributions that are a shell and little else. **Simplified:** Debian's tools, whatever their own are. */
import { defineImage } from "./define-image.ts";
import type { ImageDefinition } from "./define-image.ts";
import { tags } from "./tags.ts";

interface Distribution {
  names: readonly string[];
  sizeMB: number;
  versions: string;
  id: string;
  title: string;
  newest: string;
}

const distributions: readonly Distribution[] = [
  {
    names: ["docker.io/library/centos", "quay.io/centos/centos"],
    sizeMB: 83,
    versions: "latest 6 7 8 centos7 centos8 stream8 stream9",
    id: "centos",
    title: "CentOS Linux",
    newest: "8",
  },
  {
    names: ["docker.io/library/fedora", "registry.fedoraproject.org/fedora"],
    sizeMB: 61,
    versions: "latest 27..43 rawhide",
    id: "fedora",
    title: "Fedora Linux",
    newest: "42",
  },
  {
    names: ["docker.io/library/rockylinux", "docker.io/rockylinux/rockylinux"],
    sizeMB: 70,
    versions: "8 9 9-minimal 8.9 9.3 10",
    id: "rocky",
    title: "Rocky Linux",
    newest: "9",
  },
  {
    names: ["docker.io/library/almalinux"],
    sizeMB: 70,
    versions: "latest 8 9 10",
    id: "almalinux",
    title: "AlmaLinux",
    newest: "9",
  },
  {
    names: ["docker.io/library/amazonlinux", "public.ecr.aws/amazonlinux/amazonlinux"],
    sizeMB: 52,
    versions: "latest 2 2023",
    id: "amzn",
    title: "Amazon Linux",
    newest: "2023",
  },
  {
    names: ["docker.io/library/oraclelinux"],
    sizeMB: 90,
    versions: "7 8 9",
    id: "ol",
    title: "Oracle Linux Server",
    newest: "9",
  },
  {
    names: ["docker.io/opensuse/leap"],
    sizeMB: 48,
    versions: "latest 15 15.6",
    id: "opensuse-leap",
    title: "openSUSE Leap",
    newest: "15.6",
  },
  {
    names: ["docker.io/giantswarm/tiny-tools"],
    sizeMB: 20,
    versions: "latest 3.9 3.12",
    id: "alpine",
    title: "Alpine Linux",
    newest: "3.12",
  },
  {
    names: ["docker.io/library/buildpack-deps"],
    sizeMB: 330,
    versions: "latest curl bookworm",
    id: "debian",
    title: "Debian GNU/Linux",
    newest: "12",
  },
];

export const distributionImages: readonly ImageDefinition[] = distributions.flatMap((distribution) =>
  distribution.names.map((name) => {
    const { sizeMB, versions, id, title, newest } = distribution;
    return defineImage({
      name,
      tags: tags(sizeMB, versions),
      cmd: ["/bin/bash"],
      userland: "debian",
      filesOf: (tag) => {
        const version = /^\D*(\d+(?:\.\d+)?)/.exec(tag)?.[1] ?? newest;
        return {
          "/etc/os-release": `NAME="${title}"\nVERSION_ID="${version}"\nID="${id}"\nPRETTY_NAME="${title} ${version}"\n`,
        };
      },
    });
  }),
);
