/**
 * Names of the IANA time zone database, as Go's `time.LoadLocation` knows them.
 * Simplified: the host's own copy of the database is asked, which takes the names of links in any case of letters.
 */
const known = new Map<string, boolean>();
const MOST_KNOWN = 1000;

export function isTimeZone(name: string): boolean {
  let found = known.get(name);
  if (found === undefined) {
    found = lookUp(name);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(name, found);
  }
  return found;
}

function lookUp(name: string): boolean {
  // Offsets are names to the host, and none to the database.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions();
    return timeZone === name || timeZone.toLowerCase() !== name.toLowerCase();
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
