import {TextClassifier} from './classifier.js';
import {InputError} from './inputs.js';
import {bytesOf} from './packed.js';

/**
 * The classifier of the page beside this module, for Node; elsewhere give the bytes to
 * TextClassifier.load.
 * @param {URL} page
 * @returns {Promise<TextClassifier>}
 */
async function load(page = new URL('index.html', import.meta.url)) {
  const files = 'node:fs/promises'; // which bundlers for browsers need not find
  const {readFile} = await import(/* webpackIgnore: true */ files);
  const [, model] = /id="model">([^<]*)/.exec(await readFile(page, 'utf8'));
  return TextClassifier.load(bytesOf(model));
}

export {InputError, load, TextClassifier};
