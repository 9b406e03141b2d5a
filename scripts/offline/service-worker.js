/**
 * Gives the page its own files where there is no network. The build puts `FILES` (all that the page may ask for, relative
 * to this file) and `VERSION` (a hash of their names and texts) above this text; a page that is open keeps the files that
 * it began with.
 */
const PREFIX = `drydock ${self.registration.scope} `;
const CACHE = PREFIX + VERSION;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers());
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
  // A file with a hash in its name never changes; of everything else the network knows more.
  const isFixed = new URL(request.url).pathname.includes("/assets/");
  event.respondWith(isFixed ? keptOrFetched(request) : fetchedOrKept(request));
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
