// What to believe of a surname by network and bearers: model/answers/belief.py, in the same steps.

import {total} from './readers.js';

/** How likely a bearer of a people is of a family of a label; `none` is the last of both. */
function likelihood(people, family, none, {fromOutside, fromAnother, fromLabel}) {
  if (people === family) return 1;
  if (family === none) return fromOutside;
  return people === none ? fromLabel : fromAnother;
}

/**
 * The probabilities of labels and none after the bearers were heard.
 * @param {number[]} network those before
 * @param {Object<number, number>} bearers by index
 * @param {boolean} isSeen whether the network was trained on the text
 * @param {object} numbers of belief.py
 * @returns {number[]}
 */
export function believed(network, bearers, isSeen, numbers) {
  const counts = Object.entries(bearers);
  if (!counts.length) return network;
  const {seen, turns, priorBearers, temperature} = numbers;
  const worth = (isSeen ? seen : 1) / turns;
  const none = network.length - 1;
  const heard = network.map(() => 0);
  let belief = network;
  for (let turn = 0; turn < turns; turn += 1) {
    const before = belief;
    for (const [people, number] of counts) {
      const families = before.map((probability, family) => {
        return probability * likelihood(Number(people), family, none, numbers);
      });
      const all = total(families);
      for (const [family, share] of families.entries()) {
        heard[family] += (number * worth * share) / all;
      }
    }
    const weight = priorBearers + total(heard);
    belief = network.map((probability, i) => (priorBearers * probability + heard[i]) / weight);
  }
  return toOne(belief.map((probability) => probability ** (1 / temperature)));
}

/** Numbers divided by their sum. */
function toOne(weights) {
  const all = total(weights);
  return weights.map((weight) => weight / all);
}

/**
 * What is believed of a whole name: `belief` is that of its surname, the others are the network's.
 * @param {number[]} belief
 * @param {number[]} whole
 * @param {number[]} surname
 * @param {object} numbers of belief.py
 * @returns {number[]}
 */
export function ofWhole(belief, whole, surname, {wholePower, wholeFloor}) {
  const weights = belief.map((probability, i) => {
    const ratio = whole[i] / Math.max(surname[i], wholeFloor);
    return probability * ratio ** wholePower;
  });
  return toOne(weights);
}
