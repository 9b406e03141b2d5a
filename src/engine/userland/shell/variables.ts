/** A shell's variables. Values are replaced, never changed in place, so that a subshell copies one table. */

export interface Variable {
  readonly value: string | undefined;
  readonly array?: ReadonlyMap<string, string> | undefined;
  readonly associative?: boolean;
  readonly exported: boolean;
  readonly readonly: boolean;
  readonly integer?: boolean;
}

/** bash's words: `x: readonly variable`. */
export class VariableError extends Error {}

const UNSET: Variable = { value: undefined, exported: false, readonly: false };
/** Longest value: a loop that doubles a variable ends here and not with the host's memory. */
const MAX_VALUE = 16 * 1024 * 1024;

export class Variables {
  private readonly table: Map<string, Variable>;
  /** What `local` hid, per function call. */
  private readonly scopes: Map<string, Variable | undefined>[] = [];
  private environment: Record<string, string> | undefined;

  constructor(table = new Map<string, Variable>()) {
    this.table = table;
  }

  copy(): Variables {
    return new Variables(new Map(this.table));
  }

  find(name: string): Variable | undefined {
    return this.table.get(name);
  }

  names(): string[] {
    return [...this.table.keys()];
  }

  /** A scalar's value; of an array element 0. Undefined when it is not set. */
  get(name: string): string | undefined {
    const variable = this.table.get(name);
    if (variable === undefined) return undefined;
    return variable.array === undefined ? variable.value : variable.array.get("0");
  }

  element(name: string, key: string): string | undefined {
    const variable = this.table.get(name);
    if (variable?.array !== undefined) return variable.array.get(key);
    return key === "0" ? variable?.value : undefined;
  }

  /** Elements in order of their indexes (associative: of insertion). */
  elements(name: string): [string, string][] {
    const variable = this.table.get(name);
    if (variable?.array !== undefined) {
      const entries = [...variable.array];
      return variable.associative === true ? entries : entries.sort((a, b) => Number(a[0]) - Number(b[0]));
    }
    return variable?.value === undefined ? [] : [["0", variable.value]];
  }

  isAssociative(name: string): boolean {
    return this.table.get(name)?.associative === true;
  }

  set(name: string, value: string): void {
    const before = this.writable(name);
    if (value.length > MAX_VALUE) throw new VariableError("xrealloc: cannot allocate memory");
    if (before.array !== undefined) {
      this.put(name, { ...before, array: new Map(before.array).set("0", value) });
    } else this.put(name, { ...before, value });
  }

  setElement(name: string, key: string, value: string): void {
    const before = this.writable(name);
    const array = new Map(before.array ?? (before.value === undefined ? [] : [["0", before.value]]));
    this.put(name, { ...before, value: undefined, array: array.set(key, value) });
  }

  setArray(name: string, entries: Iterable<readonly [string, string]>, options: { associative?: boolean } = {}): void {
    const before = this.writable(name);
    const associative = options.associative ?? before.associative ?? false;
    this.put(name, { ...before, value: undefined, array: new Map(entries), associative });
  }

  mark(name: string, marks: Partial<Pick<Variable, "exported" | "readonly" | "integer" | "associative">>): void {
    const before = this.table.get(name) ?? UNSET;
    this.put(name, { ...before, ...marks });
  }

  unset(name: string): void {
    this.writable(name);
    if (this.table.get(name)?.exported === true) this.environment = undefined;
    this.table.delete(name);
  }

  unsetElement(name: string, key: string): void {
    const before = this.writable(name);
    if (before.array === undefined) return;
    const array = new Map(before.array);
    array.delete(key);
    this.put(name, { ...before, array });
  }

  /** What children get. */
  exported(): Record<string, string> {
    if (this.environment === undefined) {
      this.environment = {};
      for (const [name, variable] of this.table) {
        if (variable.exported && variable.value !== undefined) this.environment[name] = variable.value;
      }
    }
    return this.environment;
  }

  enterScope(): void {
    this.scopes.push(new Map());
  }

  get inScope(): boolean {
    return this.scopes.length > 0;
  }

  leaveScope(): void {
    for (const [name, before] of this.scopes.pop() ?? []) this.restore(name, before);
  }

  /** `local name`: hides what there was until the function returns. */
  makeLocal(name: string): void {
    const scope = this.scopes.at(-1);
    if (scope === undefined || scope.has(name)) return;
    const before = this.table.get(name);
    scope.set(name, before);
    this.restore(name, before?.exported === true ? { ...UNSET, exported: true } : undefined);
  }

  /** Puts a variable back as it was (prefix assignments, `local`). */
  restore(name: string, before: Variable | undefined): void {
    this.environment = undefined;
    if (before === undefined) this.table.delete(name);
    else this.table.set(name, before);
  }

  private writable(name: string): Variable {
    const before = this.table.get(name) ?? UNSET;
    if (before.readonly) throw new VariableError(`${name}: readonly variable`);
    return before;
  }

  private put(name: string, variable: Variable): void {
    if (variable.exported || this.table.get(name)?.exported === true) this.environment = undefined;
    this.table.set(name, variable);
  }
}
