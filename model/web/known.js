// What the data have of a text: model/known.py. Nothing here is learnt from, or scored.

const CLOSE_SHARE = 0.1; // labels whose shares differ by less are named together

/**
 * What the data have of one text; every part may be empty.
 * @typedef {{known: Array<{label: string, share: number}> | null, unseen: boolean,
 *   firm: boolean, people: string, given: string[]}} Facts
 */

/** What the data have of texts, by their keys. */
class LookUp {
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
      unseen: Boolean(unseen) && !trained,
      firm: !this.weak.has(key),
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

/**
 * The verdict of network and data: the network's stays where the data agree, have too little
 * evidence, or lack the text.
 * @param {Verdict} verdict the network's
 * @param {Facts} facts
 * @returns {Verdict}
 */
function withFacts(verdict, {known, firm, people, given}) {
  if (known) return firm ? withShares(verdict, known) : verdict;
  if (people && verdict.kind !== 'none') return verdictOf('none', [], 1, 'data');
  if (given.length && !people) return verdictOf('given', given, 1, 'data');
  return verdict;
}

function withShares(verdict, known) {
  const least = known[0].share - CLOSE_SHARE;
  const leading = known.filter(({share}) => share > least);
  const labels = leading.map(({label}) => label);
  if (verdict.kind === 'label' && labels.includes(verdict.labels[0])) return verdict;
  const kind = labels.length > 1 ? 'either' : 'label';
  const shares = leading.map(({share}) => share);
  return verdictOf(kind, labels, total(shares), 'data');
}
