// Before the first paint: how the page is to look. SETTINGS and MORE_CONTRAST are put in by the shell; ui/src/settings/apply.rs says the same
// words later, when the page is up and the settings may be others.
(() => {
  const settings = SETTINGS;
  const desktopWishesContrast = MORE_CONTRAST;
  const wishes = (query) => matchMedia(query).matches;
  const look = () => {
    const root = document.documentElement;
    if (!root) return false;
    const system = (chosen, query) => chosen === "system" && wishes(query);
    const high = settings.contrast === "high" || system(settings.contrast, "(prefers-contrast: more)") ||
      (settings.contrast === "system" && desktopWishesContrast);
    const still = settings.reduced_motion === "on" || system(settings.reduced_motion, "(prefers-reduced-motion: reduce)");
    root.setAttribute("data-theme", settings.theme);
    root.setAttribute("data-contrast", high ? "high" : "normal");
    root.setAttribute("data-motion", still ? "reduced" : "full");
    return true;
  };
  if (!look()) {
    const watcher = new MutationObserver(() => look() && watcher.disconnect());
    watcher.observe(document, { childList: true });
  }
})();
