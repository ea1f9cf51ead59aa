// The list of texts that one changed letter away have another label, in one scope with name.js.

const {each, esc, percent} = draw;

const textAfter = ([before, , added, after]) => before + added + after;

/** A change as a button that opens its text, with the letter marked. */
function changeButton(change) {
  const text = esc(textAfter(change));
  const [before, old, added, after] = change.map(esc);
  const letter = added ? `<ins>${added}</ins>` : `<del>${old}</del>`;
  return `<button
    class="copy"
    data-box="${box}"
    data-text="${text}">
    <bdi>${before}${letter}${after}</bdi></button>`;
}

function nearestText({label, probability, change}) {
  const name = esc(label);
  return `<li data-label="${name}">
    ${changeButton(change)}
    <span>
      <b>${name}</b>
      ${percent(probability)}</span></li>`;
}

/** The nearest texts, of each label one. */
function nearestTexts({text, nearest}) {
  const name = esc(text);
  if (!nearest.length) {
    return `<p>No change of one letter makes the network sure
      that <bdi>${name}</bdi> has another ${words.label}.</p>`;
  }
  return `<p>One letter from <bdi>${name}</bdi>, the network says:</p>
    <ol data-nearest="${name}">${each(nearest, nearestText)}</ol>`;
}
