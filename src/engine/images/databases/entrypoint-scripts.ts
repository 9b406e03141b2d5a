/**
 * The part of the official entry points that runs shell scripts of /docker-entrypoint-initdb.d in a new data directory: a
 * server for this machine alone, what is mounted in order of its names, then that server's end. Where all of it is SQL the
 * server itself runs it (`init-scripts.ts`), which costs no processes.
 */

/** That it leaves the scripts to its entry point. */
export const BY_ENTRYPOINT = "DRYDOCK_SCRIPTS_BY_ENTRYPOINT";

export interface EntrypointScripts {
  /** Its main program's name, and the words that keep it from others. */
  daemon: string;
  alone: string;
  /** Shell: the folder with its data. */
  data: string;
  /** Shell: whether it takes connections. */
  ready: string;
  /** Shell: runs the SQL on its standard input. */
  sql: string;
  /** Shell functions besides, for scripts that call them. */
  functions?: string;
  /** Shell: says a line in the entry point's words. */
  says: string;
}

export function entrypointWith({ daemon, alone, data, ready, sql, functions, says }: EntrypointScripts): string {
  return `#!/bin/bash
set -eo pipefail
if [ "\${1:0:1}" = '-' ]; then
  set -- ${daemon} "$@"
fi
scripts=/docker-entrypoint-initdb.d
say() { ${says}; }
${functions ?? ""}
run_script() {
  case "$1" in
    *.sh)
      if [ -x "$1" ]; then
        say "running $1"
        "$1"
      else
        say "sourcing $1"
        . "$1"
      fi ;;
    *.sql) say "running $1"; ${sql} < "$1" ;;
    *) say "ignoring $1" ;;
  esac
}
if [ "$1" = ${daemon} ] && ls $scripts 2>/dev/null | grep -q '\\.sh$' && [ ! -e "${data}/drydock.json" ]; then
  ${BY_ENTRYPOINT}=yes "$@" ${alone} &
  server=$!
  until ${ready}; do
    sleep 0.2
    kill -0 $server 2>/dev/null || { wait $server; exit 1; }
  done
  for script in $scripts/*; do run_script "$script"; done
  kill $server
  wait $server || true
fi
exec "$@"
`;
}
