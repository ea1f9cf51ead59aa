// A visitor's guess at what comes next. A field is an element of class guess with a box and an output; what came is
// set beside the guess once, and the box is empty for the next one.

/**
 * @param {Element} field
 * @param {string} came - what was guessed at
 */
function compareGuess(field, came) {
  const box = field.querySelector('select, [type=number]');
  const guess = box.value;
  if (!guess) return;
  box.value = '';
  const isRight = guess === came;
  const truth = isRight ? 'right' : `it is ${came}`;
  field.querySelector('output').textContent = `You guessed ${guess}: ${truth}.`;
}
