"""What a browser complains about, and what axe finds, as assertions with readable messages."""

import re
from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, WebError

#: Each theme is looked at by itself: contrast differs.
THEMES = ("light", "dark")

#: Boxes and circles to choose with whose edge has less than 3:1 on what they lie on; axe does not look at edges.
FAINT_CHOICES = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const painted = colors => {
    for (const color of ["white", ...colors]) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = colors => painted(colors).map(one => one / 255)
    .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0);
  const below = element => element ? [...below(element.parentElement), getComputedStyle(element).backgroundColor] : [];
  return [...document.querySelectorAll(".form-check-input")].flatMap(box => {
    const ground = below(box.parentElement), edge = [...ground, getComputedStyle(box).borderTopColor];
    const [dark, bright] = [ground, edge].map(light).sort((a, b) => a - b);
    const ratio = (bright + 0.05) / (dark + 0.05);
    return ratio < 3 ? [`${box.name}: the edge has ${ratio.toFixed(2)}:1`] : [];
  });
}"""


@dataclass
class Watch:
    """Collects errors of our own pages; a lab's components answer for theirs."""

    base: str
    complaints: list[str] = field(default_factory=list)
    provoked: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> "Watch":
        context.on("console", self._said)
        context.on("weberror", self._threw)
        return self

    def _said(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        self.console.append(f"{message.type} {where}: {message.text}")
        policy = "Content Security Policy" in message.text
        ours = where.startswith(self.base) or not where
        if ours and (policy or message.type == "error"):
            self.complaints.append(f"{where}: {message.text}")

    def _threw(self, error: WebError) -> None:
        page = error.page
        self.console.append(f"thrown on {page.url if page else '?'}: {error.error}")
        strangers = page and any("//lab-" in frame.url for frame in page.frames)
        if self.base in (error.error.stack or "") or not strangers:
            self.complaints.append(f"thrown: {error.error}")

    def expected(self, pattern: str) -> None:
        """What a test provokes on purpose; a browser may say it a moment later."""
        self.provoked.append(pattern)

    def unexpected(self) -> list[str]:
        return [one for one in self.complaints if not any(re.search(pattern, one) for pattern in self.provoked)]


def serious_findings(page: Page) -> list[str]:
    """What axe calls serious or critical here, each with the first elements; frames are left to their makers."""
    result = Axe().run(page, options={"iframes": False, "resultTypes": ["violations"]})
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: " + " | ".join(node["html"][:160] for node in one["nodes"][:3])
        for one in result.response["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def look_at(page: Page, what: str) -> None:
    """Fail when the page has a fault."""
    found = faults(page)
    assert not found, f"{what}:\n  " + "\n  ".join(found)


def faults(page: Page) -> list[str]:
    """Serious findings and faint choices in either theme, and a page that is wider than a phone."""
    found = []
    for theme in THEMES:
        page.evaluate("theme => document.documentElement.dataset.bsTheme = theme", theme)
        found += [f"{theme}: {one}" for one in [*serious_findings(page), *page.evaluate(FAINT_CHOICES)]]
    page.evaluate("document.documentElement.dataset.bsTheme = 'light'")
    size = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    beyond = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if beyond > 0:
        found.append(f"phone: {beyond} px wider than the screen")
    if size:
        page.set_viewport_size(size)
    return found
