/** Small things kept between visits. A browser that refuses storage is a page without memory, never a broken one. */
const prefix = "drydock.";

export function recall<T>(name: string, fallback: T): T {
  try {
    const text = globalThis.localStorage?.getItem(prefix + name);
    return text === null || text === undefined ? fallback : (JSON.parse(text) as T);
  } catch {
    return fallback;
  }
}

export function remember(name: string, value: unknown): void {
  try {
    globalThis.localStorage?.setItem(prefix + name, JSON.stringify(value));
  } catch {
    // Private windows refuse; nothing depends on it.
  }
}
