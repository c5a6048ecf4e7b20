// Tells the platform which heading is being read, for the link that resumes there, and marks it in "On this page".
(() => {
  const lesson = document.querySelector("[data-reading]");
  const wide = matchMedia("(min-width: 992px)");
  const outline = document.querySelector("[data-outline]");
  const fit = () => { if (outline) outline.open = wide.matches; };
  wide.addEventListener("change", fit);
  fit();
  if (!lesson) return;
  const headings = [...lesson.querySelectorAll("h2[id], h3[id]")];
  let current = null, told = null, timer = null;
  const tell = () => {
    if (current === told) return;
    told = current;
    const body = new URLSearchParams({ anchor: current ?? "", csrf_token: document.querySelector("meta[name=csrf-token]").content });
    fetch(lesson.dataset.reading, { method: "POST", body, keepalive: true }).catch(() => { told = null; });
  };
  const look = () => {
    const passed = headings.filter((heading) => heading.getBoundingClientRect().top < innerHeight * 0.35);
    current = passed.at(-1)?.id ?? null;
    document.querySelectorAll(".toc a").forEach((link) => link.classList.toggle("current", link.hash === `#${current}`));
    clearTimeout(timer);
    timer = setTimeout(tell, 1500);
  };
  addEventListener("scroll", look, { passive: true });
  document.addEventListener("visibilitychange", () => { if (document.hidden) tell(); });
  told = undefined;
  look();
})();
