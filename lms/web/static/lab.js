// The lab page: tabs that load on first use, a splitter for mouse and keyboard, and on phones one part at a time.
(() => {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const popOut = document.querySelector("[data-pop-out]");
  const show = (tab) => {
    for (const other of tabs) {
      const chosen = other === tab;
      other.setAttribute("aria-selected", chosen);
      other.tabIndex = chosen ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).hidden = !chosen;
    }
    const frame = document.getElementById(tab.getAttribute("aria-controls")).querySelector("iframe");
    if (!frame.src) frame.src = frame.dataset.src;
    popOut.href = frame.src;
  };
  // On a phone the file browser would cover what is to be read: the same page with the browser closed takes its place.
  const narrow = matchMedia("(max-width: 767px)").matches && document.querySelector("[data-narrow-src]");
  if (narrow) popOut.href = narrow.src = narrow.dataset.narrowSrc;
  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => show(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(index + step + tabs.length) % tabs.length];
      show(next);
      next.focus();
    });
  });

  const split = document.querySelector("[data-split]");
  const splitter = document.querySelector("[data-splitter]");
  const setWidth = (percent) => {
    const width = Math.min(70, Math.max(20, percent));
    split.style.setProperty("--left", `${width}%`);
    splitter.setAttribute("aria-valuenow", Math.round(width));
    localStorage.setItem("lab-split", width);
  };
  const saved = Number(localStorage.getItem("lab-split"));
  if (saved) setWidth(saved);
  splitter.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 2, ArrowLeft: -2 }[event.key];
    if (step) setWidth(Number(splitter.getAttribute("aria-valuenow")) + step);
  });
  splitter.addEventListener("pointerdown", (event) => {
    splitter.setPointerCapture(event.pointerId);
    split.classList.add("dragging");
    const move = (moved) => setWidth((100 * moved.clientX) / innerWidth);
    splitter.addEventListener("pointermove", move);
    splitter.addEventListener("pointerup", () => { splitter.removeEventListener("pointermove", move); split.classList.remove("dragging"); }, { once: true });
  });

  // Which part a phone shows: the steps for whoever comes, the same as before when the page itself came anew.
  const parts = document.querySelector("[data-parts]");
  const showPart = (part) => {
    split.dataset.part = part;
    for (const button of parts.children) button.setAttribute("aria-pressed", button.dataset.showPart === part);
    sessionStorage.setItem("lab-part", part);
  };
  const cameAnew = performance.getEntriesByType("navigation")[0]?.type === "reload" || document.referrer === location.href;
  showPart((cameAnew && sessionStorage.getItem("lab-part")) || "steps");
  parts.hidden = false;
  parts.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show-part]");
    if (button) showPart(button.dataset.showPart);
  });
})();
