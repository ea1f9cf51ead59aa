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
  const start = [...heading].slice(0, LONGEST_HEADING).join('').normalize('NFKC');
  const folded = start.toUpperCase().toLowerCase().replaceAll('ς', 'σ'); // ß is ss
  const plain = folded.replaceAll('ı', 'i').replaceAll('i\u0307', 'i').replace(BRACKETED, '');
  return plain.split(/[^\p{L}\p{M}\p{N}]+/u).filter(Boolean);
}

/** What two spellings of a heading have in common. */
const keyOf = (heading) => wordsOf(heading).join('') || heading;

/**
 * The groups of headings, ready to be looked up.
 * @param {string[][]} groups
 * @returns {{exact: Map<string, number>, endings: Map<string, number>, pairs: Array}}
 */
function knownHeadings(groups) {
  const exact = new Map();
  const endings = new Map();
  const pairs = [];
  const add = (map, key, group) => map.has(key) || map.set(key, group);
  for (const [group, headings] of groups.entries()) {
    for (const heading of headings.filter(Boolean)) {
      add(exact, heading, group);
      const [last, ...first] = heading.split(' + ').reverse();
      if (first.length) {
        pairs.push({first: keyOf(first.reverse().join(' + ')), last: keyOf(last), group});
        continue;
      }
      add(exact, keyOf(heading), group);
      if (wordsOf(heading).length > 1) add(endings, keyOf(heading), group);
    }
  }
  return {exact, endings, pairs};
}

/**
 * For each cell the first group that has it as a heading, undefined for none.
 * @param {string[]} cells
 * @param {ReturnType<typeof knownHeadings>} known
 * @returns {Array<number | undefined>}
 */
function headingGroups(cells, {exact, endings, pairs}) {
  const keys = cells.map(keyOf);
  const beside = pairs.filter(({first}) => keys.includes(first));
  return cells.map((cell, i) => {
    const groups = beside.filter(({last}) => last === keys[i]).map(({group}) => group);
    groups.push(exact.get(cell) ?? Infinity, exact.get(keys[i]) ?? Infinity);
    const best = Math.min(...groups);
    if (best < Infinity) return best;
    const words = wordsOf([...cell].slice(0, LONGEST_HEADING).join('').replace(CAMEL_CASE, ' '));
    const ends = words.map((_, from) => words.slice(from).join('')).slice(1);
    return endings.get(ends.find((end) => endings.has(end)));
  });
}

/** Whether one of the cells is a heading. */
function hasHeading(cells, known) {
  return headingGroups(cells, known).some((group) => group !== undefined);
}

/**
 * The index of the first row with a heading, if it is a header: each row above it has fewer cells
 * that are filled. 0 if it is not, -1 if no row has a heading.
 * @param {string[][]} rows
 * @param {ReturnType<typeof knownHeadings>} known
 * @returns {number}
 */
function headerRow(rows, known) {
  const filled = rows.map((cells) => cells.filter((cell) => /[^ "']/.test(cell)).length);
  const index = rows.slice(0, TITLE_ROWS).findIndex((cells) => hasHeading(cells, known));
  const above = Math.max(0, ...filled.slice(0, Math.max(0, index)));
  return index > 0 && !(above > 0 && above < filled[index]) ? 0 : index;
}
