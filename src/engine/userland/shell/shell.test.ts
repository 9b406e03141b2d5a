import { describe, expect, it } from "vitest";
import { TestMachine } from "../testing/session.ts";
import { rerun } from "../testing/transcript.ts";

describe("expansion", () => {
  it("reads as bash does", () => {
    const transcript = `$ s=hello.tar.gz; echo \${s%.*} \${s%%.*} \${s#*.} \${s##*.} \${s/l/L} \${s//l/L} \${#s} \${s:1:3} \${s: -2} \${s^^}
hello.tar hello tar.gz gz heLlo.tar.gz heLLo.tar.gz 12 ell gz HELLO.TAR.GZ
$ echo \${z:-def} \${z-def} \${z:=set} $z \${z:+alt}; z=; echo "[\${z:-e}]" "[\${z-e}]"
def def set set alt
[e] []
$ a=(one two "three four"); echo \${#a[@]} "\${a[@]:1:2}" \${!a[@]} \${a[-1]}
3 two three four 0 1 2 three four
$ declare -A m; m[foo]=bar; m[baz]=qux; echo \${m[foo]} \${#m[@]} \${!m[@]}
bar 2 foo baz
$ x="a  b"; echo $x "$x"; set -- $x; echo $#; IFS=,; echo "$*"
a b a  b
2
a,b
$ echo {a,b}{1..3} {01..03} x{,y}z
a1 a2 a3 b1 b2 b3 01 02 03 xz xyz
$ echo $((1+2*3)) $((2**10)) $((7/2)) $((0x1f)) $((5>3?1:0))
7 1024 3 31 1
$ echo "$(printf 'a\\n\\n')" \`echo tick\` $(echo nested $(echo deep))
a tick nested deep
$ echo tea > cup; echo "[$(<cup)]"; sh -c 'echo "[$(<cup)]"'; echo "[$(<none)]"; bash -ic 'echo once'
[tea]
[]
[]
once
bash: line 1: none: No such file or directory
`;
    expect(rerun(new TestMachine(), transcript)).toBe(transcript);
  });
});

describe("errors", () => {
  it("are bash's own", () => {
    const transcript = `$ foo
bash: line 1: foo: command not found
[127]
$ cd /nowhere
bash: line 1: cd: /nowhere: No such file or directory
[1]
$ echo hi > /no/such/file
bash: line 1: /no/such/file: No such file or directory
[1]
$ set -u; echo $missing; echo after
bash: line 1: missing: unbound variable
[127]
$ readonly r=1; r=2; echo after
bash: line 1: r: readonly variable
[1]
$ echo )
bash: -c: line 1: syntax error near unexpected token \`)'
bash: -c: line 1: \`echo )'
[2]
$ echo $((5/0)); echo after
bash: line 1: 5/0: division by 0 (error token is "0")
[1]
`;
    expect(rerun(new TestMachine(), transcript)).toBe(transcript);
  });

  it("are busybox' in a busybox container, and dash's in Debian's sh", () => {
    expect(new TestMachine({ flavour: "busybox" }).run("foo", { shell: "sh" })).toMatchObject({
      stderr: "sh: foo: not found\n",
      code: 127,
    });
    expect(new TestMachine().run("foo", { shell: "sh" })).toMatchObject({
      stderr: "sh: 1: foo: not found\n",
      code: 127,
    });
  });
});

describe("control", () => {
  it("stops at the first failure with set -e, but not in a condition", () => {
    expect(new TestMachine().run("set -e; false || echo caught; ! true; echo here; false; echo never")).toMatchObject({
      stdout: "caught\nhere\n",
      code: 1,
    });
  });

  it("runs the EXIT trap once, with the status of exit", () => {
    expect(new TestMachine().run("trap 'echo bye $?' EXIT; echo hi; exit 3")).toMatchObject({
      stdout: "hi\nbye 3\n",
      code: 3,
    });
  });

  it("runs a TERM trap as soon as the wait is interrupted", () => {
    const box = new TestMachine();
    const outcome = box.run("trap 'echo term; exit 0' TERM; (sleep 1; kill $$) & sleep 100 & wait");
    expect(outcome).toMatchObject({ stdout: "term\n", code: 0 });
    expect(outcome.ms).toBe(1000);
  });

  it("passes virtual time in an endless loop instead of hanging", () => {
    const outcome = new TestMachine().run("while true; do :; done", { limit: 20 });
    expect(outcome).toMatchObject({ code: 137, ms: 20 });
  });

  it("ends a function that calls itself for ever", () => {
    expect(new TestMachine().run("f() { f; }; f; echo after").stderr).toContain(
      "maximum function nesting level exceeded",
    );
  });
});

describe("streams", () => {
  it("hands over lines as they come, in a pipe that never ends by itself", () => {
    const outcome = new TestMachine().run(
      "n=0; while true; do echo line $((n++)); sleep 1; done | grep [05]$ | head -2",
    );
    expect(outcome).toMatchObject({ stdout: "line 0\nline 5\n", code: 0 });
  });

  it("holds a writer back when nobody reads", () => {
    expect(new TestMachine().run("yes | { sleep 5; head -1; }")).toMatchObject({ stdout: "y\n", ms: 5000 });
  });

  it("leaves to later readers what an earlier one did not take", () => {
    expect(new TestMachine().run("printf '1\\n2\\n3\\n' | { read a; read b; echo $b $a; cat; }").stdout).toBe(
      "2 1\n3\n",
    );
  });
});

describe("an interactive session", () => {
  it("keeps history, aliases, continuation lines and Ctrl-C apart", () => {
    const terminal = new TestMachine({ files: { "/root/.bashrc": "alias hi='echo hello'" } }).terminal();
    expect(terminal.type("hi you\r")).toBe("$ hi you\nhello you\n$ ");
    expect(terminal.type("for i in 1 2; do\recho $i\rdone\r")).toBe("for i in 1 2; do\n> echo $i\n> done\n1\n2\n$ ");
    expect(terminal.type("half a line\u0003")).toBe("half a line^C\n$ ");
    terminal.type("\u001b[A\r");
    expect(terminal.fresh()).toBe("");
    expect(terminal.type("history | tail -1\r")).toContain("history | tail -1\n");
    expect(terminal.type("\u0004")).toBe("exit\n");
    expect(terminal.code).toBe(0);
  });

  it("stops an endless builtin loop at Ctrl-C", () => {
    const terminal = new TestMachine().terminal();
    terminal.type("while true; do :; done\r", 5);
    expect(terminal.type("\u0003", 5)).toContain("^C");
    expect(terminal.type("echo $?\r", 5)).toContain("130\n");
  });

  it("gives the same run when its input is replayed", () => {
    const first = new TestMachine().terminal();
    first.type("cat > note\r");
    first.type("one\ntwo\n\u0004", 10);
    first.type("sleep 50\r", 20);
    first.type("\u0003");
    first.type("cat note; echo $?\r");
    const second = new TestMachine().terminal();
    for (const { kind, text } of first.inputs) second.tty.replay(kind as "line" | "data", text);
    expect(second.fresh().split("\n").slice(-4)).toEqual(["one", "two", "0", "$ "]);
    expect(second.inputs).toEqual([]);
  });
});
