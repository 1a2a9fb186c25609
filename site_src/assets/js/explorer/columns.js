// @ts-check
/** What a panel's columns become before they are combined; each is made once a panel. */

/** @typedef {import("./panel.js").Panel} Panel */

const MAD_TO_SD = 1.482602218505602, MEAN_AD_TO_SD = 1.2533141373155003;

/**
 * @param {string} name
 * @param {(panel: Panel) => Float64Array[]} make
 * @returns {(panel: Panel) => Float64Array[]}
 */
function once(name, make) {
  return (panel) => {
    if (!panel.held.has(name)) panel.held.set(name, make(panel));
    return panel.held.get(name);
  };
}

/** @param {Panel} panel */
export const scores = (panel) => panel.scores;

/** @param {Panel} panel */
export const ranks = (panel) => panel.ranks;

export const zScores = once("z", (panel) => panel.scores.map(zTransform));

/**
 * Values less their mean over their standard deviation; 0 where all are equal, NaN stays.
 * @param {Float64Array} values
 */
export function zTransform(values) {
  let n = 0, total = 0, low = Infinity, high = -Infinity;
  for (const value of values) {
    if (value !== value) continue;
    n++;
    total += value;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const mean = total / Math.max(n, 1);
  let square = 0;
  for (const value of values) if (value === value) square += (value - mean) * (value - mean);
  const spread = Math.sqrt(square / Math.max(n, 1));
  const varies = high > low && spread > 0;
  return values.map((value) => (value !== value ? NaN : varies ? (value - mean) / spread : 0));
}

export const minMaxScores = once("min-max", (panel) => panel.scores.map((column) => {
  let low = Infinity, high = -Infinity;
  for (const value of column) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return column.map((value) => (high > low ? (value - low) / (high - low) : 0.5));
}));

export const robustZScores = once("robust-z", (panel) => panel.scores.map((column) => {
  const middle = median(column);
  const off = column.map((value) => value - middle);
  const size = off.map(Math.abs);
  let spread = median(size) * MAD_TO_SD;
  if (!(spread > 0)) spread = (size.reduce((a, b) => a + b, 0) / size.length) * MEAN_AD_TO_SD;
  return off.map((value) => (spread > 0 ? value / spread : 0));
}));

/** @param {Float64Array} values */
function median(values) {
  const ordered = values.slice().sort(), n = ordered.length;
  return (ordered[(n - 1) >> 1] + ordered[n >> 1]) / 2;
}

export const logarithms = once("log", (panel) => panel.scores.map((column) => column.map(Math.log)));

export const bordaPoints = once("borda", (panel) => panel.ranks.map((column, j) =>
  column.map((rank) => (rank === rank ? panel.order[j].length - rank : 0))));

export const pluralityPoints = once("plurality", (panel) => panel.ranks.map((column, j) => {
  const best = panel.order[j][0];
  const shared = panel.tied[j][best];
  return column.map((rank) => (rank === column[best] ? 1 / shared : 0));
}));

export const dowdallPoints = once("dowdall", (panel) => {
  const total = new Float64Array(panel.models.length + 1);
  for (let i = 1; i < total.length; i++) total[i] = total[i - 1] + 1 / i;
  return panel.ranks.map((column, j) => column.map((rank, row) => {
    const shared = panel.tied[j][row];
    const first = Math.round(rank - (shared - 1) / 2) - 1;
    return (total[first + shared] - total[first]) / shared;
  }));
});

export const winRates = once("win-rate", (panel) => {
  const rates = panel.ranks.map((column, j) => {
    const others = panel.order[j].length - 1;
    return column.map((rank) => (others > 0 ? 1 - (rank - 1) / others : NaN));
  });
  panel.models.forEach((_, row) => {
    if (rates.every((column) => column[row] !== column[row]) && hasRank(panel, row)) {
      for (const column of rates) column[row] = 0.5;
    }
  });
  return rates;
});

/**
 * Whether a row takes part in comparisons at all.
 * @param {Panel} panel
 * @param {number} row
 * @param {import("./schemes.js").Weights | null} [weights]
 */
export function hasRank(panel, row, weights) {
  return panel.ranks.some((column, j) => column[row] === column[row] && (!weights || weights.asked[j] > 0));
}
