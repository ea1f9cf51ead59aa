// What headings say, by the rules of model/data/columns.py; the headings themselves come from Python.

const LONGEST_HEADING = 100; // characters
const TITLE_ROWS = 10; // the header is one of so many first rows
const BRACKETED = /\([^()]*\)|\[[^\][]*\]/g;
const CAMEL_CASE = /(?<=[a-z])(?=[A-Z])/g;

/**
 * The words of a heading in lower case, without what stands in brackets.
 * @param {string} heading
 * @returns {string[]}
 */
function wordsOf(heading) {
  const start = beginningOf(heading).normalize('NFKC');
  const folded = start.toUpperCase().toLowerCase(); // by which ß is ss
  const plain = folded.replaceAll('ς', 'σ').replaceAll('i\u0307', 'i').replace(BRACKETED, '');
  const words = plain.split(/[^\p{L}\p{M}\p{N}]+/u);
  return words.filter(Boolean);
}

function beginningOf(heading) {
  const characters = [...heading].slice(0, LONGEST_HEADING);
  return characters.join('');
}

/** What two spellings of a heading have in common. */
const keyOf = (heading) => wordsOf(heading).join('') || heading;

/**
 * Headings by what is looked up: the group of each, of each that has several words, and of pairs,
 * whose `last` is a heading beside a cell `first`.
 * @typedef {{exact: Map<string, number>, endings: Map<string, number>,
 *   pairs: Array<{first: string, last: string, group: number}>}} Headings
 */

/**
 * The groups of headings, ready to be looked up.
 * @param {string[][]} groups
 * @returns {Headings}
 */
function knownHeadings(groups) {
  const known = {exact: new Map(), endings: new Map(), pairs: []};
  for (const [group, headings] of groups.entries()) {
    for (const heading of headings.filter(Boolean)) addHeading(known, heading, group);
  }
  return known;
}

function addHeading({exact, endings, pairs}, heading, group) {
  addIfNew(exact, heading, group);
  const [first, last] = heading.split(' + ').map(keyOf);
  if (last) {
    pairs.push({first, last, group});
    return;
  }
  addIfNew(exact, first, group);
  if (wordsOf(heading).length > 1) addIfNew(endings, first, group);
}

function addIfNew(map, key, value) {
  if (!map.has(key)) map.set(key, value);
}

/**
 * For each cell the first group that has it as a heading, undefined for none.
 * @param {string[]} cells
 * @param {Headings} known
 * @returns {Array<number | undefined>}
 */
function headingGroups(cells, known) {
  const keys = cells.map(keyOf);
  const beside = known.pairs.filter(({first}) => keys.includes(first));
  return cells.map((cell, i) => {
    const key = keys[i];
    const groups = [known.exact.get(cell), known.exact.get(key)];
    for (const {last, group} of beside) {
      if (last === key) groups.push(group);
    }
    groups.sort((a, b) => a - b); // undefined last
    const [lowest] = groups;
    return lowest ?? groupOfEnding(cell, known);
  });
}

/** The group of the longest ending of a heading that is one by itself: name in family_name. */
function groupOfEnding(cell, {endings}) {
  const spaced = beginningOf(cell).replace(CAMEL_CASE, ' ');
  const words = wordsOf(spaced);
  while (words.length > 1) {
    words.shift();
    const group = endings.get(words.join(''));
    if (group !== undefined) return group;
  }
  return undefined;
}

/** Whether one of the cells is a heading. */
function hasHeading(cells, known) {
  return headingGroups(cells, known).some((group) => group !== undefined);
}

/**
 * The index of the first row with a heading, if it is a header: each row above it has fewer cells
 * that are filled. 0 if it is not, -1 if no row has a heading.
 * @param {string[][]} rows
 * @param {Headings} known
 * @returns {number}
 */
function headerRow(rows, known) {
  const top = rows.slice(0, TITLE_ROWS);
  const index = top.findIndex((cells) => hasHeading(cells, known));
  if (index <= 0) return index;
  const widths = top.map((cells) => {
    const filled = cells.filter((cell) => /[^ "']/.test(cell));
    return filled.length;
  });
  const above = Math.max(...widths.slice(0, index));
  const isHeader = above > 0 && above < widths[index];
  return isHeader ? index : 0;
}
