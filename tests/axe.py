"""What axe has against a page: WCAG 2.0 to 2.2, A and AA, and its best practices, no rule left out."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
THIN = """() => {
  for (const box of document.querySelectorAll(".ab-long")) box.classList.remove("ab-long");
  const thin = parts => {
    const seen = {};
    for (const part of parts) {
      const make = [part, ...part.querySelectorAll("*")].map(one => [one.nodeName, one.getAttribute("class"),
        ...["role", "aria-label", "aria-hidden"].map(name => one.hasAttribute(name))]).join(" ");
      seen[make] = (seen[make] ?? 0) + 1;
      if (seen[make] > 3) part.remove();
    }
  };
  for (const { tBodies } of document.querySelectorAll("table")) {
    thin([...tBodies].flatMap(body => [...body.rows]));
  }
  for (const list of document.querySelectorAll("main ul")) thin([...list.children]);
  for (const group of document.querySelectorAll("svg.chart g")) thin([...group.children]);
}"""
"""Of rows, entries and marks made alike three are left in each table, list and group of a chart, all of them
drawn: axe takes a minute for some hundreds."""


def violations(page: Page) -> list[str]:
    """A line for each element that breaks a rule; the page has lost rows afterwards.

    The browser runs the script in spite of the policy.
    """
    page.evaluate(THIN)
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    answer = Axe().run(page, options=options).response
    assert len(answer["passes"]) > 5, "axe has looked at nothing"
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in answer["violations"]
        for node in rule["nodes"]
    ]
