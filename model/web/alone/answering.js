// The Web Worker of the page without a server. It gets {id, method, given} and posts {id, result} or
// {id, problem}; of a list before that {id, done}, the number of texts that were answered.

import {TextClassifier} from '../engine/classifier.js';
import {orProblem} from '../engine/inputs.js';
import {nearestOf} from '../engine/surest.js';

const CHUNK = 50; // texts of a list; what else is asked is answered between two chunks

let loading = null; // a Promise of the classifier
let judged = new Map(); // what the texts of that list are, for their answers
let lists = 0; // how many lists were asked for: the last one is read

const METHODS = {
  async load(bytes) {
    loading = TextClassifier.load(bytes);
    await loading;
    return {};
  },
  view: ({text, opened}, classifier) => classifier.view(text, opened),
  nearest: ({text}, classifier) => nearestOf(text, classifier),
  states: ({texts, layer}, classifier) => classifier.states(texts, layer),
  judged: judgedOf,
  answers: answersTo,
};

/**
 * Judge the texts of a list, for `answers`.
 * @param {{texts: string[]}} given
 * @param {TextClassifier} classifier
 * @param {(done: number) => void} report
 * @returns {Promise<object[]>} for each text what mix.js reads of it, or {problem}
 */
async function judgedOf({texts}, classifier, report) {
  lists += 1;
  const list = lists;
  const found = new Map();
  for (const [i, text] of texts.entries()) {
    if (!found.has(text))
      found.set(
        text,
        orProblem(() => classifier.judged(classifier.read(text))),
      );
    if (i % CHUNK) continue;
    report(i + 1);
    await otherRequests();
    if (list !== lists) throw Error('Another list is read.');
  }
  judged = found;
  return texts.map((text) => {
    const {belief, isUsed, isDecided, problem} = found.get(text);
    return {belief, isUsed, isDecided, problem};
  });
}

/** What answer.js draws, for each of the texts that were judged last. */
function answersTo({texts, ratios}, classifier) {
  return texts.map((text) => {
    const part = judged.get(text);
    if (part.problem) return part;
    return {reply: classifier.reply(classifier.conclude(part, undefined, ratios))};
  });
}

function otherRequests() {
  return new Promise((resume) => {
    setTimeout(resume);
  });
}

globalThis.onmessage = async ({data: {id, method, given}}) => {
  const report = (done) => postMessage({id, done});
  try {
    const result = await METHODS[method](given, await loading, report);
    postMessage({id, result});
  } catch (error) {
    postMessage({id, problem: error.message});
  }
};
