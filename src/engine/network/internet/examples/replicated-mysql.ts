/** MySQL as a primary and replicas that clone each other: `application/mysql/mysql-statefulset.yaml`, with scripts of our own. */
import {
  claimSpec,
  container,
  emptyDir,
  env,
  type Labels,
  type Manifest,
  mounts,
  namedPorts,
  podSpec,
  resources,
  shell,
  statefulSet,
} from "./manifest.ts";

const XTRABACKUP = "gcr.io/google-samples/xtrabackup:1.0";
const ORDINAL = "n=${HOSTNAME##*-}";

/** Its number and its role's settings. */
const CONFIGURE = `set -e
${ORDINAL}
printf '[mysqld]\\nserver-id=%s\\n' $((100 + n)) > /mnt/conf.d/server-id.cnf
if [ $n -eq 0 ]; then role=primary; else role=replica; fi
cp /mnt/config-map/$role.cnf /mnt/conf.d/
`;

/** A replica without data takes those of the one before it. */
const CLONE = `set -e
${ORDINAL}
if [ $n -eq 0 ] || [ -d /var/lib/mysql/mysql ]; then exit 0; fi
ncat --recv-only mysql-$((n - 1)).mysql 3307 | xbstream -x -C /var/lib/mysql
xtrabackup --prepare --target-dir=/var/lib/mysql
`;

/** Follows the primary from where the clone was, once; then gives backups to who asks for one. */
const FOLLOW = `cd /var/lib/mysql
if [ -s xtrabackup_slave_info ]; then
  from=$(tr -d ';' < xtrabackup_slave_info)
elif [ -s xtrabackup_binlog_info ]; then
  read -r file position rest < xtrabackup_binlog_info
  from="CHANGE MASTER TO MASTER_LOG_FILE='$file', MASTER_LOG_POS=$position"
fi
if [ -n "$from" ]; then
  until mysql -h 127.0.0.1 -e 'SELECT 1'; do sleep 1; done
  primary="MASTER_HOST='mysql-0.mysql', MASTER_USER='root', MASTER_PASSWORD='', MASTER_CONNECT_RETRY=10"
  mysql -h 127.0.0.1 -e "$from, $primary; START SLAVE" || exit 1
  rm -f xtrabackup_slave_info xtrabackup_binlog_info
fi
exec ncat --listen --keep-open --send-only --max-conns=1 3307 -c \\
  "xtrabackup --backup --slave-info --stream=xbstream --host=127.0.0.1 --user=root"
`;

export function replicatedMysql(labels: Labels): Manifest[] {
  const settings = mounts({ conf: "/etc/mysql/conf.d" });
  const volumeMounts = [...mounts({ data: "/var/lib/mysql" }, { subPath: "mysql" }), ...settings];
  const alive = { exec: { command: ["mysqladmin", "ping"] }, initialDelaySeconds: 30, periodSeconds: 10 };
  const answers = { exec: { command: ["mysql", "-h", "127.0.0.1", "-e", "SELECT 1"] }, initialDelaySeconds: 5 };
  const spec = podSpec(
    [
      container("mysql", "mysql:5.7", {
        env: env({ MYSQL_ALLOW_EMPTY_PASSWORD: "1" }),
        ports: namedPorts({ mysql: 3306 }),
        volumeMounts,
        resources: resources({ cpu: "500m", memory: "1Gi" }),
        livenessProbe: { ...alive, timeoutSeconds: 5 },
        readinessProbe: { ...answers, periodSeconds: 2, timeoutSeconds: 1 },
      }),
      container("xtrabackup", XTRABACKUP, {
        ports: namedPorts({ xtrabackup: 3307 }),
        command: shell(FOLLOW, "bash"),
        volumeMounts,
        resources: resources({ cpu: "100m", memory: "100Mi" }),
      }),
    ],
    {
      initContainers: [
        container("init-mysql", "mysql:5.7", {
          command: shell(CONFIGURE, "bash"),
          volumeMounts: mounts({ conf: "/mnt/conf.d", "config-map": "/mnt/config-map" }),
        }),
        container("clone-mysql", XTRABACKUP, { command: shell(CLONE, "bash"), volumeMounts }),
      ],
      volumes: [emptyDir("conf"), { name: "config-map", configMap: { name: "mysql" } }],
    },
  );
  return [
    statefulSet("mysql", {
      serviceName: "mysql",
      replicas: 3,
      labels,
      pod: spec,
      claims: { data: claimSpec("10Gi") },
    }),
  ];
}
