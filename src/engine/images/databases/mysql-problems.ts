/** What MySQL's clients print of a statement that failed. */
import type { Outcome, Problem } from "./sql-engine.ts";

export function refused(code: number, state: string, text: string): Outcome {
  return { kind: "problem", problem: { kind: "own", code, state, text } };
}

/** `database`: the one in use. */
export function problemText(problem: Problem, database: string): string {
  switch (problem.kind) {
    case "syntax":
      return `ERROR 1064 (42000) at line 1: You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near '${problem.near}' at line 1`;
    case "unknown-database":
      return `ERROR 1049 (42000) at line 1: Unknown database '${problem.name}'`;
    case "database-exists":
      return `ERROR 1007 (HY000) at line 1: Can't create database '${problem.name}'; database exists`;
    case "unknown-table":
      return `ERROR 1146 (42S02) at line 1: Table '${problem.name.includes(".") ? problem.name : `${database}.${problem.name}`}' doesn't exist`;
    case "table-exists":
      return `ERROR 1050 (42S01) at line 1: Table '${problem.name}' already exists`;
    case "unknown-column":
      return `ERROR 1054 (42S22) at line 1: Unknown column '${problem.name}' in 'field list'`;
    case "no-database":
      return "ERROR 1046 (3D000) at line 1: No database selected";
    case "duplicate":
      return `ERROR 1062 (23000) at line 1: Duplicate entry '${problem.name}' for key '${problem.table}.PRIMARY'`;
    case "column-count":
      return "ERROR 1136 (21S01) at line 1: Column count doesn't match value count at row 1";
    case "own":
      return `ERROR ${problem.code} (${problem.state}) at line 1: ${problem.text}`;
  }
}
