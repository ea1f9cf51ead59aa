// Another part of the tab Train, as HTML: what each network keeps of the first letter, by what METHODS.story of
// worker.js returned. It uses what train_pictures.js begins with.

const {glyph, head, table} = draw;
const PLACES = 5; // letters in the table of what is kept

/** What each network keeps of the first letter: a row for each moment, a column for each letter. */
function keptOf(stories, units, place, started) {
  return each(stories, (story, i) => {
    const network = titleOf(started, i);
    const rows = story.length;
    const way = i ? -1 : 1; // the second has the other colour
    const keptAt = (row, t) => {
      const {kept} = story[row];
      return way * kept[t];
    };
    const caption = `<b class="net-${i}">${network}</b>`;
    const of = 1 / rows;
    const at = `<i class="then" style="--at: ${place * of}; --of: ${of}"></i>`;
    const title = `What is kept, ${network}`;
    return field(units, rows, title, caption, keptAt, at);
  });
}

/** Some letters from the first that makes a difference to the last. */
function lettersOf({kept}) {
  const first = kept.findIndex((share) => share > 0);
  const last = kept.length - 1;
  const distance = (last - first) / (PLACES - 1);
  const letters = range(PLACES).map((n) => {
    const place = first + n * distance;
    return Math.round(place);
  });
  return [...new Set(letters)];
}

/** The same in figures for one moment, after some letters. */
function keptTable(stories, units, place, started) {
  const [story] = stories;
  const letters = lettersOf(story[place]);
  const heads = each(letters, (t) => {
    const letter = glyph(units[t]);
    const n = t + 1;
    return head(`letter ${n}, ${letter}`);
  });
  const rows = each(stories, (ofNetwork, i) => {
    const {kept} = ofNetwork[place];
    const cells = each(letters, (t) => {
      const left = whole(100 * kept[t]);
      return `<td>${left}%</td>`;
    });
    const network = titleOf(started, i);
    return `<tr>
      <th scope="row" class="net-${i}">${network}</th>
      ${cells}</tr>`;
  });
  return table('keeps', heads, rows);
}
