/** Changing immutable objects: what doesn't change is shared, and a change of nothing gives the same object. */

/** `object` with `changes`. A change to undefined drops the key. */
export function withFields<T extends object>(object: T, changes: Partial<T>): T {
  let changed = false;
  for (const key in changes) {
    if (changes[key] === object[key]) continue;
    changed = true;
    break;
  }
  if (!changed) return object;
  const result: T = { ...object, ...changes };
  for (const key in changes) if (changes[key] === undefined) delete result[key];
  return result;
}

/** Sets those of `defaults` that `object` lacks: absent, null or "", as Go's zero value of a string. */
export function fill<T extends object>(object: T, defaults: Partial<T>): T {
  let result = object;
  for (const key in defaults) {
    const present: unknown = object[key];
    if (present !== undefined && present !== null && present !== "") continue;
    if (result === object) result = { ...object };
    result[key] = defaults[key] as T[typeof key];
  }
  return result;
}

/** As `fill`; 0 counts as absent too, for numbers that are no pointers upstream. */
export function fillZero<T extends object>(object: T, defaults: Partial<T>): T {
  let result = object;
  for (const key in defaults) {
    const present: unknown = object[key];
    if (present !== undefined && present !== null && present !== "" && present !== 0) continue;
    if (result === object) result = { ...object };
    result[key] = defaults[key] as T[typeof key];
  }
  return result;
}

/** The list with every item mapped; the same list when no item changes. */
export function mapShared<T>(list: T[], map: (item: T) => T): T[] {
  let result: T[] | undefined;
  for (let at = 0; at < list.length; at++) {
    const item = list[at] as T;
    const mapped = map(item);
    if (mapped === item) continue;
    result ??= list.slice();
    result[at] = mapped;
  }
  return result ?? list;
}

/** `object` with the field `key` mapped, when it is there. */
export function mapField<T extends object, K extends keyof T>(
  object: T,
  key: K,
  map: (value: NonNullable<T[K]>) => NonNullable<T[K]>,
): T {
  const value = object[key];
  if (value === undefined || value === null) return object;
  const mapped = map(value as NonNullable<T[K]>);
  return mapped === value ? object : { ...object, [key]: mapped };
}

/** Remembers the result for each object, and that a result gives itself: for pure idempotent maps over templates. */
export function memoizeIdempotent<T extends object>(map: (object: T) => T): (object: T) => T {
  const known = new WeakMap<T, T>();
  return (object) => {
    const found = known.get(object);
    if (found !== undefined) return found;
    const result = map(object);
    known.set(object, result);
    known.set(result, result);
    return result;
  };
}

/** Remembers the result for each object. */
export function memoize<T extends object, R>(map: (object: T) => R): (object: T) => R {
  const known = new WeakMap<T, { result: R }>();
  return (object) => {
    let found = known.get(object);
    if (found === undefined) {
      found = { result: map(object) };
      known.set(object, found);
    }
    return found.result;
  };
}
