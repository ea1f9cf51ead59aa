// The file as it comes in over a slow line: the scripts stand before what they work with, and the
// model last.

const POLL = 50; // milliseconds

export const line = document.querySelector('[data-loading]');

/**
 * The text of an element that the browser may not have read yet.
 * @param {string} id of an element that another one follows
 * @param {(length: number) => void} report gets the length of what is there, again and again
 * @returns {Promise<string>}
 */
export async function contentOf(id, report = () => {}) {
  for (;;) {
    const element = document.getElementById(id);
    if (element?.nextElementSibling) return element.textContent;
    if (document.readyState !== 'loading') throw Error(`${id} is incomplete.`);
    if (element) report(element.textContent.length);
    await new Promise((end) => setTimeout(end, POLL));
  }
}

/** The scripts in these elements as one. */
export async function sourceOf(...ids) {
  const contents = await Promise.all(ids.map((id) => contentOf(id)));
  return contents.join('\n');
}

/** Say how much of the model is there. */
export function showLoaded(length) {
  const share = length / line.dataset.loading;
  line.style.setProperty('--share', share);
  line.querySelector('span').textContent = Math.floor(100 * share);
}
