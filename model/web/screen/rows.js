// The answers to a list as a table, in the tab List of both pages; a text or a label in it is escaped. listing.py in
// model/tabs/ and list.js make what it takes: null or {words, labels, ordered, hasKnown, rows}, of each row
// {text, answer, note, reply}: the answer in words, a problem or what it is by, null or what /predict returns.

import {each, esc, head, inPercent} from '../drawing.js';
import {bars, barsOf} from './answer.js';

const N_GUESSES = 3;
const LEAST_SHARE = 0.01; // of a guess, or of a label in the data

// The classes of rows that are coloured, by their verdicts
const KINDS = {
  none: 'none',
  given: 'none',
  text: 'none',
  unsure: 'unsure',
  either: 'unsure',
};

export const kindOf = ({reply}) => KINDS[reply?.verdict.kind] ?? '';

export function rows(value) {
  if (!value) return '';
  const {words, hasKnown, rows: answered} = value;
  const titles = ['#', words.text, 'answer', 'most likely'];
  if (hasKnown) titles.push('shares in our data');
  return `<div class="scroll" tabindex="0" role="group" aria-label="Answers">
    <table>
    <thead><tr>${each(titles.map(esc), head)}</tr></thead>
    <tbody>${each(answered, (row, i) => rowOfList(row, i + 1, value))}</tbody></table></div>`;
}

function rowOfList(row, number, {words, labels, ordered, hasKnown}) {
  const {text, answer, note, reply} = row;
  const isName = reply && reply.verdict.kind !== 'text';
  const guesses = isName ? barsOf(reply, N_GUESSES).filter(isEnough) : [];
  for (const guess of guesses) guess.name = guess.name.replace(' of these', '');
  const likely = isName ? bars(guesses, `Likely ${words.labels}`, labels, ordered) : '';
  const known = isName ? knownOf(reply) : '';
  return `<tr class="${kindOf(row)}">
    <td>${number}</td>
    <th scope="row">${esc(text)}</th>
    <td><b>${esc(answer)}</b> <small>${esc(note)}</small></td>
    <td>${likely}</td>
    ${hasKnown ? `<td>${esc(known)}</td>` : ''}</tr>`;
}

const isEnough = ({share}) => share >= LEAST_SHARE;

/** What the data have of a text: its labels with their shares, or other peoples. */
function knownOf({known, peoples}) {
  const shares = known?.filter(isEnough).map(({label, share}) => `${label} ${inPercent(share, 0)}`);
  return (shares ?? peoples).join(', ');
}
