// A trained model in plain JavaScript: text -> ids -> network -> probabilities -> answer. It is
// TextClassifier of model/classifier.py, whose numbers come with the packed model.
//
//   const classifier = await TextClassifier.load(bytes);   // of what `python -m model export` packs
//   classifier.predict('Nakamura', 3);                     // what /predict returns
//   classifier.explain('Nakamura');                        // how probable that is without each character
//   // view(text) is for answer.js, stage.js and sections.js to draw
//
// What it imports: readers.js has text to ids, inputs.js what cannot be read, shipped.js the network,
// packed.js the file of a model, decisions.js the verdict, typed.js what is
// read of a text, part.js where a surname is, known.js what the data have, notes.js the notes and steps.js
// what the page shows at a key.

import {believed, ofWhole} from './belief.js';
import {
  candidatesOf,
  contractOf,
  decide,
  descending,
  endOfSide,
  evidenceOf,
  inWords,
  NO_NAME,
} from './decisions.js';
import {checkText, checkUnits, InputError, orProblem, tooLong} from './inputs.js';
import {LookUp} from './known.js';
import {moved} from './mix.js';
import {unpack} from './packed.js';
import {PartFinder, partOf} from './part.js';
import {readerOf, total} from './readers.js';
import {ShippedNetwork} from './shipped.js';
import {jointOf, statesOver, viewOf} from './steps.js';
import {asTyped, compiled, doubtOf} from './typed.js';

/**
 * A text, the name in it, what stands beside that, the letters or words that are read, and their ids.
 * @typedef {{text: string, name: string, leftOut: string[], units: string[], ids: number[]}} Reading
 *
 * A text, and what network and data have of it: the surname in it, what the data have of that, and probabilities of
 * labels and none, the network's of both, and those of network and data together.
 * @typedef {{reading: Reading, part: Part, facts: Facts, network: number[], surname: number[], belief: number[],
 *   evidence: Evidence, isUsed: boolean, isDecided: boolean}} Case
 */

/** The log-odds of a probability, which is clipped so that they are finite. */
function logOdds(probability, mostSure) {
  const clipped = Math.min(Math.max(probability, 1 - mostSure), mostSure);
  return Math.log(clipped / (1 - clipped));
}

/** Whether the data have a text as a surname. */
const hasData = ({known, counts}) => Boolean(known) || Object.keys(counts).length > 0;

/** The place of the largest number. */
const bestOf = (numbers) => descending(numbers)[0];

/** The kind and the labels of a verdict, to compare. */
const namesOf = ({kind, labels}) => String([kind, labels]);

export class TextClassifier {
  /** @param {Uint8Array} bytes a packed model @returns {Promise<TextClassifier>} */
  static async load(bytes) {
    const {model, weights} = await unpack(bytes);
    return new TextClassifier(model, weights);
  }

  /** @param {object} model `json_of` of model/storage/browser.py @param {object} weights by name */
  constructor({encoder, network, lookUp, readings, answers, known, ...model}, weights) {
    Object.assign(this, model); // labels, words, surnames, belief
    this.reader = readerOf(encoder);
    this.network = new ShippedNetwork(network, weights);
    this.hasNone = network.config.n_others > 0;
    this.lookUp = new LookUp(lookUp, known);
    this.readings = new Map(Object.entries(readings));
    if (this.surnames) {
      this.surnames = compiled(this.surnames);
      this.finder = new PartFinder(this.surnames, this.reader, (text) => this.dataOn(text));
    }
    this.thresholds = {...answers, onAScale: this.words.on_a_scale};
    const unsureBelow = answers.unsureBelow * this.belief.unsureFactor;
    this.ofBoth = {...this.thresholds, unsureBelow}; // the thresholds of network and data together
  }

  // ----------------------------------------------------------------------------------- an answer

  /**
   * A text taken apart once: all that is said of it follows from this.
   * @param {string} text
   * @returns {Reading}
   * @throws {InputError} if the text cannot be read
   */
  readText(text) {
    const {reader, words} = this;
    checkText(text, reader, words);
    const reading = this.takenApart(text);
    checkUnits(reading.units, reader, words);
    return reading;
  }

  /** The same of any text, which has one id at least. */
  takenApart(text) {
    const {surnames, reader} = this;
    const typed = surnames ? asTyped(text, surnames, reader) : {name: text, leftOut: []};
    const units = reader.readUnits(typed.name);
    const ids = reader.ids(units);
    return {...typed, text, units, ids: ids.length ? ids : [reader.unknown]};
  }

  /** The surname in a name, and what the data have of it: part_of of answering.py. */
  partOf(name) {
    const part = this.finder ? this.finder.part(name) : partOf(name);
    const facts = this.dataOn(part.text);
    if (part.text === name) return {part, facts};
    const ofSurname = {...facts, given: [], isGiven: false}; // as a surname it is not a given name
    // Of words that nobody knows all are read
    const isKnown = part.isCertain || hasData(facts);
    return {part: isKnown ? part : partOf(name, '', false), facts: ofSurname};
  }

  /**
   * All that there is to show about a text: Answer of model/classifier.py.
   * @param {string} text
   * @param {number} [k] how many labels are predicted
   * @returns {Reading & {part: Part, recognised: boolean, verdict: Verdict, ofNetwork: Verdict,
   *   predictions: Array<{label: string, probability: number, network: number}>, none: number | null,
   *   noneOfNetwork: number | null, facts: Facts}}
   * @throws {InputError}
   */
  answer(text, k) {
    return this.conclude(this.judge(this.readText(text)), k);
  }

  /**
   * A text, and what network and data have of it: Case of answering.py. `run` is what the network makes of it.
   * @param {Reading} reading
   * @param {object} [run]
   * @returns {Case}
   */
  judge(reading, run = this.runNetwork(reading.ids)) {
    const {part, facts} = this.partOf(reading.name);
    const isWhole = part.text === reading.name;
    const {joint: network} = run;
    const surname = isWhole ? network : this.runNetwork(this.takenApart(part.text).ids).joint;
    const belief = this.beliefOf(reading.name, facts, network, surname);
    const evidence = this.evidenceOn(reading, facts, belief, network, surname);
    const {doubt, given, isRead} = evidence;
    const isUsed = isRead && !NO_NAME.includes(doubt) && !given; // in the mix of its list
    const isDecided = hasData(facts) && ['label', 'none'].includes(decide(evidence).kind); // by the data
    return {reading, part, facts, network, surname, belief, evidence, isUsed, isDecided};
  }

  /** What the network makes of what it reads: its outputs, and `joint`, of labels and, at the end, of none. */
  runNetwork(ids) {
    const run = this.network.run(ids);
    return {...run, joint: jointOf(this.network, run.outputs, ids.length)};
  }

  /**
   * The answer to a case, as a text of a list where labels and none are so many times as frequent as
   * usual, if that is given.
   * @param {Case} judged
   * @param {number} [k]
   * @param {number[]} [ratios]
   */
  conclude(judged, k, ratios) {
    const {reading, part, facts, network, evidence, isDecided} = judged;
    const {labels, hasNone} = this;
    const count = this.countOf(k);
    const ofList = ratios && !isDecided ? this.movedEvidence(judged, ratios) : evidence;
    const verdict = decide(ofList);
    if (namesOf(verdict) !== namesOf(decide(evidence))) verdict.source = 'list';
    const {joint, order, isRead} = ofList;
    const isGiven = verdict.kind === 'given' && joint[order[0]] >= this.thresholds.leastSurname;
    return {
      ...reading,
      part,
      recognised: isRead,
      verdict,
      ofNetwork: decide({...evidenceOf(network, labels, this.thresholds), isRead}),
      predictions: order.slice(0, count).map((i) => {
        return {label: labels[i], probability: joint[i], network: network[i]};
      }),
      none: hasNone ? joint.at(-1) : null,
      noneOfNetwork: hasNone ? network.at(-1) : null,
      likelySet: this.sets ? this.setOf(network) : [],
      candidates: verdict.kind === 'unsure' ? candidatesOf(ofList) : [],
      family: isGiven ? labels[order[0]] : '',
      facts,
    };
  }

  /** The evidence on a case as a text of such a list. */
  movedEvidence({reading, facts, ...usual}, ratios) {
    const [network, surname] = [usual.network, usual.surname].map((joint) => moved(joint, ratios));
    const belief = this.beliefOf(reading.name, facts, network, surname);
    return this.evidenceOn(reading, facts, belief, network, surname);
  }

  /** What the verdict follows from, by the belief of network and data together: evidence_on of answering.py. */
  evidenceOn({text, units}, facts, belief, network, surname) {
    const unheard = ofWhole(surname, network, surname, this.belief);
    const [best, ...others] = [belief, network, unheard].map((all) => bestOf(all));
    return {
      ...evidenceOf(belief, this.labels, this.ofBoth),
      doubt: this.surnames ? doubtOf(text, this.surnames) : '',
      given: facts.isGiven ? facts.given : null,
      isRead: this.reader.recognises(units),
      source: others.includes(best) ? 'network' : 'data',
    };
  }

  /** The labels one of which a text has nine times in ten, most likely first; null is none. */
  setOf(all) {
    const order = descending(all);
    const likely = order.filter((i) => all[i] >= this.sets[i]);
    const inSet = likely.length ? likely : order.slice(0, 1);
    return inSet.map((i) => this.labels[i] ?? null);
  }

  /** What is believed of labels and none, by network and data: believed_of of answering.py. */
  beliefOf(name, {counts, unseen}, network, surname) {
    const belief = believed(surname, counts, !unseen, this.belief);
    const isMoved = !(Object.keys(counts).length && this.finder?.isInHan(name));
    const isFull = isMoved && network.some((probability, i) => probability !== surname[i]);
    return isFull ? ofWhole(belief, network, surname, this.belief) : belief;
  }

  countOf(k) {
    const n = this.labels.length;
    const count = k ?? Math.min(3, n);
    if (Number.isInteger(count) && count >= 1 && count <= n) return count;
    throw new InputError(`k must be a whole number from 1 to ${n}, not ${k}.`);
  }

  /**
   * What /predict returns; `romanised` is null where a letter is not Latin.
   * @param {string} text
   * @param {number} [k]
   * @returns {object} Reply of model/tabs/name.py
   * @throws {InputError}
   */
  predict(text, k) {
    return this.reply(this.answer(text, k));
  }

  /** @param {string} text @returns {Facts} what the data have of this very text */
  dataOn(text) {
    return this.lookUp.facts(this.reader.key(text), this.labels);
  }

  /** An answer as /predict returns it. */
  reply({
    text,
    name,
    verdict,
    ofNetwork,
    none,
    noneOfNetwork,
    predictions,
    part,
    facts,
    likelySet,
    candidates,
    family,
  }) {
    const {kind, labels} = verdict;
    const isEither = kind === 'either';
    const {known, unseen, bearers, mostly, peoples, given, isCounted} = facts;
    return {
      text,
      part: part.text === name ? '' : part.text,
      romanised: this.reader.inLatin(name),
      verdict: contractOf(verdict),
      network: contractOf(ofNetwork),
      unsure: isEither || kind === 'unsure',
      either: isEither ? labels : null,
      side: endOfSide(verdict, this.labels),
      candidates,
      family,
      none,
      none_of_network: noneOfNetwork,
      predictions,
      known,
      unseen: known ? unseen : null,
      bearers,
      mostly,
      peoples,
      given: isCounted ? given : [],
      set: likelySet,
      weights: this.sha256,
    };
  }

  // ------------------------------------------------------------------------------ an explanation

  /**
   * How probable the network's own answer is without each character or word of a text, or a label that is given:
   * Explanation of model/answers/explanation.py.
   * @param {string} text
   * @param {string} [of] the label
   * @returns {{text: string, label: string, probability: number, contributions: Array<[string, number]>,
   *   without: Array<number | null>, lengths: number[]}} `lengths`: how many ids each piece has
   * @throws {InputError} for a text that cannot be read, or that is longer than words.max_explained
   */
  explain(text, of) {
    const reading = this.readText(text);
    const run = this.runNetwork(reading.ids);
    return this.explanationOf(reading, run, this.conclude(this.judge(reading, run), 1), of);
  }

  /** The explanation of a text of which the network makes this `run`, by its answer. */
  explanationOf(reading, {joint}, answer, of) {
    const {text, name, ids} = reading;
    const problem = tooLong(text, this.words);
    if (problem) throw new InputError(problem);
    if (answer.verdict.kind === 'text') {
      return {
        text,
        label: inWords(answer.verdict),
        probability: 0,
        contributions: [],
        without: [],
        lengths: [],
      };
    }
    const {columns, label} = this.explained(answer, of);
    const probabilityIn = (all) => total(columns.map((i) => all.at(i)));
    const probability = probabilityIn(joint);
    const pieces = this.reader.pieces(name);
    const without = pieces.map(([, n], i) => {
      if (!n && this.words.units === 'words') return probability; // a gap stays
      const rest = pieces.filter((_, j) => j !== i).map(([other]) => other);
      const left = orProblem(() => this.readText(rest.join('')));
      return left.problem
        ? null
        : probabilityIn(String(left.ids) === String(ids) ? joint : this.runNetwork(left.ids).joint);
    });
    const contributions = pieces.map(([piece], i) => {
      const p = without[i];
      const [odds, oddsWithout] = [probability, p].map((one) => logOdds(one, this.mostSure));
      return [piece, p === null ? 0 : odds - oddsWithout];
    });
    const lengths = pieces.map(([, n]) => n);
    return {text, label, columns, probability, contributions, without, lengths};
  }

  /** The places of the probabilities that are explained, and what they are of: `explained` of answering.py. */
  explained({ofNetwork, family}, of) {
    const {labels} = this;
    if (of) return {columns: [labels.indexOf(of)], label: of};
    if (!family && ofNetwork.kind === 'none') return {columns: [-1], label: inWords(ofNetwork)};
    const label = family || ofNetwork.labels[0];
    const half = labels.length >> 1;
    const halves = this.words.on_a_scale ? [labels.slice(0, half), labels.slice(-half)] : [];
    const ofHalf = halves.find((some) => some.includes(label)) ?? [label];
    return {columns: ofHalf.map((one) => labels.indexOf(one)), label: ofHalf.join(' or ')};
  }

  // -------------------------------------------------------------------------- what the page draws

  /**
   * What the page shows of a text at a key; if what is below the stage is `opened`, its numbers, too.
   * @param {string} text
   * @param {boolean} [opened]
   * @returns {object} {problem} for a text that cannot be read
   */
  view(text, opened = false) {
    return orProblem(() => viewOf(text, opened, this));
  }

  /** Whether a piece of a text was read, and has only ids of what is not in the vocabulary. */
  isUnknown(piece) {
    const {reader} = this;
    const ids = reader.ids(reader.readUnits(piece));
    return ids.length > 0 && ids.every((id) => id === reader.unknown);
  }

  /** @param {string[]} texts @param {number} layer @returns {object} the states of the layer in each */
  states(texts, layer) {
    return statesOver(texts, layer, this);
  }
}
