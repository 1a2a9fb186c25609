// @ts-check
/** What is counted when models stand beside each other; nothing here touches the page. */

/**
 * @typedef {object} Given  what builder/site/compare.py writes
 * @property {string} study
 * @property {string} snapshot
 * @property {string} models_are
 * @property {number} most  models beside each other
 * @property {{ id: string[], name: string[] }} models
 * @property {{ id: string, name: string, group: string, page: string, n_scored: number }[]} metrics
 * @property {(number | null)[][]} ranks  metric -> model
 * @property {{ id: string, title: string }[]} selections
 * @property {{ id: string, title: string }[]} policies
 * @property {{ id: string, title: string }[]} schemes
 * @property {{ selection: string, policy: string, scheme: string, n_models: number }[]} rankings
 * @property {(number | null)[][]} places  ranking -> model
 * @property {{ selection: string, policy: string, models: string[] }} start
 */

/**
 * In how many rankings that have both one stands above the other.
 * @param {Given} given
 * @param {number} one
 * @param {number} other
 */
export function duel({ places }, one, other) {
  let above = 0, below = 0, level = 0;
  for (const row of places) {
    const a = row[one], b = row[other];
    if (a === null || b === null) continue;
    if (a < b) above++;
    else if (a > b) below++;
    else level++;
  }
  return { above, below, level, n: above + below + level };
}

/**
 * The places of a model over all rankings that have it.
 * @param {Given} given
 * @param {number} model
 */
export function standing({ places }, model) {
  const mine = places.map((row) => row[model]).filter((place) => place !== null).sort((a, b) => a - b);
  const n = mine.length, middle = n >> 1;
  return {
    n, best: mine[0] ?? NaN, worst: mine[n - 1] ?? NaN,
    median: n ? (n % 2 ? mine[middle] : (mine[middle - 1] + mine[middle]) / 2) : NaN,
    first: mine.filter((place) => place === 1).length, ten: mine.filter((place) => place <= 10).length,
  };
}

/**
 * Share of the others scored on a metric that a rank is better than; NaN without a rank, 1 where there are no others.
 * @param {number | null} rank
 * @param {number} n
 */
export function betterThan(rank, n) {
  return rank === null ? NaN : n > 1 ? (n - rank) / (n - 1) : 1;
}

/**
 * Metrics on which any of the models has a score: in the order of the tree, or those first on which the models differ
 * most as a share of all that are scored there.
 * @param {Given} given
 * @param {number[]} models
 * @param {boolean} byDifference
 */
export function metricRows({ metrics, ranks }, models, byDifference) {
  const rows = metrics.map((metric, j) => {
    const shares = models.map((model) => betterThan(ranks[j][model], metric.n_scored));
    const known = shares.filter((share) => !Number.isNaN(share));
    const spread = known.length > 1 ? Math.max(...known) - Math.min(...known) : -1;
    return { metric, ranks: models.map((model) => ranks[j][model]), shares, spread, n: known.length };
  }).filter((row) => row.n);
  return byDifference ? rows.sort((a, b) => b.spread - a.spread) : rows;
}
