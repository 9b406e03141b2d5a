/** Milliseconds after the first screen: nobody is to wait for what may be needed on another day. */
const LATER_MS = 10_000;

/** Keeps the page's files in the browser, so that it opens without a network too; not where data is to be saved. */
export function keepForOffline(): void {
  const connection: unknown = Reflect.get(navigator, "connection");
  const savesData =
    typeof connection === "object" && connection !== null && Reflect.get(connection, "saveData") === true;
  if (!import.meta.env.PROD || savesData || !("serviceWorker" in navigator)) return;
  setTimeout(() => {
    navigator.serviceWorker.register(new URL("offline.js", document.baseURI)).catch(() => {
      // A browser that keeps nothing (a private window) does without.
    });
  }, LATER_MS);
}
