// Elements of the page. All text is set as text, never as HTML.

export const byId = (id) => document.getElementById(id);

/** Make an element with properties and children; a child that is no element is text. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** Fill a list of choices with pairs of a value and what is said for it. */
export function choices(select, pairs, chosen) {
  select.replaceChildren(...pairs.map(([value, said]) => element("option", { value }, said)));
  if (chosen !== undefined) select.value = chosen;
}

/** Fill a list with sentences. */
export function sentences(list, said) {
  list.replaceChildren(...said.map((each) => element("li", {}, each)));
  list.hidden = said.length === 0;
}

/** Show a sentence in a place, or hide the place if there is none. */
export function say(place, said) {
  place.textContent = said;
  place.hidden = !said;
}

/** A number with four digits. */
export const short = (value) => (value === null ? "none" : String(Number(value.toPrecision(4))));
