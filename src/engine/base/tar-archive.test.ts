import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { readTar, type TarEntry, TarError, writeTar } from "./tar-archive.ts";

const about = { mode: 0o644, uid: 0, gid: 0, mtime: 1_767_225_600_000, link: "", data: "" };
const entries: TarEntry[] = [
  { ...about, name: "conf/", type: "directory", mode: 0o755 },
  { ...about, name: "conf/grüße.txt", type: "file", data: "héllo ☃ 𝒙\n" },
  { ...about, name: `${"deep/".repeat(30)}file`, type: "file", data: "x".repeat(512) },
  { ...about, name: "link", type: "symlink", mode: 0o777, link: "conf/grüße.txt" },
];

it("reads what it wrote", () => {
  expect(readTar(writeTar(entries))).toEqual(entries);
});

it("is read by the real tar, and reads that one's archives", () => {
  const listed = execFileSync("tar", ["tf", "-", "--quoting-style=literal"], {
    input: writeTar(entries),
    encoding: "utf8",
  });
  expect(listed.trimEnd().split("\n")).toEqual(entries.map((entry) => entry.name));
  const real = execFileSync("tar", ["cf", "-", "--format=posix", "-C", import.meta.dirname, "tar-archive.test.ts"], {
    encoding: "utf8",
  });
  expect(readTar(real).map(({ name, type, data }) => ({ name, type, known: data.startsWith("import") }))).toEqual([
    { name: "tar-archive.test.ts", type: "file", known: true },
  ]);
});

it("refuses what is no archive, and a content whose bytes were lost", () => {
  expect(() => readTar("hello".repeat(200))).toThrow(new TarError("This does not look like a tar archive"));
  // A byte that isn't UTF-8 comes as U+FFFD, three bytes long.
  const bytes = Buffer.from(writeTar([{ ...about, name: "image", type: "file", data: "ab" }]), "utf8");
  bytes[512] = 0xff;
  expect(() => readTar(bytes.toString("utf8"))).toThrow(new TarError("image: not text: its bytes were lost"));
});
