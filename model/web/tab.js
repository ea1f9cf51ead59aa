// What the scripts of tabs share. In: element, that of the tab.

export const $ = (selector) => element.querySelector(selector);
export const all = (selector) => [...element.querySelectorAll(selector)];

/** Puts each HTML of {name: HTML} into the places that have this name as data-live. */
export function put(htmls) {
  for (const [name, html] of Object.entries(htmls)) {
    for (const place of all(`[data-live=${name}]`)) place.innerHTML = html;
  }
}

/**
 * Makes the function that changes the state of a tab, and draws what depends on what is changed.
 * @param {object} state
 * @param {Object<string, ((state: object) => any)[]>} drawnBy - for keys of the state the functions that depend on
 *   them; those of several keys run once, in this order. What one returns is put into its places
 * @returns {(change: object) => void}
 */
export const setterOf = (state, drawnBy) => (change) => {
  Object.assign(state, change);
  const draws = Object.entries(drawnBy).flatMap(([key, ofKey]) => (key in change ? ofKey : []));
  for (const draw of new Set(draws)) put(draw(state) ?? {});
};

/** A function that does some work, one after another: whatever is asked meanwhile is done once more, not each time. */
export function latest(work) {
  let isStale = false;
  let running = null;
  async function loop() {
    try {
      while (isStale) {
        isStale = false;
        await work();
      }
    } finally {
      running = null;
    }
  }
  return () => {
    isStale = true;
    running ??= loop();
    return running;
  };
}
