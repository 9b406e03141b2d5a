import { expect, it } from "vitest";
import { TestMachine } from "../testing/session.ts";
import { rerun } from "../testing/transcript.ts";

it("packs, lists and unpacks as GNU's tar", () => {
  const transcript = `$ mkdir -p /root/d/empty /root/out && echo one > /root/d/one && ln -s one /root/d/link
$ cd /root && tar cf a.tar d && tar tf a.tar
d/
d/empty/
d/link
d/one
$ tar -xmf a.tar -C out d/one && cat out/d/one && ls out/d
one
one
$ tar cf - d | tar -xvf - -C /tmp
d/
d/empty/
d/link
d/one
$ tar cf - /root/d/one | tar tf -
root/d/one
tar: Removing leading \`/' from member names
$ tar cf b.tar nothing
tar: nothing: Cannot stat: No such file or directory
tar: Exiting with failure status due to previous errors
[2]
$ tar xf a.tar -C /nowhere
tar: /nowhere: Cannot open: No such file or directory
tar: Error is not recoverable: exiting now
[2]
$ echo hello | tar x
tar: This does not look like a tar archive
tar: Error is not recoverable: exiting now
[2]
$ tar czf a.tgz d; tar tzf a.tgz | head -n 1; tar xzf a.tar
d/

gzip: stdin: not in gzip format
tar: Child returned status 1
tar: Error is not recoverable: exiting now
[2]
$ tar cjf a.tbz d
tar: invalid option -- 'j'
Try 'tar --help' for more information.
[2]
`;
  expect(rerun(new TestMachine(), transcript)).toBe(transcript);
});
