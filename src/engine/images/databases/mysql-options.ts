/**
 * mysqld's options: from its configuration files, then from its command line.
 * **Simplified:** only those below have an effect; the server names the others at its start. Which names are mysqld's is told
 * by their first word.
 */
import type { ServerContext } from "../define-image.ts";

const FOLDERS = ["/etc/mysql/conf.d", "/etc/mysql/mysql.conf.d", "/etc/mysql/mariadb.conf.d"];
const FILES = ["/etc/my.cnf", "/etc/mysql/my.cnf"];
const KNOWN =
  /^(admin|auto|authentication|back|basedir|bind|binlog|bulk|caching|character|chroot|collation|completion|concurrent|connect|console|core|cte|datadir|debug|default|delay|disabled|div|enforce|eq|event|explicit|external|flush|ft|general|generated|global|group|gtid|help|host|init|innodb|interactive|join|keep|key|large|lc|local|lock|log|long|low|lower|mandatory|master|max|memlock|metadata|min|myisam|mysqlx|mysql|named|net|new|ngram|offline|old|open|optimizer|parser|partial|password|performance|persist|persisted|pid|plugin|port|preload|print|profiling|protocol|query|rand|range|rbr|read|regexp|relay|replica|replicate|report|require|rpl|safe|schema|secondary|secure|select|server|session|sha256|show|skip|slave|slow|socket|sort|source|sporadic|sql|ssl|stored|super|symbolic|sync|table|tc|temptable|terminology|thread|time|tls|tmp|tmpdir|transaction|unique|updatable|upgrade|user|validate|verbose|version|wait|windowing|wsrep|xa|aria|rocksdb)(_.*)?$/;
const EFFECTIVE =
  /^(bind_address|datadir|port|server_id|(skip_)?log_bin|read_only|super_read_only|log_(slave|replica)_updates|skip_(slave|replica)_start)$/;

const LETTERS: Readonly<Record<string, string>> = { P: "port", h: "datadir", u: "user", b: "basedir" };

/** By name with underscores; "" where nothing stands behind the name. */
export type MysqlOptions = Readonly<Record<string, string>>;

export function mysqlOptions({ fs, argv }: ServerContext): MysqlOptions {
  const options: Record<string, string> = {};
  const take = (text: string): void => {
    const [, name = "", value = ""] = /^([\w-]+)\s*(?:=\s*(.*))?$/.exec(text.trim()) ?? [];
    if (name !== "") options[name.replaceAll("-", "_")] = value.replace(/^(["'])(.*)\1$/, "$2");
  };
  const inFolders = FOLDERS.filter((folder) => fs.exists(folder)).flatMap((folder) =>
    fs.readdir(folder).flatMap((name) => (name.endsWith(".cnf") ? [`${folder}/${name}`] : [])),
  );
  for (const file of [...FILES, ...inFolders]) {
    if (!fs.exists(file)) continue;
    let section = "";
    for (const line of fs.readFile(file).split("\n")) {
      const header = /^\s*\[([\w.-]+)\]/.exec(line)?.[1];
      if (header !== undefined) section = header;
      else if (/^(mysqld|mariadbd?|server)/.test(section) && !/^\s*[#;!]/.test(line)) take(line);
    }
  }
  for (let at = 1; at < argv.length; at++) {
    const word = argv[at] as string;
    const letter = /^-([^-])/.exec(word)?.[1];
    const text = letter === undefined ? word.replace(/^--/, "") : shortOption(letter, word.slice(2));
    // A value may be a word of its own.
    const next = text.includes("=") || !word.startsWith("-") ? undefined : argv[at + 1];
    if (next === undefined || next.startsWith("-")) take(text);
    else take(`${text}=${argv[++at]}`);
  }
  return options;
}

function shortOption(letter: string, value: string): string {
  return `${LETTERS[letter] ?? letter}${value === "" ? "" : `=${value}`}`;
}

/** mysqld's words about the first option that it doesn't have; one that is `loose` may be unknown. */
export function unknownOption(options: MysqlOptions): string | undefined {
  const name = Object.keys(options).find((each) => !each.startsWith("loose_") && !KNOWN.test(each));
  if (name === undefined) return undefined;
  const value = options[name] as string;
  const dashed = name.replaceAll("_", "-");
  if (name.length === 1) return `unknown option '-${name}'.`;
  return value === "" ? `unknown option '--${dashed}'.` : `unknown variable '${dashed}=${value}'.`;
}

export function withoutEffect(options: MysqlOptions): string[] {
  return Object.keys(options).filter((name) => !EFFECTIVE.test(name));
}

/** A switch: its name alone turns it on. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(|1|on|true)$/i.test(value);
}
