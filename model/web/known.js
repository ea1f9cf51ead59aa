// What the data have of a text: model/answers/known.py. Nothing here is learnt from, or scored.

import {verdictOf} from './decisions.js';
import {total} from './readers.js';

/**
 * What the data have of one text; every part may be empty.
 * @typedef {{known: Array<{label: string, share: number}> | null, unseen: boolean | null,
 *   firm: boolean | null, people: string, given: string[]}} Facts
 */

/** What the data have of texts, by their keys. */
export class LookUp {
  /** @param {Object<string, Object<string, any>>} tables `look_up_tables` of browser.py */
  constructor(tables) {
    for (const [name, table] of Object.entries(tables)) {
      this[name] = new Map(Object.entries(table));
    }
  }

  /**
   * @param {string} key
   * @param {string[]} labels
   * @returns {Facts}
   */
  facts(key, labels) {
    const trained = this.trained.get(key);
    const unseen = this.unseen.get(key);
    const shares = trained ?? unseen ?? this.pretrained.get(key);
    const given = this.given.get(key) ?? [];
    return {
      known: shares ? ranked(shares, labels) : null,
      unseen: shares ? unseen !== undefined && trained === undefined : null,
      firm: shares ? !this.weak.has(key) : null,
      people: this.others.get(key) ?? '',
      given: given.map((i) => labels[i]),
    };
  }
}

/** Labels with their shares, the largest first, of equal ones the first label. */
function ranked(shares, labels) {
  const known = [];
  for (const [i, share] of Object.entries(shares)) {
    const label = labels[i];
    known.push({label, share});
  }
  return known.sort((a, b) => b.share - a.share);
}

/** A verdict of the data. */
function byData(kind, labels, share = 1) {
  return verdictOf(kind, labels, share, 'data');
}

/**
 * The verdict of network and data: the network's stays where the data agree, have too little
 * evidence, or lack the text.
 * @param {Verdict} verdict the network's
 * @param {Facts} facts
 * @returns {Verdict}
 */
export function withFacts(verdict, facts, thresholds) {
  const {known, firm, people, given} = facts;
  const hasLabel = verdict.kind !== 'none';
  if (known) return firm ? withShares(verdict, known, thresholds) : verdict;
  if (people) return hasLabel ? byData('none', []) : verdict;
  return given.length ? byData('given', given) : verdict;
}

/** Whether the data have what the network says; `leading` are the labels of their own verdict. */
function agrees({kind, labels}, known, leading, least) {
  const [first] = labels;
  if (kind === 'label') return leading.includes(first);
  if (kind !== 'either') return false;
  const shared = labelsIn(known.filter(({share}) => share >= least));
  const hasLeading = leading.every((label) => labels.includes(label));
  const areShared = labels.every((label) => shared.includes(label));
  return hasLeading && areShared;
}

function labelsIn(known) {
  return known.map(({label}) => label);
}

function withShares(verdict, known, {closeShare, shared}) {
  const [first] = known;
  const least = first.share - closeShare;
  const leading = known.filter(({share}) => share > least);
  const labels = labelsIn(leading);
  if (agrees(verdict, known, labels, shared)) return verdict;
  const shares = leading.map(({share}) => share);
  const kind = labels.length > 1 ? 'either' : 'label';
  return byData(kind, labels, total(shares));
}
