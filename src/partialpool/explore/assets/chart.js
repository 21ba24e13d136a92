// The chart: a row for each group with its interval, its raw estimate and the way to its pooled one.
import { byId, element, short } from "./elements.js";

const COLOURS = ["ink", "grey", "group", "faint", "population", "ground", "line"];
const NAMED = 12; // marked groups that are named where others have no room
const NAMED_ROW = 8.5; // pixels of a row in which the chart writes a name
const place = byId("chart");
const tip = byId("tip");

let view = null;
let data = null;
let range = null; // the ends of the axis, which only grow, so that a slider moves the groups and not the axis
let picked = -1;
let fitting = ""; // the names and the width for which the chart has its size

/** Load the chart. */
export async function load() {
  const spec = await (await fetch("chart.json", { credentials: "omit" })).json();
  const options = { expr: vega.expressionInterpreter, renderer: "canvas", container: place, tooltip: () => {} };
  view = new vega.View(vega.parse(spec, null, { ast: true }), { ...options, hover: false });
  view.preventDefault(false);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    coloured();
    view.run();
  });
  coloured();
  new ResizeObserver(() => data && draw(data)).observe(place);
  place.addEventListener("pointermove", (event) => pick(pointed(event), event));
  place.addEventListener("pointerleave", () => pick(-1));
  place.addEventListener("keydown", pressed);
}

/** Forget the ends of the axis, since other groups come. */
export function forget() {
  range = null;
  picked = -1;
}

/** Draw the groups. */
export function draw(chart) {
  data = chart;
  range = grown(range, chart);
  const [low, high] = range;
  sized(chart);
  for (const name of ["measured", "transform", "centre"]) view.signal(name, chart[name]);
  view.signal("ticks", ticks(chart.transform, range));
  view.signal("first", 0).signal("last", chart.names.length).signal("low", low).signal("high", high);
  view.data("groups", chart.names.map((_, i) => datum(i)).filter((each) => each.median !== null));
  marked();
  view.run();
}

/** What is drawn, for tests and for those who look at the page's innards. */
export const drawn = () => view.data("groups").map((each) => ({ ...each }));

function datum(i, named = false) {
  const { names, raw, median, lower, upper } = data;
  return { name: names[i], row: i, raw: raw[i], median: median[i], lower: lower[i], upper: upper[i], named };
}

function grown(before, chart) {
  const known = [...chart.raw, ...chart.lower, ...chart.upper, chart.centre].filter((value) => value !== null);
  const sorted = Float64Array.from(known).sort();
  if (!sorted.length) return before ?? [0, 1];
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
  let [low, high] = [at(0), at(1)];
  const [first, last] = [at(0.02), at(0.98)];
  if (high - low > 4 * (last - first) && last > first && sorted.length > 60) {
    low = Math.max(low, first - (last - first)); // a few far ends must not crush all others
    high = Math.min(high, last + (last - first));
  }
  const margin = 0.02 * (high - low) || 0.05 * Math.abs(high) || 1;
  if (!before) return [low - margin, high + margin];
  return [low < before[0] ? low - margin : before[0], high > before[1] ? high + margin : before[1]];
}

// Round numbers on a transformed scale, and null where the usual ones of the axis will do.
function ticks(transform, [low, high]) {
  const decades = Array.from({ length: 25 }, (_, k) => 10 ** (k - 12));
  const ratios = (steps) => decades.flatMap((ten) => steps.map((step) => Math.log(step * ten)));
  const inside = (list) => list.filter((value) => value >= low && value <= high);
  const round = transform === "exp" ? [ratios([1, 2, 5]), ratios([1])] : [];
  return round.map(inside).find((list) => list.length >= 3 && list.length <= 9) ?? null;
}

function sized(chart) {
  const size = chart.names.length;
  const key = JSON.stringify([place.clientWidth, chart.names]);
  if (key === fitting) return;
  fitting = key;
  const pen = element("canvas").getContext("2d");
  pen.font = "bold 12px sans-serif";
  const widest = Math.max(...chart.names.map((name) => pen.measureText(name).width), 0);
  const wide = place.clientWidth;
  const height = Math.min(Math.max(90, size * (size <= 12 ? 30 : size <= 40 ? 16 : 9)), 720);
  const named = height / size >= NAMED_ROW; // else only a group that is marked has its name beside it
  const labels = Math.min(widest + 2, (named ? 0.3 : 0.16) * wide, 220);
  view.padding({ left: labels + 14, right: 26, top: 6, bottom: 52 }).signal("labels", labels);
  view.width(Math.max(60, wide - labels - 40)).height(height).resize();
}

function coloured() {
  const style = getComputedStyle(document.documentElement);
  COLOURS.forEach((name) => view.signal(name, style.getPropertyValue(`--${name}`).trim()));
}

function marked() {
  const some = [...new Set([...data.marked, ...(picked >= 0 ? [picked] : [])])];
  const list = some.map((i) => datum(i, some.length <= NAMED || i === picked));
  view.signal("quiet", data.marked.length > 0).data("marked", list.filter((each) => each.median !== null));
}

function pointed(event) {
  if (!data) return -1;
  const box = place.getBoundingClientRect();
  const row = Math.floor(((event.clientY - box.top - 6) / view.height()) * data.names.length);
  return row >= 0 && row < data.names.length ? row : -1;
}

function described(i) {
  const each = datum(i);
  const raw = each.raw === null ? "no data of its own" : `raw ${short(each.raw)}`;
  return `${each.name}: ${raw}, median ${short(each.median)}, interval ${short(each.lower)} to ${short(each.upper)}`;
}

function pick(i, event = null) {
  tip.hidden = i < 0 || !event;
  if (!tip.hidden) {
    tip.textContent = described(i).replace(": ", "\n").replaceAll(", ", "\n");
    const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
    tip.style.left = `${Math.max(8, Math.min(event.pageX + 16, room))}px`;
    tip.style.top = `${event.pageY + 16}px`;
  }
  if (i === picked) return;
  picked = i;
  marked();
  view.run();
}

function pressed(event) {
  if (!data || event.ctrlKey || event.metaKey || event.altKey) return;
  const last = data.names.length - 1;
  const to = { ArrowDown: picked + 1, ArrowUp: picked - 1, Home: 0, End: last, Escape: -1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  pick(event.key === "Escape" ? -1 : Math.min(last, Math.max(0, to)));
  byId("now").textContent = picked < 0 ? "" : described(picked);
}
