import { expect, it } from "vitest";
import { TestMachine } from "../testing/session.ts";
import { rerun } from "../testing/transcript.ts";

it("checksums are made and checked as coreutils do", () => {
  const transcript = `$ printf abc | sha1sum; printf abc | sha512sum
a9993e364706816aba3e25717850c26c9cd0d89d  -
ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f  -
$ echo hi > kubectl; sha256sum kubectl > sums; sha256sum --check sums
kubectl: OK
$ echo more >> kubectl; sha256sum -c sums
kubectl: FAILED
sha256sum: WARNING: 1 computed checksum did NOT match
[1]
$ rm kubectl; sha256sum -c sums; sha256sum -c --ignore-missing sums
kubectl: FAILED open or read
sha256sum: kubectl: No such file or directory
sha256sum: WARNING: 1 listed file could not be read
sha256sum: sums: no file was verified
[1]
$ echo nonsense | md5sum -c
md5sum: standard input: no properly formatted checksum lines found
[1]
`;
  expect(rerun(new TestMachine(), transcript)).toBe(transcript);
});

it("files are compared, folded, split, shown byte by byte and zipped", () => {
  const transcript = `$ printf 'a\\nb\\n' > x; printf 'b\\nc\\n' > y; comm x y; comm -12 x y; cmp x y
a
		b
	c
b
x y differ: byte 1, line 1
[1]
$ echo 'hello world' | fold -w 5
hello
 worl
d
$ seq 5 | split -l 2 - part; cat partac; ls part*
5
partaa
partab
partac
$ echo hi | od -c; echo hi | od -An -tx1
0000000   h   i  \\n
0000003
 68 69 0a
$ cp x z; gzip z; ls z*; zcat z.gz; gunzip z.gz; cat z; echo no | gunzip
z.gz
a
b
a
b

gzip: stdin: not in gzip format
[1]
$ echo abc | egrep 'a|z'; echo a.c | fgrep .
abc
a.c
$ ln -s x link; realpath link ./y /nowhere/x
/root/x
/root/y
realpath: /nowhere/x: No such file or directory
[1]
$ nohup echo on; nice echo nice; nohup nothing
on
nice
nohup: failed to run command 'nothing': No such file or directory
[127]
`;
  const read = transcript.replaceAll("\\\\", "\\");
  expect(rerun(new TestMachine(), read)).toBe(read);
});

it("shuf draws lines and numbers, each once unless they may come again", () => {
  const machine = new TestMachine();
  const run = (line: string): string[] => machine.run(line).stdout.trim().split("\n");
  expect(run("shuf -i 1-9").toSorted().join("")).toBe("123456789");
  const drawn = run("shuf -i 0-100 -n 20").map(Number);
  expect(new Set(drawn).size).toBe(20);
  expect(drawn.every((number) => number >= 0 && number <= 100)).toBe(true);
  expect(run("shuf -r -n 5 -e one")).toEqual(["one", "one", "one", "one", "one"]);
  expect(machine.run("shuf -i 9-1")).toMatchObject({ code: 1, stderr: "shuf: invalid input range: ‘9-1’\n" });
});

it("ls follows links with -L, and shows a folder behind a link as a folder", () => {
  const machine = new TestMachine();
  machine.run("mkdir real; echo hi > real/file; ln -s real data; ln -s data/file file");
  expect(machine.run("ls -la data/ | head -n 2 | tail -n 1").stdout).toMatch(/^drwxr-xr-x .* \.\n$/);
  expect(machine.run("ls -lL file").stdout).toMatch(/^-rw-r--r-- .* 3 .* file\n$/);
});
