import { expect, it } from "vitest";
import { TestMachine } from "../testing/session.ts";
import { rerun } from "../testing/transcript.ts";

it("filters and formats as coreutils do", () => {
  const transcript = `$ printf 'b 2\\na 10\\nc 1\\n' | sort -k2 -n
c 1
b 2
a 10
$ printf 'a\\na\\nb\\n' | uniq -c
      2 a
      1 b
$ printf 'a\\na\\nc\\nd\\na\\n' | grep -n -m 1 -A 2 a; printf 'a\\na\\n' | grep -c -m 1 a; echo a | grep -m 0 a; echo $?
1:a
2-a
3-c
1
1
$ printf 'a\\nb\\nc\\nd\\n' | grep -n -A1 b
2:b
3-c
$ echo 'a\\b\\-c' | tr -d '\\\\\\-'
abc
$ echo hello | tr a-z A-Z | rev
OLLEH
$ echo -n hello | base64; echo aGVsbG8= | base64 -d
aGVsbG8=
hello
$ echo 'a b c' | xargs -n1 echo
a
b
c
$ printf 'a b\\nc\\n' | xargs -i echo '<{}>'
<a b>
<c>
$ seq -w 8 10; date -u -d @0
08
09
10
Thu Jan  1 00:00:00 UTC 1970
$ echo -n abc | sha256sum; md5sum < /dev/null
ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  -
d41d8cd98f00b204e9800998ecf8427e  -
$ timeout 2 sleep 5
[124]
$ dd if=/dev/zero of=big bs=1M count=3 status=none; fallocate -l 1G huge; wc -c < big; stat -c %s huge
3145728
1073741824
$ dd if=/dev/zero of=big bs=1M count=3
3+0 records in
3+0 records out
3145728 bytes (3 MB, 3 MiB) copied, 0.004 s, 786 MB/s
$ echo hello | dd of=small status=none; dd if=small bs=5 count=1 status=none; echo; rm big huge small
hello
$ diff <(printf 'a\\nb\\n') <(printf 'a\\nc\\n')
2c2
< b
---
> c
[1]
$ ls /nowhere
ls: cannot access '/nowhere': No such file or directory
[2]
$ sleep 50 & sleep 60 & pgrep -x sleep | wc -l; pgrep -x slee; echo $?; pkill -9 sleep; pgrep sleep; echo $?; pkill
2
1
1
pkill: no matching criteria specified
Try 'pkill --help' for more information.
[2]
$ echo abcdef > cut; truncate -s 3 cut; cat cut; truncate -s 2K long; stat -c %s long; truncate cut
abc2048
truncate: you must specify a size
Try 'truncate --help' for more information.
[1]
$ (sleep 2; echo there > late) & timeout 5 tail -F late
there
tail: cannot open 'late' for reading: No such file or directory
tail: 'late' has appeared;  following new file
[124]
$ sysctl vm.max_map_count; sysctl -w vm.swappiness=1; sysctl -n vm.swappiness; sysctl no.such
vm.max_map_count = 65530
vm.swappiness = 1
1
sysctl: cannot stat /proc/sys/no/such: No such file or directory
[255]
$ ls --frobnicate
ls: unrecognized option '--frobnicate'
Try 'ls --help' for more information.
[2]
`;
  expect(rerun(new TestMachine(), transcript)).toBe(transcript);
});

it("fetches with curl and says curl's own words when it can't", () => {
  const box = new TestMachine({
    send(request, sink) {
      if (request.url.startsWith("http://web:80/")) {
        sink.head(200, { "Content-Type": "text/plain" });
        sink.data("hello\n");
        sink.end();
      } else if (request.url.startsWith("http://shut:8080/")) sink.fail("ECONNREFUSED", "shut:8080");
      else sink.fail("ENOTFOUND", request.url);
      return { abort() {}, frame() {}, closeStdin() {} };
    },
  });
  expect(box.run("curl -s web; curl -s -o /dev/null -w '%{http_code}\\n' http://web/x")).toMatchObject({
    stdout: "hello\n200\n",
    code: 0,
  });
  expect(box.run("curl http://shut:8080/")).toMatchObject({
    stderr: "curl: (7) Failed to connect to shut port 8080 after 0 ms: Could not connect to server\n",
    code: 7,
  });
  expect(box.run("curl -sS nobody")).toMatchObject({ stderr: "curl: (6) Could not resolve host: nobody\n", code: 6 });
});

it("du adds up folders and what is in them, in blocks or in bytes; df and mount say where nothing is mounted", () => {
  const transcript = `$ mkdir -p /srv/a/b; echo one > /srv/a/one; dd if=/dev/zero of=/srv/a/b/two bs=1k count=9 status=none
$ du /srv; du -a /srv/a/b
16\t/srv/a/b
24\t/srv/a
28\t/srv
12\t/srv/a/b/two
16\t/srv/a/b
$ du -sh /srv /srv/a; cd /srv; du -hd1; du -sb a/one; du -shc a/one a/b
28K\t/srv
24K\t/srv/a
24K\t./a
28K\t.
4\ta/one
4.0K\ta/one
16K\ta/b
20K\ttotal
$ du /nope; du -d x; df; mount
du: cannot access '/nope': No such file or directory
du: invalid maximum depth 'x'
Try 'du --help' for more information.
df: cannot read table of mounted file systems: No such file or directory
$ df --frobnicate
df: unrecognized option '--frobnicate'
Try 'df --help' for more information.
[1]
`;
  expect(rerun(new TestMachine(), transcript)).toBe(transcript);
  const small = new TestMachine({ flavour: "busybox" });
  const run = (line: string) => small.run(line, { shell: "sh" });
  expect(run("mkdir /srv; echo 1 > /srv/a; du -h /srv; du /nope; df").stdout).toBe("8.0K\t/srv\n");
  const table = [
    { source: "proc", type: "proc", path: "/proc", options: "rw" },
    {
      source: "/dev/sda1",
      type: "ext4",
      path: "/",
      options: "ro",
      space: () => ({ capacity: 10_000 * 1024, used: 1 }),
    },
  ];
  small.fs.mountTable = () => table;
  expect(run("df; df -Pm /srv; df -a | wc -l; df -i; df /nope; mount -t ext4; mount /dev/sdb /mnt")).toMatchObject({
    stdout: `Filesystem           1K-blocks      Used Available Use% Mounted on
/dev/sda1                10000         4      9996   0% /
Filesystem           1M-blocks      Used Available Capacity Mounted on
/dev/sda1                   10         1        10   0% /
3
Filesystem              Inodes      Used Available Use% Mounted on
/dev/sda1                    0         0         0   0% /
Filesystem           1K-blocks      Used Available Use% Mounted on
/dev/sda1 on / type ext4 (ro)
`,
    stderr: "df: /nope: can't find mount point\nmount: mounting is not simulated: volumes come with a pod's spec\n",
    code: 1,
  });
});
