/** Which release of a distribution an image is built on, by its tag. Upstream: os-release(5), base-files of each. */

const ALPINE_NEWEST = 22;
/** Last patches of Alpine 3.6 and later. */
const ALPINE_PATCHES = [5, 3, 5, 6, 9, 13, 12, 12, 10, 11, 9, 10, 12, 8, 7, 4, 2];
const ALPINE_FIRST = 6;

/** `release`: `3.20` or `3.20.1`; the newest where it is neither. */
export function alpineFiles(release: string): Readonly<Record<string, string>> {
  const [, own, patch] = /^3\.(\d+)(?:\.(\d+))?/.exec(release) ?? [];
  const minor = Number(own ?? ALPINE_NEWEST);
  const version = `3.${minor}.${patch ?? ALPINE_PATCHES[minor - ALPINE_FIRST] ?? 0}`;
  return {
    "/etc/alpine-release": `${version}\n`,
    "/etc/os-release": `NAME="Alpine Linux"\nID=alpine\nVERSION_ID=${version}\nPRETTY_NAME="Alpine Linux v3.${minor}"\nHOME_URL="https://alpinelinux.org/"\nBUG_REPORT_URL="https://gitlab.alpinelinux.org/alpine/aports/-/issues"\n`,
  };
}

const TRIXIE = ["trixie", 13, "13.1"] as const;
const DEBIAN: readonly (readonly [codename: string, number: number, point: string])[] = [
  TRIXIE,
  ["bookworm", 12, "12.12"],
  ["bullseye", 11, "11.11"],
  ["buster", 10, "10.13"],
];

/** By Debian's own tags: `bookworm-slim`, `12`. */
export function debianFiles(tag: string): Readonly<Record<string, string>> {
  return releaseFiles(DEBIAN.find(([codename, number]) => tag.includes(codename) || tag === String(number)));
}

/** Of an image that is built on Debian, or on Alpine, by its tag: `16-bookworm`, `1.25-alpine3.18`. */
export function baseFiles(tag: string, base: "alpine" | "debian"): Readonly<Record<string, string>> {
  if (base === "alpine") return alpineFiles(/alpine(3\.\d+)/.exec(tag)?.[1] ?? "");
  return releaseFiles(DEBIAN.find(([codename]) => tag.includes(codename)));
}

function releaseFiles(release: (typeof DEBIAN)[number] | undefined): Readonly<Record<string, string>> {
  const [codename, number, point] = release ?? TRIXIE;
  return {
    "/etc/os-release": `PRETTY_NAME="Debian GNU/Linux ${number} (${codename})"\nNAME="Debian GNU/Linux"\nVERSION_ID="${number}"\nVERSION="${number} (${codename})"\nVERSION_CODENAME=${codename}\nID=debian\nHOME_URL="https://www.debian.org/"\nSUPPORT_URL="https://www.debian.org/support"\nBUG_REPORT_URL="https://bugs.debian.org/"\n`,
    "/etc/debian_version": `${point}\n`,
  };
}

interface Ubuntu {
  id: string;
  version: string;
  title: string;
  codename: string;
  debian: string;
}

const NOBLE = { id: "24.04", version: "24.04.3 LTS", title: "Noble Numbat", codename: "noble", debian: "trixie/sid" };
const UBUNTU: readonly Ubuntu[] = [
  NOBLE,
  { id: "25.04", version: "25.04", title: "Plucky Puffin", codename: "plucky", debian: "trixie/sid" },
  { id: "22.04", version: "22.04.5 LTS", title: "Jammy Jellyfish", codename: "jammy", debian: "bookworm/sid" },
  { id: "20.04", version: "20.04.6 LTS", title: "Focal Fossa", codename: "focal", debian: "bullseye/sid" },
];

export function ubuntuFiles(tag: string): Readonly<Record<string, string>> {
  const found = UBUNTU.find(({ id, codename }) => tag === id || tag === codename) ?? NOBLE;
  const { id, version, title, codename, debian } = found;
  return {
    "/etc/os-release": `PRETTY_NAME="Ubuntu ${version}"\nNAME="Ubuntu"\nVERSION_ID="${id}"\nVERSION="${version} (${title})"\nVERSION_CODENAME=${codename}\nID=ubuntu\nID_LIKE=debian\nHOME_URL="https://www.ubuntu.com/"\nSUPPORT_URL="https://help.ubuntu.com/"\nBUG_REPORT_URL="https://bugs.launchpad.net/ubuntu/"\n`,
    "/etc/debian_version": `${debian}\n`,
  };
}
