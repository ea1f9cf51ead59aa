// A visitor's guess at what comes next. A field is an element of class guess with a box and an output; what came is
// set beside the guess until something else comes, and the box is empty for the next one.

/**
 * @param {Element} field
 * @param {string} came - what was guessed at, empty if nothing came
 */
function compareGuess(field, came) {
  const box = field.querySelector('select, [type=number]');
  const told = field.querySelector('output');
  const guess = box.value;
  told.textContent = '';
  if (!guess || !came) return;
  box.value = '';
  const isRight = guess === came;
  const truth = isRight ? 'right' : `it is ${came}`;
  told.textContent = `You guessed ${guess}: ${truth}.`;
}
