import { describe, expect, it } from "vitest";
import { MemoryFileSystem } from "../memory-file-system.ts";
import { SizedFileSystem } from "../sized-file-system.ts";
import { MountedFileSystem } from "./mounts.ts";

function tree(files: Record<string, string>): MemoryFileSystem {
  const fs = new MemoryFileSystem();
  for (const [path, text] of Object.entries(files)) {
    fs.mkdir(path.slice(0, path.lastIndexOf("/")) || "/", { recursive: true });
    fs.writeFile(path, text);
  }
  return fs;
}

describe("mounts", () => {
  const root = tree({ "/etc/motd": "hi", "/data/hidden": "below" });
  const volume = tree({ "/a": "A", "/sub/b": "B" });

  it("shows a volume in place of what is below it", () => {
    const fs = new MountedFileSystem(root, [{ path: "/data", fs: volume, from: "", readOnly: false }]);
    expect(fs.readdir("/data")).toEqual(["a", "sub"]);
    expect(fs.readFile("/data/a")).toBe("A");
    expect(fs.readFile("/data/../etc/motd")).toBe("hi");
    fs.writeFile("/data/new", "n");
    expect(volume.readFile("/new")).toBe("n");
    volume.remove("/new");
  });

  it("mounts part of a volume, or one file of it, and names mount points in listings", () => {
    const fs = new MountedFileSystem(root, [
      { path: "/only", fs: volume, from: "/sub", readOnly: true },
      { path: "/etc/app/b.conf", fs: volume, from: "/sub/b", readOnly: true },
    ]);
    expect(fs.readFile("/only/b")).toBe("B");
    expect(fs.readFile("/etc/app/b.conf")).toBe("B");
    expect(fs.readdir("/")).toContain("only");
    const deep = new MountedFileSystem(root, [{ path: "/run/secrets/api", fs: volume, from: "", readOnly: true }]);
    expect([deep.readdir("/run"), deep.readdir("/run/secrets"), deep.exists("/run/other")]).toEqual([
      ["secrets"],
      ["api"],
      false,
    ]);
    expect([deep.stat("/run/secrets").type, deep.lstat("/run").mode]).toEqual(["directory", 0o755]);
    expect(() => fs.writeFile("/only/b", "x")).toThrow("EROFS");
  });

  it("keeps a read-only root read-only, volumes aside", () => {
    const mounts = [{ path: "/data", fs: volume, from: "", readOnly: false }];
    const fs = new MountedFileSystem(root, mounts, { readOnly: true });
    expect(() => fs.writeFile("/etc/motd", "x")).toThrow("EROFS");
    fs.writeFile("/data/a", "A");
  });

  it("charges who writes into memory for each change, which is as full as its files are long", () => {
    const memory = new SizedFileSystem({ capacity: 100 });
    const mounts = [{ path: "/m", fs: memory, from: "", readOnly: false, inMemory: true }];
    let charged = 0;
    const fs = new MountedFileSystem(root, mounts, { charge: (bytes) => (charged += bytes) });
    const used: (number | undefined)[] = [];
    for (const change of [
      () => fs.writeFile("/m/a", "twelve bytes"),
      () => fs.writeFile("/m/a", "é", { append: true }),
      () => fs.symlink("a", "/m/link"),
      () => fs.writeFile("/m/link", "four"),
      () => fs.allocate("/m/b", 50),
      () => fs.writeFile("/m/b", "+", { append: true }),
      () => fs.allocate("/m/b", 20),
      () => fs.remove("/m/link"),
      () => fs.mkdir("/m/folder"),
      () => fs.rename("/m/a", "/m/folder/a"),
      () => fs.writeFile("/m/c", "seven b"),
      () => fs.rename("/m/c", "/m/folder/a"),
      () => expect(() => fs.writeFile("/m/d", "x".repeat(74))).toThrow("ENOSPC"),
      () => fs.writeFile("/m/d", "x".repeat(73)),
      () => fs.writeFile("/m/d", "x".repeat(72)),
      () => fs.remove("/m/folder", { recursive: true }),
      () => fs.remove("/m", { recursive: true }),
    ]) {
      change();
      expect(fs.space("/m")?.used).toBe(charged);
      used.push(charged);
    }
    expect(used).toEqual([12, 14, 14, 4, 54, 55, 24, 24, 24, 24, 31, 27, 27, 100, 99, 92, 92]);
  });
});
