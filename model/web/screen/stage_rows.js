// The rows of the stage, drawn on a canvas: stage.js says what a view is.

import {colourOfLabel, range, ranked, totalOf} from '../drawing.js';
import {groupsOf, leadingLabels} from './reading_values.js';

export const LEAST_SHARE = 0.03; // of a label that has a band of its own
const MOST_BANDS = 8;
const LEAST_MOVED = 0.02; // of a share by our data, as of the marks on the bars
const THREAD = 2; // pixels, from one to the next
const NAME = 0.75; // rem, of the name of a band
const LEAST_NAME = 1.25; // of its own height, of a band that has its name

/** The colours of an element, which a canvas cannot take from the style sheet itself. */
export function coloursOf(element) {
  const probe = document.createElement('i');
  element.append(probe);
  const resolved = (colour, css = '') => {
    probe.style = `${css}; color: ${colour}`;
    return getComputedStyle(probe).color;
  };
  const plus = resolved('var(--plus)');
  const minus = resolved('var(--minus)');
  return {
    ink: resolved('var(--ink)'),
    ground: resolved('var(--ground)'),
    faint: resolved('var(--track)'),
    family: getComputedStyle(element).fontFamily,
    nameHeight: NAME * parseFloat(getComputedStyle(document.documentElement).fontSize),
    ofValue(x) {
      const alpha = Math.min(1, Math.abs(x) ** 0.8).toFixed(2);
      return (x > 0 ? plus : minus).replace(')', `, ${alpha})`);
    },
    ofLabel(i, reading) {
      const css = colourOfLabel(i, reading);
      return resolved(css ? 'var(--line)' : 'var(--none)', css);
    },
    onLabel(i, reading) {
      return resolved('var(--on, var(--ground))', colourOfLabel(i, reading));
    },
    done: () => probe.remove(),
  };
}

/** What is believed of each label of a reading, by network and data; null where that is what the network says. */
export function beliefOf({reply, labels, last}) {
  if (!reply) return null;
  const shares = new Map(reply.predictions.map(({label, probability}) => [label, probability]));
  const belief = labels.map((label) => shares.get(label) ?? reply.none);
  return belief.some((share, i) => Math.abs(share - last[i]) >= LEAST_MOVED) ? belief : null;
}

/** Draws the rows of a line of a view into boxes {x, y, width, height}, in pixels. */
export class Rows {
  constructor(pen, view, line, look) {
    Object.assign(this, {pen, view, line, look});
  }

  /** Draws a row: 'bands', 'groups', 'forward' or 'backward'. */
  draw(row, box) {
    this.box = box;
    this.names = []; // of bands, that are written
    const {weights, ofData, rest} = this.line;
    const letters = totalOf(weights);
    const share = box.width / (letters + ofData + rest);
    this.width = letters * share;
    this.end = box.x + (letters + ofData) * share; // of the data's column
    this[row]();
  }

  /** The tiles with their edges and their middle, those that a reading has read with their places in it. */
  columns(reading) {
    const {line, width, box} = this;
    let right = box.x;
    const total = totalOf(line.weights);
    const columns = line.tiles.map((tile, i) => {
      const left = right;
      right += (line.weights[i] / total) * width;
      return {tile, left, right, middle: (left + right) / 2, ...reading?.ofTile.get(tile)};
    });
    return reading ? columns.filter(({tile}) => reading.ofTile.has(tile)) : columns;
  }

  /** The answer, if the text ended at each letter. */
  bands() {
    const {pen, view, box} = this;
    const {reading, before, isGuessing, at, tiles} = view;
    const bands = reading ? this.stack(reading, beliefOf(reading)) : [];
    let end = box.x + box.width;
    if (isGuessing) {
      const read = this.columns(reading).filter(({tile}) => tiles.indexOf(tile) <= at);
      end = read.at(-1)?.right ?? box.x;
    }
    pen.save();
    pen.beginPath();
    pen.rect(box.x, box.y, end - box.x, box.height);
    pen.clip();
    pen.canvas.bands = bands; // for who points at one
    for (const band of bands) this.fill(band);
    if (before) this.outline(before);
    for (const band of bands) this.name(band);
    pen.restore();
  }

  /** The edges of the bands of another reading. */
  outline(before) {
    const {pen, look} = this;
    pen.strokeStyle = look.ink;
    pen.setLineDash([4, 3]);
    for (const {tops} of this.stack(before)) {
      const edge = new Path2D();
      this.curve(edge, tops);
      pen.stroke(edge);
    }
    pen.setLineDash([]);
  }

  /**
   * The bands on top of each other: {i, name, shareIn, tops, bottoms, path}, shares along the line, and its own of all; the
   * rest of all labels is the last.
   */
  stack(reading, belief) {
    const {box, width} = this;
    const points = this.columns(reading).map(({middle, last}) => [middle, reading.shares[last]]);
    if (!points.length) return [];
    const end = box.x + width;
    points.unshift([box.x, points[0][1]]);
    points.push([end, points.at(-1)[1]]);
    const right = this.end;
    if (belief && end < right) {
      points.push([(end + right) / 2, belief], [right, belief]);
    }
    const bands = leadingLabels(reading, MOST_BANDS, (share) => share >= LEAST_SHARE);
    const ofData = range(belief?.length ?? 0).filter((i) => belief[i] >= LEAST_SHARE);
    bands.push(...ofData.filter((i) => !bands.includes(i)));
    let tops = points.map(([x]) => [x, 0]);
    return [...bands, -1].map((i) => {
      const bottoms = points.map(([x, shares], p) => [x, i < 0 ? 1 : tops[p][1] + shares[i]]);
      const band = {i, name: reading.labels[i] ?? 'others', tops, bottoms, path: new Path2D()};
      const isRest = (_, other) => !bands.includes(other);
      band.shareIn = (shares) => shares[i] ?? totalOf(shares.filter(isRest));
      this.curve(band.path, tops);
      this.curve(band.path, bottoms.toReversed());
      tops = bottoms;
      return band;
    });
  }

  fill({i, path}) {
    const {pen, view, look} = this;
    pen.fillStyle = i < 0 ? look.faint : look.ofLabel(i, view.reading);
    pen.fill(path);
  }

  /** A line of a path through points, level at each. */
  curve(path, points) {
    const {box} = this;
    const [[start, share]] = points;
    let x = start;
    let y = box.y + share * box.height;
    path.lineTo(x, y);
    for (const [right, next] of points.slice(1)) {
      const middle = (x + right) / 2;
      const level = box.y + next * box.height;
      path.bezierCurveTo(middle, y, middle, level, right, level);
      x = right;
      y = level;
    }
  }

  /** The name of a band where it is widest, if there is room. */
  name({i, name: whole, tops, bottoms}) {
    const {pen, look, box, view} = this;
    const heights = tops.map(([, top], p) => (bottoms[p][1] - top) * box.height);
    const [place] = ranked(heights.slice(1, -1));
    const widest = place + 1;
    const name = whole.replace(/ of these .*/, '');
    const [middle, top] = tops[widest];
    pen.font = `600 ${look.nameHeight}px ${look.family}`;
    const least = LEAST_NAME * look.nameHeight;
    const half = pen.measureText(name).width / 2 + 3;
    const [end] = tops.at(-1);
    const x = Math.min(Math.max(middle, box.x + half), end - half);
    const y = box.y + top * box.height + heights[widest] / 2;
    const isNear = (other) => {
      return Math.abs(x - other.x) < half + other.half && Math.abs(y - other.y) < least;
    };
    const isWide = 2 * half < tops[widest + 1][0] - tops[place][0];
    const beside = Math.min(heights[place], heights[widest + 1]);
    const isHigh = Math.min(heights[widest], (heights[widest] + beside) / 2) > least;
    if (!isHigh || !isWide || this.names.some(isNear)) return;
    this.names.push({x, y, half});
    this.write(name, x, y, i < 0 ? look.ink : look.onLabel(i, view.reading));
  }

  write(text, x, y, ink) {
    const {pen, line} = this;
    pen.save();
    pen.translate(x, y);
    if (line.isReversed) pen.scale(-1, 1); // it is drawn in a mirror
    pen.fillStyle = ink;
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    pen.fillText(text, 0, 0);
    pen.restore();
  }

  /** What the groups around each letter add to the label that is explained, a row for each size of groups. */
  groups() {
    const {pen, look, box, view} = this;
    const {reading} = view;
    if (!reading) return;
    const values = groupsOf(reading, reading.explained);
    const sizes = values.flat().map(Math.abs);
    const most = Math.max(...sizes) || 1;
    const step = box.height / values.length;
    for (const {left, right, first, last} of this.columns(reading)) {
      for (const [row, ofSize] of values.entries()) {
        pen.fillStyle = look.ofValue(totalOf(ofSize.slice(first, last + 1)) / most);
        pen.fillRect(left + 1, box.y + row * step, right - left - 2, step - 1);
      }
    }
  }

  forward() {
    this.threads(0);
  }

  backward() {
    this.threads(1);
  }

  /** The memory of a direction: each thread is a unit, in the colour of its value at each letter. */
  threads(d) {
    const {pen, view, line, look, box, width} = this;
    const {reading, unit} = view;
    if (!reading) return;
    const columns = this.columns(reading);
    const placeOf = ({first, last}) => (d ? first : last);
    const units = threadsOf(view, d, box.height);
    const step = box.height / units.length;
    for (const [row, u] of units.entries()) {
      const y = box.y + row * step;
      const thread = pen.createLinearGradient(box.x, 0, box.x + width, 0);
      if (d ? line.isLast : line.isFirst) thread.addColorStop(d, look.ofValue(0));
      for (const column of columns) {
        const colour = look.ofValue(reading.state(d, placeOf(column), u));
        thread.addColorStop((column.middle - box.x) / width, colour);
      }
      pen.fillStyle = thread;
      pen.fillRect(box.x, y, width, 0.75 * step);
      if (unit?.dir !== d || unit.u !== u) continue;
      pen.strokeStyle = look.ink;
      pen.strokeRect(box.x, y - 1, width, step + 1);
    }
    pen.fillStyle = look.ink;
    for (const column of reading.update ? columns : []) {
      const shut = (box.height * reading.gate(d, placeOf(column))) / 2;
      pen.fillRect(column.middle - 1, box.y, 2, shut);
      pen.fillRect(column.middle - 1, box.y + box.height - shut, 2, shut);
    }
  }
}

/** The units of a direction whose threads are drawn, the highest at the end of reading first; one that is watched is. */
export function threadsOf({reading, unit}, d, height) {
  const {H, T, state} = reading;
  const last = d ? 0 : T - 1;
  const units = ranked(range(H).map((u) => state(d, last, u)));
  const n = Math.min(H, Math.floor(height / THREAD));
  const watched = unit?.dir === d ? units.indexOf(unit.u) : 0;
  const firstOf = (row) => Math.floor((row * H) / n);
  return range(n).map((row) => {
    const first = firstOf(row);
    return units[first < watched && watched < firstOf(row + 1) ? watched : first];
  });
}
