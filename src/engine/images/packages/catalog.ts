/**
 * What the mirrors of Alpine and Debian carry: packages by the distributions' own names. Versions: Alpine 3.22, Debian 13.
 *
 * **Simplified:** only software that this playground can run. What every userland here carries beforehand (curl, jq, vim …)
 * is carried by the mirrors too, and brings nothing new.
 */
import type { Program } from "../../base/program.ts";
import type { Command, Flavour } from "../../userland/command.ts";
import { dig } from "../../userland/commands/dig.ts";
import { socat } from "../../userland/commands/socat.ts";
import { gpg } from "../../userland/commands/gpg.ts";
import { host } from "../../userland/commands/host.ts";
import { htpasswd } from "../../userland/htpasswd.ts";
import { ab } from "../../userland/load/ab.ts";
import { siege } from "../../userland/load/siege.ts";
import { wrk } from "../../userland/load/wrk.ts";
import { openssl } from "../../userland/openssl.ts";
import { conntrack } from "../../userland/packet-tools/conntrack.ts";
import { fuser } from "../../userland/packet-tools/fuser.ts";
import { ip } from "../../userland/packet-tools/ip.ts";
import { ipvsadm } from "../../userland/packet-tools/ipvsadm.ts";
import { lsof } from "../../userland/packet-tools/lsof.ts";
import { netstat } from "../../userland/packet-tools/netstat.ts";
import { nft } from "../../userland/packet-tools/nft.ts";
import { iptablesTools } from "../../userland/packet-tools/registry.ts";
import { ss } from "../../userland/packet-tools/ss.ts";
import { tcpdump } from "../../userland/packet-tools/tcpdump/tcpdump.ts";
import { traceroute } from "../../userland/packet-tools/traceroute.ts";
import { shellProgram } from "../../userland/shell/main.ts";
import { mysqlAdmin, mysqlClient } from "../databases/mysql-client.ts";
import { pgIsReady, psql } from "../databases/psql.ts";
import { git } from "../git.ts";
import { interpreter } from "../languages/interpreter.ts";
import { pythonLanguage } from "../languages/python.ts";
import { redisCli } from "../redis/cli.ts";
import type { SoftwarePackage } from "./package.ts";

const POSTGRESQL = { "/usr/bin/psql": psql, "/usr/bin/pg_isready": pgIsReady };
const MYSQL_PORT = 3306;

/** The programs that packages of one name or another bring. */
function contents(flavour: Flavour): Readonly<Record<string, Readonly<Record<string, Program>>>> {
  const commands = (...all: readonly Command[]): Record<string, Program> =>
    Object.fromEntries(all.map(({ path, program }) => [path, program(flavour)]));
  const mysql = ["mysql", "mariadb"].flatMap((name) => [
    [`/usr/bin/${name}`, mysqlClient(MYSQL_PORT)] as const,
    [`/usr/bin/${name === "mysql" ? "mysqladmin" : "mariadb-admin"}`, mysqlAdmin(MYSQL_PORT)] as const,
  ]);
  return {
    "apache2-utils": { "/usr/bin/ab": ab, ...commands(htpasswd) },
    bash: { "/bin/bash": shellProgram({ dialect: "bash" }) },
    "bind-tools": commands(dig, host),
    conntrack: commands(conntrack),
    gpg: commands(gpg),
    git: { "/usr/bin/git": git },
    iproute2: commands(ip, ss),
    iptables: commands(...iptablesTools),
    ipvsadm: commands(ipvsadm),
    lsof: commands(lsof),
    "mysql-client": Object.fromEntries(mysql),
    "net-tools": commands(netstat),
    nftables: commands(nft),
    openssl: { "/usr/bin/openssl": openssl },
    "postgresql-client": POSTGRESQL,
    psmisc: commands(fuser),
    python3: { "/usr/bin/python3": interpreter(pythonLanguage("3.13.5")) },
    "redis-tools": { "/usr/bin/redis-cli": redisCli("8.0.2") },
    socat: { "/usr/bin/socat": socat },
    siege: { "/usr/bin/siege": siege },
    tcpdump: commands(tcpdump),
    traceroute: commands(traceroute),
    wrk: { "/usr/bin/wrk": wrk },
  };
}

/** `name version kilobytes`, and `=contents` where these go by another name. */
const ALPINE = `
apache2-utils 2.4.65-r0 81
bash 5.2.37-r0 463
bind-tools 9.20.15-r0 187
busybox-extras 1.37.0-r19 47
ca-certificates 20250911-r0 139
conntrack-tools 1.4.8-r0 140 =conntrack
coreutils 9.7-r1 484
curl 8.14.1-r2 147
findutils 4.10.0-r0 213
gawk 5.3.2-r2 472
gnupg 2.4.7-r0 3 =gpg
git 2.49.1-r0 2861
grep 3.12-r0 158
iproute2 6.15.0-r0 12
iptables 1.8.11-r1 372
iputils 20240905-r0 2
ipvsadm 1.31-r3 32
jq 1.8.0-r0 154
less 685-r0 95
lsof 4.99.4-r0 93
mariadb-client 11.4.8-r0 3481 =mysql-client
mysql-client 11.4.8-r0 2 =mysql-client
nano 8.4-r0 318
net-tools 2.10-r3 132
netcat-openbsd 1.229.1-r0 23
nftables 1.1.3-r0 19
openssl 3.5.4-r0 372
postgresql17-client 17.6-r0 1218 =postgresql-client
postgresql-client 17.6-r0 1218
procps 4.0.4-r3 2
psmisc 23.7-r1 97
python3 3.12.12-r0 9114
redis 8.0.4-r0 1289 =redis-tools
sed 4.9-r2 113
siege 4.1.7-r0 93
socat 1.8.0.3-r1 136
tar 1.35-r3 214
tcpdump 4.99.5-r1 513
tzdata 2025b-r0 432
vim 9.1.1415-r0 1182
wget 1.25.0-r1 199
wrk 4.2.0-r1 202
yq-go 4.46.1-r3 4014
`;

const DEBIAN = `
apt-transport-https 3.0.3 28
bash-completion 1:2.16.0-7 319
apache2-utils 2.4.65-2 216
bash 5.2.37-2 1495
bind9-dnsutils 1:9.20.11-4 174
bind9-host 1:9.20.11-4 50
ca-certificates 20250419 162
conntrack 1:1.4.8-2 35
coreutils 9.7-3 3024
curl 8.14.1-2 269
default-mysql-client 1.1.1 3 =mysql-client
dnsutils 1:9.20.11-4 11
gawk 1:5.2.1-2 674
git 1:2.47.3-0+deb13u1 8862
gnupg 2.4.7-21 417 =gpg
gpg 2.4.7-21 535
iproute2 6.15.0-1 1090
iptables 1.8.11-2 368
iputils-ping 3:20240905-3 48
ipvsadm 1:1.31-2 38
jq 1.7.1-6 77
less 668-1 161
lsof 4.99.4+dfsg-2 339
mariadb-client 1:11.8.3-0 3142 =mysql-client
nano 8.4-1 704
net-tools 2.10-1.3 248
netcat-openbsd 1.229-1 42
netcat-traditional 1.10-50 66
nftables 1.1.3-1 78
openssl 3.5.1-1 1494
postgresql-client 17+278 14
procps 2:4.0.4-9 881
psmisc 23.7-2 267
python3 3.13.5-1 28
redis-tools 5:8.0.2-3 1152
siege 4.0.7-1 103
socat 1.8.0.3-1 412
tcpdump 4.99.5-2 463
telnet 0.17+2.6-3 44
traceroute 1:2.1.6-1 52
tzdata 2025b-4 260
vim 2:9.1.1230-2 1737
vim-tiny 2:9.1.1230-2 757
wget 1.25.0-2 984
wrk 4.1.0-4 232
`;

/** The packages of a flavour's distribution. */
export function mirrored(flavour: Flavour): readonly SoftwarePackage[] {
  const brought = contents(flavour);
  const lines = (flavour === "busybox" ? ALPINE : DEBIAN).trim().split("\n");
  return lines.map((line): SoftwarePackage => {
    const [name, version, kilobytes, as = `=${name}`] = line.split(" ") as [string, string, string, string?];
    return { name, version, kilobytes: Number(kilobytes), programs: brought[as.slice(1)] ?? {} };
  });
}
