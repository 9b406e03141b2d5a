import { expect, it } from "vitest";
import type { Pod } from "../../api/generated/types.ts";
import { pods, services, statefulSets } from "../../api/registry.ts";
import { createTestCluster, type TestCluster } from "../testing/test-cluster.ts";

const ordinal = "[[ $(hostname) =~ -([0-9]+)$ ]] && n=${BASH_REMATCH[1]}";
const data = { name: "data", mountPath: "/var/lib/mysql", subPath: "mysql" };
const conf = { name: "conf", mountPath: "/etc/mysql/conf.d" };
const image = "gcr.io/google-samples/xtrabackup:1.0";

const CONFIGURE = `set -e; ${ordinal}
printf '[mysqld]\\nserver-id=%s\\n' $((100 + n)) > /etc/mysql/conf.d/id.cnf
if [[ $n -eq 0 ]]; then echo log-bin; else echo super-read-only; fi >> /etc/mysql/conf.d/id.cnf`;

const CLONE = `set -e; ${ordinal}
[[ -d /var/lib/mysql/mysql || $n -eq 0 ]] && exit 0
ncat --recv-only mysql-$((n - 1)).mysql 3307 | xbstream -x -C /var/lib/mysql
xtrabackup --prepare --target-dir=/var/lib/mysql`;

const FOLLOW = `cd /var/lib/mysql
if [[ -f xtrabackup_slave_info && "x$(<xtrabackup_slave_info)" != "x" ]]; then
  info=$(<xtrabackup_slave_info); echo "\${info%;}" > change.sql
elif [[ -f xtrabackup_binlog_info ]]; then
  [[ $(cat xtrabackup_binlog_info) =~ ^(.*?)[[:space:]]+(.*?)$ ]] || exit 1
  echo "CHANGE MASTER TO MASTER_LOG_FILE='\${BASH_REMATCH[1]}', MASTER_LOG_POS=\${BASH_REMATCH[2]}" > change.sql
fi
rm -f xtrabackup_slave_info xtrabackup_binlog_info
if [[ -f change.sql ]]; then
  until mysql -h 127.0.0.1 -e "SELECT 1"; do sleep 1; done
  mysql -h 127.0.0.1 -e "$(<change.sql), MASTER_HOST='mysql-0.mysql', MASTER_USER='root', MASTER_PASSWORD='',
    MASTER_CONNECT_RETRY=10; START SLAVE;" || exit 1
  mv change.sql changed.sql
fi
exec ncat --listen --keep-open --send-only --max-conns=1 3307 -c \\
  "xtrabackup --backup --slave-info --stream=xbstream --host=127.0.0.1 --user=root"`;

const bash = (script: string): string[] => ["bash", "-c", script];

const SET = {
  metadata: { name: "mysql", namespace: "default" },
  spec: {
    serviceName: "mysql",
    replicas: 2,
    selector: { matchLabels: { app: "mysql" } },
    template: {
      metadata: { labels: { app: "mysql" } },
      spec: {
        terminationGracePeriodSeconds: 5,
        initContainers: [
          { name: "init-mysql", image: "mysql:5.7", command: bash(CONFIGURE), volumeMounts: [conf] },
          { name: "clone-mysql", image, command: bash(CLONE), volumeMounts: [data, conf] },
        ],
        containers: [
          {
            name: "mysql",
            image: "mysql:5.7",
            env: [{ name: "MYSQL_ALLOW_EMPTY_PASSWORD", value: "1" }],
            volumeMounts: [data, conf],
            readinessProbe: { exec: { command: ["mysql", "-h", "127.0.0.1", "-e", "SELECT 1"] }, periodSeconds: 5 },
          },
          { name: "xtrabackup", image, command: bash(FOLLOW), volumeMounts: [data, conf] },
        ],
        volumes: [{ name: "conf", emptyDir: {} }],
      },
    },
    volumeClaimTemplates: [
      {
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      },
    ],
  },
};

const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") ?? false;
const ready = (test: TestCluster, count: number): boolean =>
  test.runUntil(() => test.list(pods).filter(isReady).length === count, 180_000);
const replication = "mysql -e 'SHOW SLAVE STATUS\\G' | grep -E 'Running:|Log_Pos|Master_Log_File'";

it("replicas clone their neighbour, follow the primary through its death, and refuse writes", () => {
  const test = createTestCluster({ seed: 1 });
  test.client.resource(services).create({
    metadata: { name: "mysql", namespace: "default" },
    spec: { clusterIP: "None", selector: { app: "mysql" }, ports: [{ port: 3306 }] },
  });
  test.client.resource(statefulSets).create(SET as never);
  expect(ready(test, 2)).toBe(true);
  const write =
    "CREATE DATABASE test; CREATE TABLE test.messages (message VARCHAR(250)); INSERT INTO test.messages VALUES";
  expect(test.exec("mysql-0", `mysql -e "${write} ('hello')"; mysql -N -e 'SHOW MASTER STATUS'`)).toBe(
    "mysql-0-bin.000001\t715\t\t\t\n",
  );
  test.run(100);
  expect(test.exec("mysql-1", "mysql -t -h 127.0.0.1 -e 'SELECT @@server_id; SELECT * FROM test.messages'")).toBe(
    "+-------------+\n| @@server_id |\n+-------------+\n|         101 |\n+-------------+\n+---------+\n| message |\n+---------+\n| hello   |\n+---------+\n",
  );
  expect(test.exec("mysql-1", `mysql -e "INSERT INTO test.messages VALUES ('no')"`)).toBe(
    "ERROR 1290 (HY000) at line 1: The MySQL server is running with the --super-read-only option so it cannot execute this statement\n[1]",
  );

  // The third one clones from a replica, and goes on from where that one was.
  test.client.resource(statefulSets).patch("default", "mysql", { spec: { replicas: 3 } });
  expect(ready(test, 3)).toBe(true);
  test.run(5000);
  expect(test.exec("mysql-2", `mysql -N -e 'SELECT * FROM test.messages'; ${replication}`)).toBe(
    `hello
        Master_Log_File: mysql-0-bin.000001
    Read_Master_Log_Pos: 715
  Relay_Master_Log_File: mysql-0-bin.000001
       Slave_IO_Running: Yes
      Slave_SQL_Running: Yes
    Exec_Master_Log_Pos: 715
`,
  );

  // A primary that comes back has its data, another address and a new log; the replicas find it by its name.
  test.client.resource(pods).delete("default", "mysql-0");
  expect(test.runUntil(() => test.list(pods).filter(isReady).length < 3, 20_000)).toBe(true);
  test.run(1000);
  expect(test.exec("mysql-2", replication)).toMatch(/Slave_IO_Running: Connecting\n/);
  expect(ready(test, 3)).toBe(true);
  test.run(11_000);
  test.exec("mysql-0", `mysql -e "INSERT INTO test.messages VALUES ('again')"`);
  test.run(100);
  expect(test.exec("mysql-2", `mysql -N -e 'SELECT * FROM test.messages'; ${replication} | head -2`)).toBe(
    "hello\nagain\n        Master_Log_File: mysql-0-bin.000002\n    Read_Master_Log_Pos: 346\n",
  );

  // What a replica can't do stops it, and says so.
  test.exec("mysql-2", "mysql -e 'SET GLOBAL super_read_only = OFF; DROP TABLE test.messages'");
  test.exec("mysql-0", `mysql -e "INSERT INTO test.messages VALUES ('third')"`);
  test.run(100);
  expect(test.exec("mysql-2", "mysql -e 'SHOW SLAVE STATUS\\G' | grep -E 'SQL_(Err|Running:)'")).toBe(
    `      Slave_SQL_Running: No
         Last_SQL_Errno: 1146
         Last_SQL_Error: Error 'Table 'test.messages' doesn't exist' on query. Default database: ''. Query: 'INSERT INTO test.messages VALUES ('third')'
`,
  );
  // A program of the image whose file was moved away is not found any more.
  expect(
    test.exec("mysql-1", "cd /usr/bin; mv mysql mysql.off; mysql; mv mysql.off mysql; mysql -N -e 'SELECT 1'"),
  ).toBe("sh: 1: mysql: not found\n1\n");
  expect(test.exec("mysql-0", "mysql -e 'START SLAVE'")).toMatch(
    /^ERROR 1200 \(HY000\) at line 1: The server is not con/,
  );
});
