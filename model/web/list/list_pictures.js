// The HTML of the tab List: the first rows of a table, and the answers.

import {each, esc, head, percent, short} from '../drawing.js';
import {behind, cellsOf} from './listing.js';

const PREVIEWED = 5; // rows
const RANK_TITLES = ['1st', '2nd', '3rd'];

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

/**
 * The rows with their answers.
 * @param {string[]} given
 * @param {object[]} answers of as many rows as are shown
 * @param {{words: {text: string}, hasNone: boolean, hasKnown: boolean}} props
 * @returns {string}
 */
export function rowsOf(given, answers, props) {
  const added = behind(props, {
    answer: 'answer',
    predictions: RANK_TITLES,
    none: 'none',
    note: ['note'],
    known: 'known',
  });
  const heads = each(['#', props.words.text, ...added].map(esc), head);
  const write = (prediction) => {
    if (!prediction) return '';
    return `${prediction.label} ${percent(prediction.probability)}`;
  };
  const rows = each(answers, (answered, i) => {
    const texts = cellsOf(answered, props, write, percent);
    const cells = each(texts, (text) => `<td>${esc(text)}</td>`);
    return `<tr class="${kindOf(answered)}">
      <td>${i + 1}</td>
      <th scope="row">${esc(given[i])}</th>
      ${cells}</tr>`;
  });
  return `<table>
    <tr>${heads}</tr>
    ${rows}</table>`;
}

// The classes of rows that are coloured, by their verdicts
const KINDS = {
  none: 'none',
  given: 'none',
  text: 'none',
  unsure: 'unsure',
  either: 'unsure',
};

export const kindOf = ({reply}) => KINDS[reply?.verdict.kind] ?? '';
