/**
 * Gives the page its own files where there is no network. The build puts `FILES` (all that the page may ask for, relative
 * to this file) and `VERSION` (a hash of their names and texts) above this text; a page that is open keeps the files that
 * it began with.
 */
const PREFIX = `drydock ${self.registration.scope} `;
const CACHE = PREFIX + VERSION;
/** Files with a hash in their names, which never change. */
const ASSETS = `${self.registration.scope}assets/`;

self.addEventListener("install", (event) => {
  event.waitUntil(keepAll());
});

/** All or none; what the browser may still have of another version is asked for again. */
async function keepAll() {
  const cache = await caches.open(CACHE);
  const urls = FILES.map((file) => new URL(file, self.registration.scope).href);
  await cache.addAll(urls.map((url) => new Request(url, { cache: url.startsWith(ASSETS) ? "default" : "no-cache" })));
}

self.addEventListener("activate", (event) => {
  // The page of the first visit is served too, which nobody has served before.
  event.waitUntil(forgetOthers().then(() => self.clients.claim()));
});

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(
    names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)),
  );
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(self.registration.scope)) return;
  // Of everything but assets the network knows more.
  event.respondWith(request.url.startsWith(ASSETS) ? keptOrFetched(request) : fetchedOrKept(request));
});

async function keptOrFetched(request) {
  return (await kept(request)) ?? fetch(request);
}

async function fetchedOrKept(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const response = await kept(request);
    if (response === undefined) throw error;
    return response;
  }
}

async function kept(request) {
  const cache = await caches.open(CACHE);
  return cache.match(request, { ignoreSearch: true, ignoreVary: true });
}
