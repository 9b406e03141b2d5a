import { expect, it } from "vitest";
import { addMachineFiles } from "../../runtime/machine-load.ts";
import { TestMachine } from "../testing/session.ts";

const GIB = 1024 ** 3;
const PASSWD = "root:x:0:0:root:/root:/bin/sh\nship:x:7:7::/srv:/bin/sh\nlocked:x:8:8::/:/usr/sbin/nologin\n";

function machine(flavour: "debian" | "busybox"): TestMachine {
  const box = new TestMachine({
    flavour,
    files: { "/etc/passwd": PASSWD, "/etc/group": "ship:x:7:\ncrew:x:9:ship\n", "/srv/x": "" },
  });
  const since = box.sim.now - 93_784_000;
  const load = { cores: 4, memoryBytes: 8 * GIB, usedBytes: 2 * GIB, cpuMillicores: 1500, since };
  addMachineFiles(
    box.fs,
    () => load,
    () => box.sim.now,
  );
  return box;
}

it("tells what the machine has and how long it is up, from /proc, as procps and coreutils do", () => {
  const box = machine("debian");
  const said = (line: string): string => box.run(line).stdout;
  expect(said("free -mt; free -h | tail -n 2")).toBe(`\
               total        used        free      shared  buff/cache   available
Mem:            8192        2048        4608           0        1536        6144
Swap:              0           0           0
Total:          8192        2048        4608
Mem:           8.0Gi       2.0Gi       4.5Gi          0B       1.5Gi       6.0Gi
Swap:             0B          0B          0B
`);
  expect(said("uptime; uptime -p; uptime -s; nproc; nproc --ignore=3; nproc --ignore=9; tty; echo $?")).toBe(`\
 00:00:00 up 1 day,  2:03,  0 user,  load average: 1.50, 1.50, 1.50
up 1 day, 2 hours, 3 minutes
2025-12-30 21:56:56
4
1
1
not a tty
1
`);
  expect(box.run("nproc --ignore=x; free -z").stderr).toBe(
    "nproc: invalid number: ‘x’\nTry 'nproc --help' for more information.\nfree: invalid option -- 'z'\nTry 'free --help' for more information.\n",
  );
});

it("and as busybox does", () => {
  expect(machine("busybox").run("free; free -h | tail -n 2; uptime", { shell: "sh" }).stdout).toBe(`\
              total        used        free      shared  buff/cache   available
Mem:        8388608     2097152     4718592           0     1572864     6291456
Swap:             0           0           0
Mem:           8.0G        2.0G        4.5G           0        1.5G        6.0G
Swap:             0           0           0
 00:00:00 up 1 day,  2:03,  0 users,  load average: 1.50, 1.50, 1.50
`);
});

it("top shows as many looks as it is told to, on a terminal until q", () => {
  const box = machine("debian");
  const batch = box.run("top -b -n2 -d1");
  expect([batch.ms >= 1000, batch.stdout.match(/^top - /gm)?.length]).toEqual([true, 2]);
  expect(batch.stdout.split("\n").slice(1, 8)).toEqual([
    "Tasks:   1 total,   1 running,   0 sleeping,   0 stopped,   0 zombie",
    "%Cpu(s): 37.5 us,  0.0 sy,  0.0 ni, 62.5 id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st ",
    "MiB Mem :   8192.0 total,   4608.0 free,   2048.0 used,   1536.0 buff/cache     ",
    "MiB Swap:      0.0 total,      0.0 free,      0.0 used.   6144.0 avail Mem ",
    "",
    "    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND",
    "      1 root      20   0       0      0      0 R   0.0   0.0   0:00.00 top",
  ]);
  expect(box.run("top").stderr).toBe("top: failed tty get\n");
  const terminal = box.terminal();
  expect(terminal.type("top\r", 3500).match(/^.*top - /gm)?.length).toBe(2);
  terminal.type("q", 100);
  expect(terminal.type("tty\r", 100)).toContain("/dev/pts/0\n");
});

it("su becomes a user of /etc/passwd, for root alone", () => {
  const box = machine("debian");
  const { stdout, stderr } = box.run(
    "su ship -c 'id; pwd; echo $HOME $USER'; su - ship -c 'pwd; echo $PATH'; su locked; su -s /bin/sh locked -c 'id -un'; su nobody; su ship -c \"su -c id\"",
  );
  expect(stdout).toBe(`\
uid=7(ship) gid=7(ship) groups=7(ship),9(crew)
/root
/srv ship
/srv
/usr/local/bin:/usr/bin:/bin
This account is currently not available.
locked
`);
  expect(stderr).toBe(
    "su: user nobody does not exist or the user entry does not contain all the required fields\nPassword: \nsu: Authentication failure\n",
  );
});
