import { describe, expect, it } from "vitest";
import { TestNode } from "../../kubelet/testing/test-node.ts";

describe("MongoDB in a pod", () => {
  const node = new TestNode();
  const env = [
    { name: "MONGO_INITDB_ROOT_USERNAME", value: "captain" },
    { name: "MONGO_INITDB_ROOT_PASSWORD", value: "harbour" },
  ];
  const image = "mongo:8.0.15";
  node.bind("open", { containers: [{ name: "mongo", image, args: ["--bind_ip_all"] }] });
  node.bind("closed", { containers: [{ name: "mongo", image, env }] });
  node.bind("old", { containers: [{ name: "mongo", image: "mongo:4.4", command: ["mongod", "--replSet", "rs0"] }] });
  node.sim.runUntil(node.sim.now + 90_000);
  const ask = (text: string, options = ""): string =>
    node.exec("open", `mongosh --quiet ${options} --eval '${text}'`).trimEnd();

  it("stores documents, finds, changes and deletes them", () => {
    expect(ask('db.ships.insertMany([{name: "Ark", tons: 9}, {name: "Elk", tons: 4, ports: ["Kiel"]}])')).toMatch(
      /^\{\n {2}acknowledged: true,/,
    );
    expect(ask("db.ships.countDocuments({tons: {$gt: 5}})")).toBe("1");
    expect(ask('db.ships.updateOne({name: "Elk"}, {$set: {tons: 12}, $inc: {trips: 2}})')).toMatch("modifiedCount: 1");
    expect(ask('db.ships.find({ports: "Kiel"}).toArray()')).toMatch(
      /^\[\n {2}\{\n {4}_id: ObjectId\('[0-9a-f]{24}'\),\n {4}name: 'Elk',\n {4}tons: 12,/,
    );
    expect(ask("db.ships.deleteMany({tons: {$gte: 9}})")).toBe("{ acknowledged: true, deletedCount: 2 }");
    expect([ask("db.version()"), ask('db.adminCommand("ping").ok'), ask("db.adminCommand({ping: 1})")]).toEqual([
      "8.0.15",
      "1",
      "{ ok: 1 }",
    ]);
  });

  it("refuses what it doesn't know", () => {
    ask("db.ships.insertOne({name: 1})");
    expect(ask("db.ships.countDocuments({name: {$near: 1}})")).toBe("MongoServerError: unknown operator: $near");
    expect(ask("db.ships.aggregate([])")).toBe("MongoServerError: this playground does not know db.ships.aggregate()");
    expect(ask("rs.status()")).toBe("MongoServerError: not running with --replSet");
    expect(node.exec("old", "mongo --quiet --eval 'rs.syncFrom(1)'; echo $?")).toBe(
      "MongoServerError: this playground does not know rs.syncFrom()\n1\n",
    );
  });

  it("ends on data that it can't read, and gives who speaks another protocol no answer", () => {
    const { podIP } = node.pod("open").status;
    const said = ["null", "[]", "GET /", '{"text":7}'].map((line) =>
      node.exec("closed", `printf '%s\\n' '${line}' | nc -w 1 ${podIP} 27017`),
    );
    expect(said.join("")).toBe("");
    expect(ask("db.ships.countDocuments({})")).toBe("1");
    const volumes = [{ name: "d", hostPath: { path: "/srv/spoilt", type: "DirectoryOrCreate" } }];
    const mounted = { image, volumeMounts: [{ name: "d", mountPath: "/data/db" }] };
    const spoil = ["sh", "-c", "echo '{\"databases\":[]}' > /data/db/drydock.json"];
    node.bind("spoiler", { containers: [{ ...mounted, name: "c", command: spoil }], volumes, restartPolicy: "Never" });
    node.sim.runUntil(node.sim.now + 5000);
    node.bind("spoilt", { containers: [{ ...mounted, name: "c" }], volumes, restartPolicy: "Never" });
    node.sim.runUntil(node.sim.now + 5000);
    expect(node.pod("spoilt").status.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(14);
  });

  it("asks for its user over the network", () => {
    const host = `--host ${node.pod("closed").status.podIP}`;
    expect(ask("db.x.find()", host)).toBe("MongoServerError: Command requires authentication");
    expect(ask("db.x.find()", `${host} -u captain -p wrong`)).toBe("MongoServerError: Authentication failed.");
    expect(ask("db.x.find()", `${host} -u captain -p harbour --authenticationDatabase admin`)).toBe("[]");
    expect(ask("db.x.find()", "--port 1")).toBe("MongoNetworkError: connect ECONNREFUSED 127.0.0.1:1");
  });
});
