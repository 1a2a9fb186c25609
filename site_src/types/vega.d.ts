/** The bundle that `builder/charts/static.py` makes: draws a Vega-Lite specification into an element. */
export function draw(element: HTMLElement, specification: unknown): Promise<unknown>;
