// The prior: one of those that have a name, one with a number that a slider moves, or one in words.
import { byId, choices, short } from "./elements.js";

const WORDS = "in words";
const STEPS = 240; // of the slider, from its lowest to its highest number in equal ratios
let offered = [];
let usual = ""; // the default
let words = "";

/** Take the name of the default, and call `changed` when the user has chosen or moved something. */
export function load(name, changed) {
  usual = name;
  byId("scale").max = STEPS;
  byId("prior").addEventListener("change", () => {
    words = text();
    chosen();
    changed();
  });
  byId("scale").addEventListener("input", () => {
    said();
    changed();
  });
  byId("words").addEventListener("change", changed);
}

/** Show the priors of a family; the one that is chosen stays if it is among them. */
export function show(list) {
  if (!list.length || JSON.stringify(list) === JSON.stringify(offered)) return;
  const before = byId("prior").value;
  offered = list;
  choices(byId("prior"), [...list.map((each) => [each.text, each.said]), [WORDS, "one in your own words"]]);
  const stays = before === WORDS || list.some((each) => each.text === before);
  byId("prior").value = stays ? before : list[0].text;
  chosen();
}

/** Forget the priors, since another family may come. */
export function forget() {
  offered = [];
  choices(byId("prior"), [[usual, `${usual} (the default)`]]);
  byId("scaled").hidden = byId("written").hidden = true;
}

/** The prior as text. */
export function text() {
  const name = byId("prior").value;
  if (name === WORDS) return byId("words").value || usual;
  const each = current();
  return each?.number ? name.replace("{}", short(number(each))) : name || usual;
}

const current = () => offered.find((each) => each.text === byId("prior").value);

function number({ low, high }) {
  const value = low * (high / low) ** (Number(byId("scale").value) / STEPS);
  return Number(value.toPrecision(2));
}

function chosen() {
  const each = current();
  byId("scaled").hidden = !each?.number;
  byId("written").hidden = byId("prior").value !== WORDS;
  if (byId("prior").value === WORDS && !byId("words").value) byId("words").value = words;
  if (!each?.number) return;
  byId("scale").value = Math.round((STEPS * Math.log(each.start / each.low)) / Math.log(each.high / each.low));
  byId("scale-name").textContent = `Its ${each.number}`;
  said();
}

function said() {
  const value = short(number(current()));
  byId("scale-said").textContent = value;
  byId("scale").setAttribute("aria-valuetext", value);
}
