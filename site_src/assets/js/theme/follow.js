// @ts-check
/**
 * What follows the reader down a page: the table of contents marks the section, the header says the page's title.
 * Observers are told what crosses a line; nothing is measured while a page loads or scrolls.
 */

/** Below the header, and below where a section stands that a link has led to. */
const LINE = "1000000px 0px -80% 0px";

/**
 * Bring a link into view within what scrolls around it, and not otherwise.
 * @param {Element} link
 */
function show(link) {
  const frame = link.closest(".md-sidebar__scrollwrap");
  if (!frame || frame.scrollHeight <= frame.clientHeight) return;
  const middle = (/** @type {Element} */ one) => one.getBoundingClientRect().top + one.clientHeight / 2;
  frame.scrollBy({ top: middle(link) - middle(frame) });
}

/** @param {Document} page */
function followSections(page) {
  /** @type {Map<Element, HTMLAnchorElement[]>} */
  const links = new Map();
  for (const link of page.querySelectorAll("[data-md-component=toc] .md-nav__link")) {
    if (!(link instanceof HTMLAnchorElement)) continue;
    const section = page.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (section) links.set(section, [...links.get(section) ?? [], link]);
  }
  const foot = page.querySelector(".ab-foot"), passed = new Set();
  let ended = false;
  const mark = () => {
    const sections = [...links.keys()], all = ended && passed.size > 0;
    const last = all ? sections.at(-1) : sections.filter((one) => passed.has(one)).at(-1);
    for (const [section, those] of links) {
      for (const link of those) {
        link.classList.toggle("md-nav__link--passed", all || passed.has(section));
        link.classList.toggle("md-nav__link--active", section === last);
        if (section === last) show(link);
      }
    }
  };
  const sections = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) passed[isIntersecting ? "add" : "delete"](target);
    mark();
  }, { rootMargin: LINE });
  for (const section of links.keys()) sections.observe(section);
  const end = new IntersectionObserver((seen) => {
    ended = seen.at(-1)?.isIntersecting ?? false;
    mark();
  }, { threshold: 1 });
  if (foot && links.size) end.observe(foot);
}

/** @param {Document} page */
function followTitle(page) {
  const title = page.querySelector("[data-md-component=header-title]"), heading = page.querySelector(".md-content h1");
  if (!title || !heading) return;
  new IntersectionObserver((seen) => {
    const { isIntersecting, boundingClientRect } = seen[seen.length - 1];
    title.classList.toggle("md-header__title--active", !isIntersecting && boundingClientRect.top < 0);
  }, { rootMargin: "-48px 0px 0px 0px" }).observe(heading);
}

/**
 * A long list of pages starts at the page that is read.
 * @param {Document} page
 */
function startAtPage(page) {
  const link = [...page.querySelectorAll(".md-nav--primary a.md-nav__link--active")].at(-1);
  const frame = link?.closest(".md-sidebar__scrollwrap");
  if (!link || !frame) return;
  const observer = new IntersectionObserver(([{ isIntersecting }]) => {
    observer.disconnect();
    if (!isIntersecting) show(link);
  }, { root: frame });
  observer.observe(link);
}

/**
 * A name that is cut off is said in full to the pointer.
 * @param {Document} page
 */
function sayWhole(page) {
  page.addEventListener("pointerover", ({ target }) => {
    const cut = target instanceof Element ? target.closest(".md-ellipsis") : null;
    if (!(cut instanceof HTMLElement) || cut.offsetWidth >= cut.scrollWidth) return;
    const host = cut.closest("a") ?? cut;
    host.title = cut.innerText;
  });
}

/** @param {Document} page */
export function follow(page) {
  followSections(page);
  followTitle(page);
  startAtPage(page);
  sayWhole(page);
}
