import { describe, expect, it } from "vitest";
import type { ConfigMap, Pod, Secret, Volume } from "../api/generated/types.ts";
import { encodeBase64 } from "../base/base64.ts";
import { MemoryFileSystem } from "../runtime/memory-file-system.ts";
import { SizedFileSystem } from "../runtime/sized-file-system.ts";
import { pluginFor, volumePlugins } from "./registry.ts";
import type { VolumeFiles, VolumeHost } from "./volume-plugin.ts";

const NOW = Date.UTC(2026, 0, 1);

const pod = {
  metadata: {
    name: "app",
    namespace: "shop",
    uid: "u1",
    creationTimestamp: "2026-01-01T00:00:00Z",
    labels: { tier: "web" },
  },
  spec: { containers: [{ name: "app", resources: { limits: { cpu: "1500m" } } }], serviceAccountName: "bot" },
  status: {},
} as unknown as Pod;

function host(overrides: Partial<VolumeHost> = {}): VolumeHost {
  const configMaps: Record<string, unknown> = {
    settings: { data: { color: "blue" }, binaryData: { logo: encodeBase64("png") } },
  };
  const secrets: Record<string, unknown> = { token: { data: { value: encodeBase64("s3cret") } } };
  return {
    pod,
    facts: { podIPs: ["10.244.1.2"], hostIPs: ["172.18.0.3"], allocatable: {} },
    config: {
      configMap: (namespace, name) => (namespace === "shop" ? (configMaps[name] as ConfigMap | undefined) : undefined),
      claim: () => undefined,
      volume: () => undefined,
      secret: (namespace, name) => (namespace === "shop" ? (secrets[name] as Secret | undefined) : undefined),
    },
    disk: new MemoryFileSystem(),
    nodeName: "worker-1",
    nodeLabels: { "kubernetes.io/hostname": "worker-1" },
    remoteFileSystem: () => new SizedFileSystem({}),
    diskName: () => "/dev/sdb",
    isAttached: () => true,
    drivers: [],
    now: () => NOW,
    requestToken: () => "a.b.c",
    newFileSystem: ({ capacity } = {}) =>
      capacity === undefined ? new MemoryFileSystem() : new SizedFileSystem({ capacity }),
    ...overrides,
  };
}

function files(volume: Omit<Volume, "name">, at = host()): VolumeFiles | undefined {
  const named = { name: "v", ...volume };
  return pluginFor(named).files?.(named, at);
}

const texts = (found: VolumeFiles | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(found ?? {}).map(([path, { text }]) => [path, text]));

describe("volume plugins", () => {
  it("are one a kind", () => {
    const kinds = volumePlugins.filter(({ accepts }) => accepts === undefined).map(({ kind }) => kind);
    expect(new Set(kinds).size).toBe(kinds.length);
    for (const plugin of volumePlugins) expect(plugin.place === undefined).toBe(plugin.files !== undefined);
  });

  it("refuse a kind that there is none for", () => {
    expect(() => pluginFor({ name: "v", iscsi: { iqn: "q", lun: 0, targetPortal: "p" } })).toThrow(
      "volume plugin for iscsi is not available on this node",
    );
  });

  it("configMap: all keys, or the named ones under their paths and modes", () => {
    expect(texts(files({ configMap: { name: "settings" } }))).toEqual({ color: "blue", logo: "png" });
    const items = [{ key: "color", path: "theme/color", mode: 0o400 }];
    expect(files({ configMap: { name: "settings", items } })).toEqual({ "theme/color": { text: "blue", mode: 0o400 } });
    expect(() => files({ configMap: { name: "none" } })).toThrow('configmap "none" not found');
    expect(files({ configMap: { name: "none", optional: true } })).toEqual({});
  });

  it("a missing key fails, and is left out when optional", () => {
    const items = [{ key: "size", path: "size" }];
    expect(() => files({ configMap: { name: "settings", items } })).toThrow(
      "configmap references non-existent config key: size",
    );
    expect(() => files({ secret: { secretName: "token", items } })).toThrow("references non-existent secret key: size");
    expect(files({ secret: { secretName: "token", items, optional: true } })).toEqual({});
  });

  it("secret: decoded, with the volume's mode", () => {
    expect(files({ secret: { secretName: "token", defaultMode: 0o400 } })).toEqual({
      value: { text: "s3cret", mode: 0o400 },
    });
    expect(() => files({ secret: { secretName: "none" } })).toThrow('secret "none" not found');
  });

  it("downwardAPI: fields and resources of the pod", () => {
    const items = [
      { path: "labels", fieldRef: { fieldPath: "metadata.labels" } },
      { path: "cpu", resourceFieldRef: { containerName: "app", resource: "limits.cpu", divisor: "1m" } },
    ];
    expect(texts(files({ downwardAPI: { items } }))).toEqual({ labels: 'tier="web"', cpu: "1500" });
    const other = [{ path: "cpu", resourceFieldRef: { containerName: "other", resource: "limits.cpu" } }];
    expect(() => files({ downwardAPI: { items: other } })).toThrow("container other not found");
  });

  it("projected: several sources in one directory", () => {
    const sources = [
      { configMap: { name: "settings", items: [{ key: "color", path: "color" }] } },
      { secret: { name: "token" } },
      { downwardAPI: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
    ];
    const found = files({ projected: { sources, defaultMode: 0o440 } });
    expect(texts(found)).toEqual({ color: "blue", value: "s3cret", namespace: "shop" });
    expect(Object.values(found ?? {}).every(({ mode }) => mode === 0o440)).toBe(true);
    expect(() => files({ projected: { sources: [{ clusterTrustBundle: { path: "ca" } }] } as never })).toThrow(
      "clusterTrustBundle is not available",
    );
  });

  it("the API's own volume: its files are made at each read, the token again when four fifths of its life are over", () => {
    const sources = [
      { serviceAccountToken: { path: "token", expirationSeconds: 1000 } },
      { configMap: { name: "settings", items: [{ key: "color", path: "color" }] } },
    ];
    const volume = { name: "kube-api-access-x7k2p", projected: { sources } };
    let now = NOW;
    let asked = 0;
    const place = pluginFor(volume).place?.(
      volume,
      host({ now: () => now, requestToken: ({ expirationSeconds }) => `${++asked} for ${expirationSeconds}` }),
    );
    expect([asked, place?.readOnly]).toEqual([0, true]);
    const read = (path: string): string | undefined => place?.fs.readFile(path);
    expect([read("/token"), read("/token"), read("/color")]).toEqual(["1 for 1000", "1 for 1000", "blue"]);
    expect(place?.fs.readlink("/token")).toBe("..data/token");
    now += 799_000;
    expect(read("/token")).toBe("1 for 1000");
    now += 1000;
    expect(read("/token")).toBe("2 for 1000");
    const missing = {
      name: "kube-api-access-x7k2p",
      projected: { sources: [...sources, { secret: { name: "none" } }] },
    };
    expect(() => pluginFor(missing).place?.(missing, host())).toThrow('secret "none" not found');
  });

  it("another projected token: in a file with its mode, the same one until four fifths of its life are over", () => {
    const source = { path: "own/token", expirationSeconds: 1000, audience: "vault" };
    const projected = { sources: [{ serviceAccountToken: source }], defaultMode: 0o400 };
    let now = NOW;
    let asked = 0;
    const at = host({ now: () => now, requestToken: ({ audience }) => `${++asked} for ${audience}` });
    const look = (): VolumeFiles | undefined => files({ projected }, at);
    expect([look(), look()]).toEqual(Array(2).fill({ "own/token": { text: "1 for vault", mode: 0o400 } }));
    now += 800_000;
    expect(texts(look())).toEqual({ "own/token": "2 for vault" });
  });

  it("in memory an emptyDir holds no more than its limit, and nothing after a restart of the node", () => {
    const volume = { name: "v", emptyDir: { medium: "Memory", sizeLimit: "1Ki" } };
    const place = pluginFor(volume).place?.(volume, host());
    expect([place?.memory, place?.fs.stat("/").mode]).toEqual([true, 0o777]);
    place?.fs.writeFile("/a", "x".repeat(1000));
    expect(() => place?.fs.writeFile("/b", "x".repeat(25))).toThrow("ENOSPC");
    place?.fs.remove("/a");
    place?.fs.writeFile("/b", "x".repeat(1024));
    expect(() => place?.fs.writeFile("/b", "x", { append: true })).toThrow("ENOSPC");
  });

  it("in memory an emptyDir is no larger than what its pod may have, and the node has for pods", () => {
    const size = (limits: readonly (string | undefined)[], sizeLimit?: string): number | undefined => {
      const volume = { name: "v", emptyDir: { medium: "Memory", ...(sizeLimit !== undefined && { sizeLimit }) } };
      const containers = limits.map((memory, at) => ({
        name: `c${at}`,
        ...(memory !== undefined && { resources: { limits: { memory } } }),
      }));
      const facts = { podIPs: [], hostIPs: [], allocatable: { memory: "8Ki" } };
      const place = pluginFor(volume).place?.(volume, host({ facts, pod: { ...pod, spec: { containers } } }));
      return place?.fs.space?.("/")?.capacity;
    };
    expect([
      size([undefined]),
      size(["1Ki", undefined]),
      size(["1Ki", "2Ki"]),
      size(["1Ki", "2Ki"], "2Ki"),
      size(["1Ki"], "2Ki"),
      size(["16Ki"]),
    ]).toEqual([8192, 8192, 3072, 2048, 1024, 8192]);
  });

  it("emptyDir: a place of its own for each pod", () => {
    const volume = { name: "v", emptyDir: {} };
    const first = pluginFor(volume).place?.(volume, host());
    first?.fs.writeFile("/x", "1");
    expect(pluginFor(volume).place?.(volume, host())?.fs.exists("/x")).toBe(false);
  });

  it("hostPath: made or checked as its type says", () => {
    const disk = new MemoryFileSystem();
    const place = (path: string, type?: string): string | undefined => {
      const volume = { name: "v", hostPath: { path, ...(type !== undefined && { type }) } };
      return pluginFor(volume).place?.(volume, host({ disk }))?.root;
    };
    expect(place("/")).toBe("");
    expect(() => place("/data", "Directory")).toThrow("hostPath type check failed: /data is not a directory");
    expect(place("/data", "DirectoryOrCreate")).toBe("/data");
    expect(place("/data", "Directory")).toBe("/data");
    expect(() => place("/data", "File")).toThrow("/data is not a file");
    expect(place("/data/log", "FileOrCreate")).toBe("/data/log");
    expect(() => place("/none/log", "FileOrCreate")).toThrow("open /none/log: no such file or directory");
    expect(() => place("/data/log", "Socket")).toThrow("/data/log is not a socket file");
    expect(() => place("/data/log", "BlockDevice")).toThrow("/data/log is not a block device");
    disk.addDevices();
    disk.special("/run/app.sock", "socket");
    disk.special("/dev/vdb", "block");
    expect([
      place("/run/app.sock", "Socket"),
      place("/dev/vdb", "BlockDevice"),
      place("/dev/null", "CharDevice"),
    ]).toEqual(["/run/app.sock", "/dev/vdb", "/dev/null"]);
    expect(() => place("/dev/vdb", "CharDevice")).toThrow("/dev/vdb is not a character device");
  });
});
