// How a list is mixed, and what that says of its rows: model/answers/mix.py, in the same steps.

import {descending} from './decisions.js';
import {total} from './readers.js';

/**
 * The shares of labels and none in a list, and how many times as frequent as usual each is.
 * @param {Array<{belief?: number[], isUsed?: boolean, isDecided?: boolean}>} cases its rows: probabilities of labels
 *   and none, whether they count, and whether the data decide them
 * @param {object} numbers of mix.py, and what is `usual`: null without held-out rows
 * @returns {{shares?: number[], ratios?: number[], problem?: string}} or why it is not told
 */
export function mixOf(cases, numbers) {
  const {usual, usualRows, fewestToMix, leastShare, emSteps, converged} = numbers;
  const used = cases.filter(({isUsed}) => isUsed);
  const open = used.filter(({isDecided}) => !isDecided);
  const n = used.length;
  if (n < fewestToMix) {
    return {
      problem: `A mix of its own needs ${fewestToMix} usable rows, and the list has ${n}: read it without.`,
    };
  }
  if (!usual) return {problem: 'The model was saved without held-out rows: retrain it.'};
  const atLeast = (share) => Math.max(share, leastShare);
  const ratiosOf = (shares) => shares.map((share, i) => atLeast(share) / atLeast(usual[i]));
  const pull = (usualRows * open.length) / n;
  const counted = usual.map((share) => pull * share);
  for (const {belief, isDecided} of used) {
    if (isDecided) counted[descending(belief)[0]] += 1;
  }
  let shares = usual;
  for (let turn = 0; turn < emSteps; turn += 1) {
    const before = shares;
    const ratios = ratiosOf(before);
    const heard = [...counted];
    for (const {belief} of open) {
      for (const [i, share] of moved(belief, ratios).entries()) heard[i] += share;
    }
    shares = heard.map((number) => number / (n + pull));
    const changes = shares.map((share, i) => Math.abs(share - before[i]));
    if (Math.max(...changes) < converged) break;
  }
  return {shares, ratios: ratiosOf(shares)};
}

/** The probabilities of labels and none of a text where they are so many times as frequent as usual. */
export function moved(row, ratios) {
  const weights = row.map((share, i) => share * ratios[i]);
  const all = total(weights);
  return weights.map((weight) => weight / all);
}
