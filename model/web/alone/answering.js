// The Web Worker of the page without a server. It gets {id, method, given} and posts {id, result} or
// {id, problem}; of a list before that {id, done}, the number of texts that were answered.

import {TextClassifier} from '../engine/classifier.js';
import {orProblem} from '../engine/inputs.js';
import {nearestOf} from '../engine/surest.js';

const SLICE = 40; // milliseconds of long work, between which what else is asked is answered

let pausedAt = 0;
let typed = ''; // the text that was asked for last: a search of another one ends
let loading = null; // a Promise of the classifier
let cases = new Map(); // of the texts of the list that was judged last, for their answers
let lists = 0; // how many lists were asked for: the last one is read

const METHODS = {
  async load(bytes) {
    loading = TextClassifier.load(bytes);
    await loading;
    return {};
  },
  view({text, opened}, classifier) {
    typed = text;
    return classifier.view(text, opened);
  },
  nearest: ({text}, classifier) =>
    nearestOf(text, classifier, async () => {
      await otherRequests();
      if (text !== typed) throw Error('Another text is read.');
    }),
  states: ({texts, layer}, classifier) => classifier.states(texts, layer),
  judge: judgeAll,
  answers: answersTo,
};

/**
 * Judge the texts of a list, for `answers`.
 * @param {{texts: string[]}} given
 * @param {TextClassifier} classifier
 * @param {(done: number) => void} report
 * @returns {Promise<object[]>} for each text what mix.js reads of it, or {problem}
 */
async function judgeAll({texts}, classifier, report) {
  lists += 1;
  const list = lists;
  const found = new Map();
  for (const [i, text] of texts.entries()) {
    if (!found.has(text))
      found.set(
        text,
        orProblem(() => classifier.judge(classifier.readText(text))),
      );
    if (await otherRequests()) report(i + 1);
    if (list !== lists) throw Error('Another list is read.');
  }
  cases = found;
  return texts.map((text) => {
    const {belief, isUsed, isDecided, problem} = found.get(text);
    return {belief, isUsed, isDecided, problem};
  });
}

/** What answer.js draws, for each of the texts that were judged last. */
async function answersTo({texts, ratios}, classifier) {
  const answers = [];
  const found = cases;
  for (const text of texts) {
    const judged = found.get(text);
    if (judged.problem) answers.push(judged);
    else answers.push({reply: classifier.reply(classifier.conclude(judged, undefined, ratios))});
    await otherRequests();
  }
  return answers;
}

/** Has what was asked meanwhile answered, once a SLICE has passed; returns whether it has. */
async function otherRequests() {
  if (performance.now() - pausedAt < SLICE) return false;
  await new Promise((resume) => {
    setTimeout(resume);
  });
  pausedAt = performance.now();
  return true;
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
