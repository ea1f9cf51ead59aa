// The data sets of the tab Train: names, "which came first?" and a visitor's own table, in the form
// {labels, isNames, characters, training, heldOut}, where a row is {text, units, ids, label}: the text as it was
// written, its letters as they are read, their ids and the index of its label.

const ROWS = 5000, LABELS = 30, FEWEST = 5; // of one's own table; FEWEST different texts of each label
const LETTERS = 100; // of a text
const FIRST_ID = 2; // 0 is padding, 1 an unknown letter
const HELD_OUT = 5; // one text in five
const LATIN = {ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ħ: 'h', ı: 'i', ŧ: 't', ŋ: 'n'};

// Returns the letters of a text as model/letters.py reads them: 'É' is 'e' and a mark. Names lose their marks.
function unitsOf(text, isName) {
  const shown = text.replace(/(?!\s)[\p{Cc}\p{Cf}\ufe00-\ufe0f]/gu, '') // what cannot be seen
    .replace(/[‘’ʼʻ‛′＇´]/g, "'").replace(/[‐‑‒–—−]/g, '-').replace(/İ/g, 'I');
  const lower = shown.normalize('NFKC').toLowerCase().replace(/ß/g, 'ss').replace(/ς/g, 'σ').normalize('NFD');
  const read = isName ? lower.replace(/\p{M}/gu, '').replace(/./gu, (c) => LATIN[c] ?? c) : lower;
  return [...read.trim().replace(/\s+/g, ' ')];
}

function idsOf(units, characters) {
  return units.map((unit) => Math.max(1, characters.indexOf(unit) + FIRST_ID));
}

function shuffle(list, random) {
  for (let i = list.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}

// A fifth of the different texts of each label is held out. A text with several labels is on one side, too.
function split(written, isNames, seed) {
  const labels = [...new Set(written.map((row) => row.label))].sort(), texts = labels.map(() => []);
  const seen = new Set(), heldOut = new Set(), random = randomNumbers(seed);
  const rows = written.map((row) => {
    const units = unitsOf(row.text, isNames), key = units.join(''), label = labels.indexOf(row.label);
    if (!seen.has(key)) texts[label].push(key);
    seen.add(key);
    return {...row, units, key, label};
  });
  for (const keys of texts) {
    const n = Math.max(1, Math.round(keys.length / HELD_OUT));
    for (const key of shuffle(keys, random).slice(0, n)) heldOut.add(key);
  }
  const [training, others] = [false, true].map((side) => rows.filter(({key}) => heldOut.has(key) === side));
  const characters = [...new Set(training.flatMap((row) => row.units))].sort();
  for (const row of rows) row.ids = idsOf(row.units, characters);
  return {labels, isNames, characters, training, heldOut: others, texts};
}

// `lines` is names.txt: `Arabic: abbas, abboud …`
function namesData(lines, seed) {
  const rows = lines.trim().split('\n').flatMap((line) => {
    const [label, names] = line.split(': ');
    return names.split(', ').map((text) => ({text, label}));
  });
  return split(rows, true, seed);
}

// Strings with one a and one b, anywhere among other letters: which of the two comes first?
function orderData(length, seed) {
  const random = randomNumbers(seed), below = (n) => Math.floor(random() * n), texts = new Set();
  for (let i = 0; i < 3000; i += 1) {
    const letters = Array.from({length}, () => 'cdefgh'[below(6)]), first = below(length);
    letters[first] = 'a';
    letters[(first + 1 + below(length - 1)) % length] = 'b';
    texts.add(letters.join(''));
  }
  const label = (text) => text.indexOf('a') < text.indexOf('b') ? 'a first' : 'b first';
  return split([...texts].map((text) => ({text, label: label(text)})), false, seed);
}

// The rows of a CSV as {line, cells}. A cell in quotes may have separators, line breaks and, doubled, quotes.
function parseTable(table, separator) {
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|([^${separator}\\r\\n]*))(${separator}|\\r\\n?|\\n|$)`, 'gy');
  const rows = [];
  let cells = [], line = 1, next = 1;
  for (const [whole, quoted, bare, end] of table.matchAll(cell)) {
    cells.push((quoted?.replaceAll('""', '"') ?? bare).replace(/\s+/g, ' ').trim());
    next += whole.split(/\r\n?|\n/).length - 1;
    if (end === separator) continue;
    if (cells.some(Boolean)) rows.push({line, cells});
    [cells, line] = [[], next];
  }
  return rows;
}

// Two columns, text and label, with or without a line of headings. Throws Error with one line on what is wrong.
function ownData(table, seed) {
  const fit = (rows) => rows.filter(({cells}) => cells.length === 2).length;
  const [first, ...others] = ['\t', ';', ','].map((separator) => parseTable(table.replace(/^\ufeff/, ''), separator));
  let rows = others.reduce((best, next) => fit(next) > fit(best) ? next : best, first);
  rows = rows.map(({line, cells}) => ({line, columns: cells.length, text: cells[0], label: cells[1]}));
  if (!rows.slice(1).some(({label}) => label === rows[0].label)) rows.shift(); // no other has it: a heading
  if (!rows.length) throw Error('There are no rows: paste two columns, text and label, a row for each text.');
  const labels = new Set();
  rows.forEach(({line, columns, text, label}, i) => {
    const problem = rowProblem(columns, text, label, i, labels.add(label).size);
    if (problem) throw Error(`Line ${line} ${problem}.`);
  });
  if (labels.size < 2) throw Error(`Line ${rows[0].line} and all others have one label: give at least two.`);
  const data = split(rows, false, seed);
  data.texts.forEach((texts, i) => {
    const {line, label} = rows.find((row) => row.label === data.labels[i]), n = texts.length;
    if (n < FEWEST) {
      throw Error(`The label “${label}” (line ${line}) has ${n} different text${n === 1 ? '' : 's'} of its own, and
        ${FEWEST} are needed: add more or leave it out.`.replace(/\s+/g, ' '));
    }
  });
  return data;
}

function rowProblem(columns, text, label, row, labels) {
  if (columns !== 2) {
    return `has ${columns} column${columns === 1 ? '' : 's'}, and two are needed, text and label: put a tab, ` +
      'a comma or a semicolon between them, and quotes around a text that has one itself';
  }
  if (!label) return 'has no label: write one behind the text or leave the line out';
  const n = unitsOf(text, false).length;
  if (!n) return 'has no text: write one in front of the label or leave the line out';
  if (n > LETTERS) return `has a text of ${n} letters, and ${LETTERS} are the most: shorten it`;
  if (row === ROWS) return `has row ${ROWS + 1}, and ${ROWS} are the most: leave out some`;
  if (labels > LABELS) return `has label ${LABELS + 1}, “${label}”, and ${LABELS} are the most: leave out some`;
  return '';
}
