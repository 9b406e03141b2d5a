// Runs before the first paint, so that a dark page never flashes white. A file of its own: the page allows no inline script.
try {
  var theme = JSON.parse(localStorage.getItem("drydock.theme") || '"system"');
  var dark = theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
} catch (error) {
  // No storage: the light page is the default.
}
