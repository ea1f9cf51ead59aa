// What the data have of a text: model/answers/known.py. Nothing here is learnt from, or scored.

import {total} from './readers.js';

/**
 * What the data have of one text; anything may be empty.
 * @typedef {{known: Array<{label: string, share: number}> | null, surname: string[], counts: Object<number, number>,
 *   bearers: string, mostly: string[], peoples: string[], given: string[], times: number, unseen: boolean,
 *   isCommon: boolean, isGiven: boolean, isCounted: boolean}} Facts
 */

/** What the data have of texts, by their keys. */
export class LookUp {
  /**
   * @param {Object<string, Object<string, any>>} lookUp of `json_of` in browser.py
   * @param {object} limits of known.py
   */
  constructor(lookUp, limits) {
    for (const [name, byKey] of Object.entries(lookUp)) {
      this[name] = new Map(Object.entries(byKey));
    }
    this.limits = limits;
  }

  /**
   * @param {string} key
   * @param {string[]} labels
   * @returns {Facts}
   */
  facts(key, labels) {
    const {limits} = this;
    const trained = this.trained.get(key);
    const unseen = this.unseen.get(key);
    const counts = this.countsOf(key, trained);
    const shares = trained ?? unseen ?? counts;
    const known = ranked(shares, labels);
    const isSurname = Object.keys(shares).length > 0;
    const usual = isSurname ? limits.surnameTimes : limits.unknownTimes;
    const [times, groups] = this.given.get(key) ?? [usual, []];
    const bearers = this.amountOf(counts);
    const peoples = this.peoples.get(key) ?? [];
    const isTaught = Boolean(trained ?? unseen);
    const isCommon = isTaught || bearers === 'many';
    return {
      known: known.length ? known : null,
      surname: known.filter(({share}) => share >= limits.fewBearers).map(({label}) => label),
      counts,
      bearers,
      mostly: this.mostlyOf(counts, labels, peoples),
      peoples,
      given: groups.map((group) => labels[group] ?? group),
      times: times >= limits.usuallyGiven ? times : usual,
      unseen: Boolean(unseen) && !trained,
      isCommon,
      isGiven: times >= (isCommon ? limits.nearlyAlwaysGiven : limits.usuallyGiven),
      isCounted: times >= 0,
    };
  }

  /** The bearers of a text by index, none's last; where none are stored, those of training. */
  countsOf(key, trained) {
    if (!trained || this.bearers.size) return this.bearers.get(key) ?? {};
    const counts = Object.entries(trained);
    return Object.fromEntries(counts.map(([i, share]) => [i, share * this.limits.trainedBearers]));
  }

  /** Whose more than half of the bearers are, the largest first. */
  mostlyOf(counts, labels, peoples) {
    const outside = peoples.length ? peoples : [this.limits.others];
    const all = total(Object.values(counts));
    const mostly = [];
    let number = 0;
    for (const [i, of] of Object.entries(counts).sort(([, a], [, b]) => b - a)) {
      if (2 * number <= all) mostly.push(...(labels[i] ? [labels[i]] : outside));
      number += of;
    }
    return mostly;
  }

  amountOf(counts) {
    const number = total(Object.values(counts));
    if (number < this.limits.some) return number ? 'a few' : '';
    return number < this.limits.many ? 'some' : 'many';
  }
}

/** Labels with their shares of all labels, the largest first, of equal ones the first label. */
function ranked(shares, labels) {
  const own = Object.entries(shares).filter(([i]) => i < labels.length);
  const all = total(own.map(([, share]) => share));
  const known = own.map(([i, share]) => ({label: labels[i], share: share / all}));
  return known.sort((a, b) => b.share - a.share);
}
