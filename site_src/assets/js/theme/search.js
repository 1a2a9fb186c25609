// @ts-check
/**
 * Search: Material's worker finds, this shows what it found. Worker and index are had when a reader turns to the field,
 * not with every page.
 */

/** @typedef {{ location: string, title: string, text: string, score: number, terms: Record<string, boolean> }} Found */
/** @typedef {{ base: string, search: string, translations: Record<string, string> }} Settings */

/** What Material's worker is told and tells (its integrations/search/worker/message). */
const SETUP = 0, READY = 1, QUERY = 2, RESULT = 3;
const FIRST = 10, MORE = 20;
const BLOCKS = new Set(["P", "LI", "PRE"]);

/**
 * Text with marks from what the worker gives, which is HTML: only the marks are kept of it.
 * @param {string} html
 */
function marked(html) {
  const made = document.createDocumentFragment();
  /** @param {Node} from @param {Node} to */
  const copy = (from, to) => {
    for (const node of from.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) to.appendChild(document.createTextNode(node.textContent ?? ""));
      else copy(node, node.nodeName === "MARK" ? to.appendChild(document.createElement("mark")) : to);
      if (BLOCKS.has(node.nodeName)) to.appendChild(document.createTextNode(" "));
    }
  };
  copy(new DOMParser().parseFromString(html, "text/html").body, made);
  return made;
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} name  of its class
 * @param {...(Node | string)} children
 */
function element(tag, name, ...children) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...children);
  return made;
}

/**
 * @param {Found} found
 * @param {Settings} settings
 * @param {{ page: boolean, teaser: boolean }} as
 */
function link(found, settings, { page, teaser }) {
  const article = element("article", "md-search-result__article md-typeset");
  if (page) article.append(element("div", "md-search-result__icon md-icon"));
  article.append(element(page ? "h1" : "h2", "", marked(found.title)));
  if (teaser && found.text) article.append(marked(found.text));
  const missing = Object.keys(found.terms).filter((term) => !found.terms[term]);
  if (teaser && missing.length) {
    const terms = missing.flatMap((term) => [element("del", "", term), " "]);
    article.append(element("p", "md-search-result__terms", `${settings.translations["search.result.term.missing"]}: `, ...terms));
  }
  const made = element("a", "md-search-result__link", article);
  made.href = new URL(found.location, new URL(settings.base, document.baseURI)).href;
  made.tabIndex = -1;
  return made;
}

/**
 * A page and its sections: those that match as well as the page are shown, the others on demand.
 * @param {Found[]} group
 * @param {Settings} settings
 */
function item(group, settings) {
  const best = group[0].score, at = group.findIndex(({ location }) => !location.includes("#"));
  const sections = group.filter((_, index) => index !== at);
  const near = sections.filter(({ score }) => score >= best), far = sections.slice(near.length);
  const made = element("li", "md-search-result__item");
  made.append(link(group[at], settings, { page: true, teaser: at === 0 && near.length === 0 }));
  made.append(...near.map((one) => link(one, settings, { page: false, teaser: true })));
  if (far.length) {
    const { translations } = settings, one = far.length === 1;
    const words = translations[`search.result.more.${one ? "one" : "other"}`].replace("#", String(far.length));
    const summary = element("summary", "", element("div", "", words));
    summary.tabIndex = -1;
    const rest = far.map((section) => link(section, settings, { page: false, teaser: true }));
    made.append(element("details", "md-search-result__more", summary, ...rest));
  }
  return made;
}

/**
 * Answers of the worker to the newest words alone: it is asked again when it has answered.
 * @param {Settings} settings
 * @param {(words: string, groups: Found[][]) => void} show
 */
async function asker(settings, show) {
  const worker = new Worker(new URL(settings.search, document.baseURI));
  const answer = await fetch(new URL("search/search_index.json", new URL(settings.base, document.baseURI)));
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
  const { config, docs } = await answer.json();
  let wanted = "", asked = "", busy = true;
  const next = () => {
    if (busy || wanted === asked) return;
    [asked, busy] = [wanted, true];
    worker.postMessage({ type: QUERY, data: asked });
  };
  worker.addEventListener("message", ({ data: { type, data } }) => {
    busy = false;
    if (type === RESULT && asked === wanted) show(asked, data.items);
    if (type === READY || type === RESULT) next();
  });
  worker.postMessage({ type: SETUP, data: { config, docs, options: { suggest: false } } });
  return (/** @type {string} */ words) => {
    wanted = words.trim();
    if (!wanted) [asked] = ["", show("", [])];
    next();
  };
}

/**
 * @param {HTMLElement} root  the search's own part of the page
 * @param {Settings} settings
 * @param {(words: string) => void} answered  is told the words of which the results are shown
 * @returns {Promise<(words: string) => void>}  what is to be called when the words have changed
 */
export async function search(root, settings, answered) {
  const [meta, list] = root.querySelector("[data-md-component=search-result]")?.children ?? [];
  const frame = root.querySelector(".md-search__scrollwrap");
  /** @type {Found[][]} */
  let left = [];
  const near = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && grow(MORE), { root: frame });
  /** @param {number} many */
  const grow = (many) => {
    near.disconnect();
    list.append(...left.splice(0, many).map((group) => item(group, settings)));
    if (left.length && list.lastElementChild) near.observe(list.lastElementChild);
  };
  return asker(settings, (words, groups) => {
    const { translations } = settings, n = groups.length;
    const said = n === 1 ? "one" : n ? "other" : words ? "none" : "placeholder";
    meta.textContent = translations[`search.result.${said}`].replace("#", String(n));
    const inside = list.contains(document.activeElement);
    list.replaceChildren();
    frame?.scrollTo(0, 0);
    left = [...groups];
    grow(FIRST);
    // Whoever is among the results already stays there.
    const first = inside && (list.querySelector("a") ?? root.querySelector("input"));
    if (first) first.focus();
    answered(words);
  }).catch((error) => {
    meta.textContent = "Search could not be loaded.";
    throw error;
  });
}
