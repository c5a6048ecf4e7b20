// What every page needs: theme switch, local times, copy buttons. Pages work without it.
document.addEventListener("click", (event) => {
  const toggle = event.target.closest("[data-theme-toggle]");
  if (toggle) {
    const root = document.documentElement;
    root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.bsTheme);
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    const code = copy.closest(".code-block, [data-copy-source]")?.querySelector("code, input, [data-copy-text]");
    navigator.clipboard?.writeText(code?.value ?? code?.innerText ?? "").then(() => announce("Copied"));
    copy.classList.add("copied");
    setTimeout(() => copy.classList.remove("copied"), 1500);
  }
});

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});

function announce(text) {
  document.getElementById("announce").textContent = text;
}

function localTimes(root) {
  const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
  for (const element of root.querySelectorAll("time[data-moment]")) {
    element.textContent = (element.dataset.moment === "clock" ? clock : full).format(new Date(element.dateTime));
    element.title = element.dateTime;
  }
}

// <span data-countdown="ISO time"> shows what is left and turns amber, then red, as `countdown` in page.py wrote it.
function countdowns() {
  for (const element of document.querySelectorAll("[data-countdown]")) {
    const left = Math.max(0, Math.floor((new Date(element.dataset.countdown) - Date.now()) / 1000));
    const hours = Math.floor(left / 3600), minutes = Math.floor(left / 60) % 60, seconds = left % 60;
    element.textContent = hours ? `${hours} h ${String(minutes).padStart(2, "0")} min` : `${minutes}:${String(seconds).padStart(2, "0")}`;
    element.classList.toggle("text-warning", left < 600 && left >= 120);
    element.classList.toggle("text-danger", left < 120);
  }
}

// The strip of labs that stop soon asks again when it has news, so that who reads for an hour is warned, too.
let lookAt = Infinity;
function planLook() {
  const seconds = document.querySelector("[data-look-again-in]")?.dataset.lookAgainIn;
  lookAt = seconds ? Date.now() + 1000 * seconds : Infinity;
}
function lookAgain() {
  if (Date.now() < lookAt) return;
  lookAt = Date.now() + 30000; // should the answer not come
  htmx.trigger("#lab-endings", "look-again");
}

localTimes(document);
countdowns();
planLook();
setInterval(() => { countdowns(); lookAgain(); }, 1000);
document.body.addEventListener("htmx:afterSettle", (event) => {
  localTimes(event.target);
  countdowns();
  if (event.target.id !== "lab-endings") return;
  planLook();
  announce([...event.target.querySelectorAll("[data-say]")].map((said) => said.textContent).join(" "));
});
// A refused request still has something to say: show the fragment that explains it, and nothing that a proxy wrote.
const explains = (xhr) => xhr.status >= 400 && xhr.responseText.includes("data-refusal");
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (explains(event.detail.xhr)) { event.detail.shouldSwap = true; event.detail.isError = false; }
});
// A page that asks again and again says when the platform does not answer, and takes it back with the next answer.
const away = document.getElementById("away");
let missed = 0;
document.body.addEventListener("htmx:afterRequest", ({ detail: { xhr } }) => {
  missed = xhr.status && (xhr.status < 500 || explains(xhr)) ? 0 : missed + 1;
  away.hidden = missed < 2; // one is lost now and then, as when a laptop changes its network
  if (missed === 2) announce(away.textContent);
});
