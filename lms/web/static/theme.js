// Before the first paint: the reader's choice, else what the system prefers.
(() => {
  const chosen = localStorage.getItem("theme");
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const root = document.documentElement;
  root.dataset.bsTheme = dark ? "dark" : "light";
  // Paper is white: a dark page is printed in the light theme, and is dark again afterwards.
  let shown = null;
  matchMedia("print").addEventListener("change", (event) => {
    if (event.matches) { shown = root.dataset.bsTheme; root.dataset.bsTheme = "light"; }
    else if (shown) root.dataset.bsTheme = shown;
  });
})();
