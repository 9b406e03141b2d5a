/** Web servers whose root can't be written to, that run as somebody else or without capabilities: what courses of security mend. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const readOnly = { readOnlyRootFilesystem: true };

interface How {
  security: object;
  folders?: readonly string[];
  env?: readonly object[];
}

function run(name: string, image: string, { security, folders = [], env = [] }: How): void {
  laptop.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: "main",
          image,
          env,
          securityContext: security,
          volumeMounts: folders.map((mountPath, at) => ({ name: `v${at}`, mountPath })),
        },
      ],
      volumes: folders.map((_, at) => ({ name: `v${at}`, emptyDir: {} })),
    },
  });
}
const state = (name: string): string =>
  laptop.kubectl(`get pod ${name} --no-headers -o custom-columns=P:.status.phase`);
const last = (name: string): string | undefined => laptop.kubectl(`logs ${name}`).split("\n").at(-1);

it("nginx ends where it can't write its folders and its pid, and runs with volumes there", () => {
  run("plain", "nginx", { security: readOnly });
  run("cached", "nginx", { security: readOnly, folders: ["/var/cache/nginx"] });
  run("mended", "nginx", { security: readOnly, folders: ["/var/cache/nginx", "/var/run"] });
  laptop.wait(12);
  expect(["plain", "cached", "mended"].map(state)).toEqual(["Failed", "Failed", "Running"]);
  expect(laptop.kubectl("logs plain").split("\n").slice(3, 4)).toEqual([
    "10-listen-on-ipv6-by-default.sh: info: can not modify /etc/nginx/conf.d/default.conf (read-only file system?)",
  ]);
  expect(last("plain")).toBe(
    'nginx: [emerg] mkdir() "/var/cache/nginx/client_temp" failed (30: Read-only file system)',
  );
  expect(last("cached")).toBe('nginx: [emerg] open() "/run/nginx.pid" failed (30: Read-only file system)');
});

it("nginx as somebody else, and without the right to give files away", () => {
  run("other", "nginx", { security: { runAsUser: 1000 } });
  run("weak", "nginx", { security: { capabilities: { drop: ["ALL"] } } });
  const add = ["CHOWN", "SETGID", "SETUID"];
  run("enough", "nginx", { security: { capabilities: { drop: ["ALL"], add } } });
  run("open", "nginxinc/nginx-unprivileged", { security: { runAsNonRoot: true, capabilities: { drop: ["ALL"] } } });
  laptop.wait(12);
  expect(["other", "weak", "enough", "open"].map(state)).toEqual(["Failed", "Failed", "Running", "Running"]);
  expect(laptop.kubectl("logs other")).toContain(
    'nginx: [warn] the "user" directive makes sense only if the master process runs with super-user privileges, ignored in /etc/nginx/nginx.conf:2\n',
  );
  expect(last("other")).toBe('nginx: [emerg] mkdir() "/var/cache/nginx/client_temp" failed (13: Permission denied)');
  expect(last("weak")).toBe(
    'nginx: [emerg] chown("/var/cache/nginx/client_temp", 101) failed (1: Operation not permitted)',
  );
  expect(laptop.kubectl("exec open -- curl -so /dev/null -w %{http_code} localhost:8080")).toBe("200");
});

it("httpd asks for a place for its pid", () => {
  run("apache", "httpd", { security: readOnly });
  run("apache-mended", "httpd", { security: readOnly, folders: ["/usr/local/apache2/logs"] });
  laptop.wait(12);
  expect(["apache", "apache-mended"].map(state)).toEqual(["Failed", "Running"]);
  expect(laptop.kubectl("logs apache").split("\n").slice(-2).join("\n")).toMatch(
    /\] \(30\)Read-only file system: AH00099: could not create \/usr\/local\/apache2\/logs\/httpd\.pid\.\w{6}\n.*\] AH00100: httpd: could not log pid to file \/usr\/local\/apache2\/logs\/httpd\.pid$/,
  );
});

it("databases have their data, and ask for a place for their sockets", () => {
  const password = (name: string): object => ({ name, value: "secret" });
  const of = (name: string, folders: readonly string[] = []): How => ({
    security: readOnly,
    folders,
    env: [password(name)],
  });
  run("pg", "postgres", of("POSTGRES_PASSWORD"));
  run("pg-mended", "postgres", of("POSTGRES_PASSWORD", ["/var/run/postgresql", "/tmp"]));
  run("my", "mysql", of("MYSQL_ROOT_PASSWORD"));
  run("my-mended", "mysql", of("MYSQL_ROOT_PASSWORD", ["/run/mysqld", "/tmp"]));
  laptop.wait(60);
  expect(["pg", "pg-mended", "my", "my-mended"].map(state)).toEqual(["Failed", "Running", "Failed", "Running"]);
  expect(laptop.kubectl("logs pg")).toContain(
    'FATAL:  could not create lock file "/var/run/postgresql/.s.PGSQL.5432.lock": Read-only file system\n',
  );
  expect(laptop.kubectl("logs my")).toContain(
    "[ERROR] [MY-010267] [Server] Could not create unix socket lock file /var/run/mysqld/mysqld.sock.lock.\n",
  );
});
