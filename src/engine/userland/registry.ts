/** What a Linux image carries. One line a command. */
import { hexdump, od, xxd } from "./commands/bytes.ts";
import { checksums } from "./commands/checksums.ts";
import { cmp, comm } from "./commands/compare.ts";
import { dmesg } from "./commands/dmesg.ts";
import { fold } from "./commands/fold.ts";
import { gzipTools } from "./commands/gzip.ts";
import { httpd } from "./commands/httpd.ts";
import { nice, nohup, setsid } from "./commands/run-with.ts";
import { realpath } from "./commands/realpath.ts";
import { shuf } from "./commands/shuf.ts";
import { split } from "./commands/split.ts";
import { ifconfig, route } from "./packet-tools/ifconfig.ts";
import type { Program } from "../base/program.ts";
import type { Command, Flavour } from "./command.ts";
import { base64 } from "./commands/base64.ts";
import { basename } from "./commands/basename.ts";
import { cat } from "./commands/cat.ts";
import { chmod } from "./commands/chmod.ts";
import { chgrp, chown } from "./commands/chown.ts";
import { chroot } from "./commands/chroot.ts";
import { clear } from "./commands/clear.ts";
import { column } from "./commands/column.ts";
import { cp } from "./commands/cp.ts";
import { curl } from "./curl/curl.ts";
import { cut } from "./commands/cut.ts";
import { date } from "./commands/date.ts";
import { dd } from "./commands/dd.ts";
import { df } from "./commands/df.ts";
import { diff } from "./commands/diff.ts";
import { dig } from "./commands/dig.ts";
import { dirname } from "./commands/dirname.ts";
import { du } from "./commands/du.ts";
import { echo } from "./commands/echo.ts";
import { env } from "./commands/env.ts";
import { expr } from "./commands/expr.ts";
import { fallocate } from "./commands/fallocate.ts";
import { falseCommand } from "./commands/false.ts";
import { find } from "./commands/find.ts";
import { free } from "./commands/free.ts";
import { getent } from "./commands/getent.ts";
import { egrep, fgrep, grep } from "./commands/grep.ts";
import { head } from "./commands/head.ts";
import { host } from "./commands/host.ts";
import { hostname } from "./commands/hostname.ts";
import { groups, id } from "./commands/id.ts";
import { kill } from "./commands/kill.ts";
import { less, more } from "./commands/less.ts";
import { ln } from "./commands/ln.ts";
import { ls } from "./commands/ls.ts";
import { mkdir } from "./commands/mkdir.ts";
import { mktemp } from "./commands/mktemp.ts";
import { mount } from "./commands/mount.ts";
import { mv } from "./commands/mv.ts";
import { editors } from "./commands/nano.ts";
import { nc } from "./commands/nc.ts";
import { nl } from "./commands/nl.ts";
import { nproc } from "./commands/nproc.ts";
import { nsenter } from "./commands/nsenter.ts";
import { nslookup } from "./commands/nslookup.ts";
import { paste } from "./commands/paste.ts";
import { pidof } from "./commands/pidof.ts";
import { killall, pgrep, pkill } from "./commands/pkill.ts";
import { ping } from "./commands/ping.ts";
import { printenv } from "./commands/printenv.ts";
import { printf } from "./commands/printf.ts";
import { ps } from "./commands/ps.ts";
import { pwd } from "./commands/pwd.ts";
import { readlink } from "./commands/readlink.ts";
import { rev } from "./commands/rev.ts";
import { rm } from "./commands/rm.ts";
import { rmdir } from "./commands/rmdir.ts";
import { seq } from "./commands/seq.ts";
import { sleep, usleep } from "./commands/sleep.ts";
import { sync } from "./commands/sync.ts";
import { sort } from "./commands/sort.ts";
import { stat } from "./commands/stat.ts";
import { su } from "./commands/su.ts";
import { sysctl } from "./commands/sysctl.ts";
import { tac } from "./commands/tac.ts";
import { tail } from "./commands/tail.ts";
import { tar } from "./commands/tar.ts";
import { tee } from "./commands/tee.ts";
import { telnet } from "./commands/telnet.ts";
import { bracket, test } from "./commands/test.ts";
import { timeout } from "./commands/timeout.ts";
import { top } from "./commands/top.ts";
import { touch } from "./commands/touch.ts";
import { tr } from "./commands/tr.ts";
import { trueCommand } from "./commands/true.ts";
import { truncate } from "./commands/truncate.ts";
import { tty } from "./commands/tty.ts";
import { uname } from "./commands/uname.ts";
import { uniq } from "./commands/uniq.ts";
import { uptime } from "./commands/uptime.ts";
import { watch } from "./commands/watch.ts";
import { wc } from "./commands/wc.ts";
import { wget } from "./commands/wget.ts";
import { whereis } from "./commands/whereis.ts";
import { which } from "./commands/which.ts";
import { whoami } from "./commands/whoami.ts";
import { xargs } from "./commands/xargs.ts";
import { yes } from "./commands/yes.ts";
import { fuser } from "./packet-tools/fuser.ts";
import { ip } from "./packet-tools/ip.ts";
import { netstat } from "./packet-tools/netstat.ts";
import { traceroute } from "./packet-tools/traceroute.ts";
import { justBashCommand } from "./just-bash.ts";
import { shellProgram } from "./shell/main.ts";
import type { ShellProgramOptions } from "./shell/main.ts";

const COMMANDS: readonly Command[] = [
  base64,
  basename,
  cat,
  chmod,
  chgrp,
  chown,
  chroot,
  clear,
  column,
  cp,
  curl,
  cut,
  date,
  dd,
  df,
  diff,
  dirname,
  du,
  echo,
  env,
  expr,
  fallocate,
  falseCommand,
  find,
  free,
  getent,
  egrep,
  fgrep,
  grep,
  groups,
  head,
  hostname,
  id,
  kill,
  less,
  more,
  ln,
  ls,
  mkdir,
  mktemp,
  mount,
  mv,
  nc,
  nl,
  nproc,
  nsenter,
  nslookup,
  paste,
  pgrep,
  pidof,
  ping,
  pkill,
  printenv,
  printf,
  ps,
  pwd,
  readlink,
  rev,
  rm,
  rmdir,
  seq,
  sleep,
  sort,
  stat,
  su,
  sysctl,
  tac,
  tail,
  tar,
  tee,
  telnet,
  bracket,
  test,
  timeout,
  top,
  touch,
  tr,
  trueCommand,
  truncate,
  tty,
  uname,
  uniq,
  uptime,
  watch,
  wc,
  wget,
  which,
  whoami,
  xargs,
  yes,
  cmp,
  comm,
  dmesg,
  fold,
  nice,
  nohup,
  od,
  realpath,
  setsid,
  shuf,
  split,
  sync,
  ...checksums,
  ...gzipTools,
  ...editors,
  ...["awk", "sed", "jq", "yq"].map(justBashCommand),
];

/** What only one of the two carries. */
const OWN: Readonly<Record<Flavour, readonly Command[]>> = {
  busybox: [fuser, hexdump, httpd, ifconfig, ip, killall, netstat, route, traceroute, usleep, xxd],
  debian: [dig, host, whereis],
};

/**
 * All programs of a userland by absolute path, for `createProgramSource`. busybox has no bash, Debian's sh is dash.
 * Each command is also found under /bin, as on a merged /usr.
 */
export function createUserland(
  flavour: Flavour,
  shell: Pick<ShellProgramOptions, "interactive"> = {},
): Map<string, Program> {
  const programs = new Map<string, Program>();
  const install = (path: string, program: Program): void => {
    programs.set(path, program);
    const name = path.slice(path.lastIndexOf("/") + 1);
    programs.set(`/bin/${name}`, program);
  };
  for (const command of [...COMMANDS, ...OWN[flavour]]) install(command.path, command.program(flavour));
  install("/usr/bin/sh", shellProgram({ dialect: flavour === "busybox" ? "busybox" : "dash", ...shell }));
  if (flavour === "debian") install("/usr/bin/bash", shellProgram({ dialect: "bash", ...shell }));
  else install("/usr/bin/ash", shellProgram({ dialect: "busybox", ...shell }));
  return programs;
}
