// The tab List of the page without a server, behind tables.js: many texts at once, and a CSV to keep.
const {each, esc, percent, head} = window.draw,
  {words, hints} = props,
  MOST = 1000; // rows drawn
const $ = (place) => element.querySelector(place),
  count = (n) => n.toLocaleString('en');
const heads = [
  '#',
  words.text,
  ...behind(props, ['1st', '2nd', '3rd'], 'none', 'note', 'known'),
].map(esc);
let given = {name: 'The list', text: ''},
  chosen = {},
  table = null; // {header, column} of it; how it is read
let lists = 0,
  opening = null; // how many there have been: an older one is dropped; the text of a file

function take(next = given, choice = chosen) {
  // what is given, and what is chosen of it; the results go
  [given, chosen, table, lists] = [next, choice, null, lists + 1];
  for (const part of ['#summary', '#rows', '#chart', '.problem']) $(part).replaceChildren();
  try {
    table = tableOf(given, hints, chosen);
  } catch ({message}) {
    $('.problem').textContent = message;
  }
  $('.choice').hidden = !table || (!given.isFile && table.names.length === 1);
  if (!table) return;
  const {
    header,
    names,
    column,
    rows: [{cells}],
  } = table;
  const titles = names.map((name, i) =>
    header ? name || `column ${i + 1}` : `column ${i + 1} (${cells[i]})`,
  );
  $('select').innerHTML = each(
    titles,
    (title, i) => `<option value="${i}">${esc(title.slice(0, 60))}`,
  );
  [$('select').value, $('#header input').checked] = [column, header];
}

async function read() {
  await opening;
  take();
  if (!table) return;
  const list = lists,
    texts = table.rows.flatMap((row) => (row.problem ? [] : [row.text])),
    n = texts.length;
  const tell = (done) =>
    list === lists &&
    ($('#rows').innerHTML = `<progress aria-label="Rows read"
    value="${done}" max="${n}"></progress> ${count(done)} of ${count(n)}`);
  tell(0);
  const found = await server.answers(texts, tell);
  if (list !== lists) return;
  if (found.problem) [$('#rows').innerHTML, $('.problem').textContent] = ['', found.problem];
  else show(table.rows.map((row) => (row.problem ? row : found.shift())));
}

function show(answers) {
  const n = answers.length,
    bad = answers.filter(({problem}) => problem).length;
  const csv = new Blob(['\ufeff', csvOf(table, answers, props)], {type: 'text/csv'}); // BOM: in UTF-8
  const few = n > MOST ? ` The first ${count(MOST)} are below; the CSV has all.` : '';
  $('#summary').innerHTML = `<p>${count(n)} row${n > 1 ? 's' : ''} read${
    bad ? `, ${count(bad)} of them with a problem` : ''
  }.${few}</p>
    <a class="download" download="predictions.csv" href="${URL.createObjectURL(csv)}">Download as CSV</a>`;
  const write = (found) => (found ? `${found.label} ${percent(found.probability)}` : '');
  const rows = each(answers.slice(0, MOST), (answer, i) => {
    const cells = each(cellsOf(answer, props, write, percent), (cell) => `<td>${esc(cell)}</td>`);
    return `<tr class="${answer.is_none ? 'none' : answer.reply?.unsure ? 'unsure' : ''}"><td>${i + 1}</td>
      <th scope="row">${esc(table.rows[i].text)}</th>${cells}</tr>`;
  });
  $('#rows').innerHTML = `<table><tr>${each(heads, (title) => head(title))}</tr>${rows}</table>`;
  const sound = answers.flatMap((row) =>
    row.reply ? [noteOf(row) || row.reply.predictions[0].label] : [],
  );
  const counts = [...new Set(sound)].map((name) => [
    name,
    sound.filter((other) => other === name).length,
  ]);
  counts.sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  $('#chart').innerHTML = draw.counts({title: `${words.labels} in the list`, counts});
}

element.addEventListener('input', async ({target: box}) => {
  const header = $('#header input').checked,
    column = box.matches('select') ? +box.value : undefined;
  if (box.closest('.choice')) return take(given, {header, column});
  const [file] = box.files ?? [],
    decoded = (bytes) => new TextDecoder('utf-8', {fatal: true}).decode(bytes);
  $(file ? 'textarea' : '[type=file]').value = '';
  opening = file
    ?.slice(0, 2e6)
    .arrayBuffer()
    .then(decoded)
    .catch(() => null);
  const text = file ? await opening : box.value,
    {size} = file ?? new Blob([text]);
  take({name: file?.name ?? 'The list', text, size, isFile: Boolean(file)}, {});
  if (text === '') $('.problem').textContent = ''; // until it is to be read
});
element.addEventListener('click', ({target}) => {
  if (target.matches('.primary')) read();
});
