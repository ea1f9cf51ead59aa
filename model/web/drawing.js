// What the drawings of How it reads and Train share; in the head, so that it is there before them.
// Each function returns HTML; a text or a label in it is escaped.
(() => {
  const CELLS = {rnn: 'plain RNN', gru: 'GRU', lstm: 'LSTM'},
    DIRECTIONS = ['forward', 'backward'];
  const range = (n) => Array.from({length: n}, (_, i) => i);
  const each = (list, html) => list.map(html).join('');
  const esc = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  const sign = (x, digits = 2) =>
    `${+x.toFixed(digits) < 0 ? '−' : '+'}${Math.abs(x).toFixed(digits)}`;
  const plain = (x) => sign(x).replace('+', '');
  const percent = (p) =>
    p > 0.999 ? '> 99.9%' : p < 0.001 ? '< 0.1%' : `${(100 * p).toFixed(1)}%`;
  const glyph = (unit) => esc(/^\p{M}/u.test(unit) ? `◌${unit}` : unit === ' ' ? '␣' : unit);
  const brief = (label) =>
    esc(label.replace(/ of these .*/, ' of these').replace(/^(.{22}).{2,}$/u, '$1…'));

  const head = (text, i) =>
    `<th scope="col" ${i === undefined ? '' : `data-at="${i}"`}>${text}</th>`;
  const table = (kind, heads, rows) =>
    `<table class="${kind}"><thead><tr><td></td>${heads}</tr></thead><tbody>${rows}</tbody></table>`;
  const scroller = (label, kind = '') =>
    `class="scroll ${kind}" tabindex="0" role="group" aria-label="${esc(label)}"`;
  const headings = (units) =>
    `<ol class="units">${each(units, (u, i) => `<li data-at="${i}"><span>${glyph(u)}</span></li>`)}</ol>`;

  // One pixel per value, which the style sheet stretches: above 0 --plus of `element`, below it --minus.
  function picture(element, label, rows, columns, value, most = 1) {
    const canvas = Object.assign(document.createElement('canvas'), {width: columns, height: rows});
    const pen = canvas.getContext('2d'),
      image = pen.createImageData(columns, rows);
    const [minus, plus] = ['--minus', '--plus'].map((name) => {
      pen.fillStyle = getComputedStyle(element).getPropertyValue(name).trim();
      return [1, 3, 5].map((i) => parseInt(pen.fillStyle.slice(i, i + 2), 16));
    });
    for (const r of range(rows))
      for (const c of range(columns)) {
        const v = value(r, c) / most,
          alpha = 255 * Math.min(1, Math.abs(v) ** 0.8);
        image.data.set([...(v > 0 ? plus : minus), alpha], 4 * (r * columns + c));
      }
    pen.putImageData(image, 0, 0);
    return `<img alt="${esc(label)}" src="${canvas.toDataURL()}">`;
  }

  // A picture with a column per letter or word and these above it; `marks` lie on it.
  const field = (element, units, rows, label, caption, value, marks = '') =>
    `<figure><figcaption>${caption}</figcaption><div ${scroller(label)}>
  <div class="field" style="--n: ${units.length}; --h: ${rows}">${headings(units)}<div class="map">
  ${picture(element, label, rows, units.length, value)}${marks}</div></div></div></figure>`;

  // Lines with their names at their ends. lines: [{name, points: [[x, y], …], as: attributes}];
  // left, below: [[value, text], …], rising, what is written along the axes, which end at the last `left`
  // and at the largest x; `behind` gets the two scales and returns SVG that lies below the lines.
  function chart({label, width, height = 230, lines, left, below = [], behind = () => ''}) {
    const longest = (texts) => Math.max(...texts.map((text) => text.length));
    const start = 6 + 7 * longest(left.map(([, text]) => text));
    const end = width - 14 - 8 * Math.min(23, longest(lines.map((line) => line.name)));
    const most = Math.max(...lines.flatMap((line) => line.points.map(([x]) => x))) || 1;
    const [low, high] = [left[0][0], left.at(-1)[0]];
    const x = (value) => start + ((end - start) * value) / most;
    const y = (value) => 10 + ((height - 40) * (high - value)) / (high - low);
    const points = (line) =>
      line.points.map((at) => `${x(at[0]).toFixed(1)},${y(at[1]).toFixed(1)}`).join(' ');
    const ends = lines
      .map((line) => ({...line, at: y(line.points.at(-1)[1])}))
      .sort((a, b) => a.at - b.at);
    for (const i of range(ends.length).slice(1))
      ends[i].at = Math.max(ends[i].at, ends[i - 1].at + 16);
    let edge = y(low); // of what is below; names are apart enough to be read
    for (const line of ends.toReversed()) {
      line.at = Math.min(line.at, edge);
      edge = line.at - 16;
    }
    edge = 0; // of the text before; the next is written where there is room for it
    const texts = below.map(([value, text]) => {
      const half = 4 * text.length,
        at = Math.max(x(value), half),
        fits = edge <= at - half;
      if (fits) edge = at + half + 4;
      return fits ? `<text class="below" x="${at}" y="${height - 8}">${glyph(text)}</text>` : '';
    });
    return `<svg class="chart-of-lines" viewBox="0 0 ${width} ${height}" role="img" aria-label="${esc(label)}">
    ${each(left, ([value]) => `<path d="M${start} ${y(value)}H${end}"/>`)}
    ${each(left, ([value, text]) => `<text x="0" y="${y(value) + 4}">${text}</text>`)}
    ${behind(x, y)}${each(lines, (line) => `<polyline ${line.as} points="${points(line)}"/>`)}
    ${each(ends, ({name, as, at}) => `<text ${as} x="${end + 8}" y="${at + 4}">${brief(name)}</text>`)}
    ${texts.join('')}</svg>`;
  }

  window.draw = {
    CELLS,
    DIRECTIONS,
    range,
    each,
    esc,
    sign,
    plain,
    percent,
    glyph,
    brief,
    head,
    table,
    scroller,
    headings,
    picture,
    field,
    chart,
  };
})();
