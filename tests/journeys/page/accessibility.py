"""What axe-core finds on the page as it is now."""

from importlib.resources import files

from playwright.async_api import Page, ViewportSize

AXE = files("axe_playwright_python").joinpath("axe.min.js")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS: tuple[ViewportSize, ...] = ({"width": 390, "height": 844}, {"width": 1440, "height": 900})


async def findings(page: Page) -> list[str]:
    """Return every violation at both widths, light and dark, as one line each."""
    # Given to the page by the debugger, so that its content security policy stays as strict as it is.
    await page.evaluate(AXE.read_text())
    before = page.viewport_size
    found = [line for width in WIDTHS for theme in ("light", "dark") for line in await _at(page, width, theme)]
    if before:
        await page.set_viewport_size(before)
    return found


async def _at(page: Page, width: ViewportSize, theme: str) -> list[str]:
    await page.set_viewport_size(width)
    await page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    result = await page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)
    await page.evaluate("() => { delete document.documentElement.dataset.theme }")
    return [
        f"{width['width']} {theme}: {violation['id']}: {node['html'][:160]}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


async def sideways(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return await page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
