// The list of texts that one changed letter away have another label, in one scope with name.js.

const {each, esc, percent} = draw;

const textAfter = ([before, , added, after]) => before + added + after;

/** A change as a button that opens its text, with the letter marked. */
function changeButton(change) {
  const [before, old, added, after] = change;
  const letter = added ? `<ins>${esc(added)}</ins>` : `<del>${esc(old)}</del>`;
  const text = esc(textAfter(change));
  return `<button
    class="copy"
    data-box="${box}"
    data-text="${text}"><bdi>${esc(before)}${letter}${esc(after)}</bdi></button>`;
}

/** The nearest texts, of each label one. */
function nearestTexts({text, nearest}) {
  const of = `<bdi>${esc(text)}</bdi>`;
  if (!nearest.length) {
    return `<p>No change of one letter makes the network sure
      that ${of} has another ${words.label}.</p>`;
  }
  const items = each(nearest, ({label, probability, change}) => {
    return `<li data-label="${esc(label)}">
      ${changeButton(change)}
      <span><b>${esc(label)}</b> ${percent(probability)}</span></li>`;
  });
  return `<p>One letter from ${of}, the network says:</p>
    <ol data-nearest="${esc(text)}">${items}</ol>`;
}
