// The HTML of the tab List above the answers: the first rows of a table, and how far it is.

import {each, short} from '../drawing.js';

const PREVIEWED = 5; // rows

export const count = (n) => n.toLocaleString('en');

/** The first rows as a table, with the column that is read: all, or those below the heading. */
export function preview(records, titles, hasHeading, chosen) {
  const mark = (i) => (String(i) === chosen ? ' class="chosen"' : '');
  const heads = each(titles, (text, i) => {
    const title = hasHeading ? text : `column ${i + 1}`;
    return `<th scope="col"${mark(i)}>${short(title)}</th>`;
  });
  const below = records.slice(hasHeading ? 1 : 0);
  const rows = each(below.slice(0, PREVIEWED), ({cells}) => {
    const row = each(cells, (cell, i) => `<td${mark(i)}>${short(cell)}</td>`);
    return `<tr>${row}</tr>`;
  });
  return `<table>
    <thead><tr>${heads}</tr></thead>
    <tbody>${rows}</tbody></table>`;
}

/** How many of the texts are answered. */
export function progress(done, all) {
  return `<progress
    aria-label="Rows read"
    value="${done}"
    max="${all}"></progress> ${count(done)} of ${count(all)}`;
}
