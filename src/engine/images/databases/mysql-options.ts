/**
 * mysqld's options: from its configuration files, then from its command line.
 * **Simplified:** only those below have an effect; the server names the others at its start, where mysqld would end at one
 * that it doesn't know.
 */
import type { ServerContext } from "../define-image.ts";

const FOLDERS = ["/etc/mysql/conf.d", "/etc/mysql/mysql.conf.d", "/etc/mysql/mariadb.conf.d"];
const FILES = ["/etc/my.cnf", "/etc/mysql/my.cnf"];
const EFFECTIVE =
  /^(server_id|(skip_)?log_bin|read_only|super_read_only|log_(slave|replica)_updates|skip_(slave|replica)_start)$/;

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
  for (const word of argv.slice(1)) if (word.startsWith("--")) take(word.slice(2));
  return options;
}

export function withoutEffect(options: MysqlOptions): string[] {
  return Object.keys(options).filter((name) => !EFFECTIVE.test(name));
}

/** A switch: its name alone turns it on. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(|1|on|true)$/i.test(value);
}
