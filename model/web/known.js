// What the data have of a text: model/known.py. Nothing here is learnt from, or scored.

const CLOSE_SHARE = 0.1; // labels whose shares differ by less are named together
const SHARED = 0.25; // the share of a label that may be named beside another

/**
 * What the data have of one text; every part may be empty.
 * @typedef {{known: Array<{label: string, share: number}> | null, unseen: boolean,
 *   firm: boolean, people: string, given: string[]}} Facts
 */

/** What the data have of texts, by their keys. */
class LookUp {
  /** @param {Object<string, Object<string, any>>} tables `look_up_tables` of browser.py */
  constructor(tables) {
    for (const name of Object.keys(tables)) {
      const pairs = Object.entries(tables[name]);
      this[name] = new Map(pairs);
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
    const isUnseen = unseen !== undefined && trained === undefined;
    return {
      known: shares ? ranked(shares, labels) : null,
      unseen: isUnseen,
      firm: !this.weak.has(key),
      people: this.others.get(key) ?? '',
      given: given.map((i) => labels[i]),
    };
  }
}

/** Labels with their shares, the largest first, of equal ones the first label. */
function ranked(shares, labels) {
  const known = Object.entries(shares).map(([i, share]) => {
    const label = labels[i];
    return {label, share};
  });
  known.sort((a, b) => b.share - a.share);
  return known;
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
function withFacts(verdict, facts) {
  const {known, firm, people, given} = facts;
  const hasLabel = verdict.kind !== 'none';
  if (known) return firm ? withShares(verdict, known) : verdict;
  if (people) return hasLabel ? byData('none', []) : verdict;
  return given.length ? byData('given', given) : verdict;
}

/** Whether the data have what the network says; `leading` are the labels of their own verdict. */
function agrees(verdict, known, leading) {
  const {kind, labels} = verdict;
  if (kind === 'label') return leading.includes(labels[0]);
  const shared = known.filter(({share}) => share >= SHARED);
  const isShared = (label) => shared.some((one) => one.label === label);
  const hasLeading = leading.every((label) => labels.includes(label));
  return kind === 'either' && hasLeading && labels.every(isShared);
}

function withShares(verdict, known) {
  const [first] = known;
  const least = first.share - CLOSE_SHARE;
  const leading = known.filter(({share}) => share > least);
  const labels = leading.map(({label}) => label);
  if (agrees(verdict, known, labels)) return verdict;
  const shares = leading.map(({share}) => share);
  const kind = labels.length > 1 ? 'either' : 'label';
  return byData(kind, labels, total(shares));
}
