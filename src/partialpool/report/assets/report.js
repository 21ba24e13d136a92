"use strict";
// The charts and the table of groups of a report. All text is set as text, never as HTML, and nothing is evaluated.
(() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("page-data").textContent);
  const size = data.names.length;
  const columns = data.columns;
  const COLOURS = ["ink", "grey", "group", "faint", "population", "ground", "line"];
  const PAGE = 50; // rows of the table on the screen
  const PRINTED = 200; // rows of the table on paper
  const TALLEST = { screen: 900, paper: 640 }; // pixels of the forest
  const MANY = 400; // matches of a search that are marked in a chart
  const LIVELY = 2000; // groups up to which pointing at one also marks it
  const NAMED = 12; // matches that are named beside their marks

  const column = (name) => columns.find((each) => each.name === name);
  const values = (name) => column(name).values;
  const cell = (each, i) => (each.texts ? each.texts[i] : each.values[i] ?? "");
  const known = (list) => list.filter((value) => value !== null);
  const [raw, median, lower, upper, weight] = ["raw", "median", "lower", "upper", "weight"].map(values);
  const pooled = values(data.pooled);
  const indices = Array.from({ length: size }, (_, i) => i);
  const labels = columns.filter((each) => each.label);
  const names = new Intl.Collator(undefined, { numeric: true });
  const searched = indices.map((i) => labels.map((each) => `${each.values[i] ?? ""} ${cell(each, i)}`).join(" ").toLowerCase());

  // What is marked: the groups that match the search (null without one), the picked one and the one pointed at.
  const state = { matches: null, picked: -1, hovered: -1, sort: -1, down: false, start: 0, rows: PAGE, printing: false };

  // --- words ---------------------------------------------------------------------------------------------------

  function interval(name) {
    const ends = name === "median" ? ["lower", "upper"] : [`${name} lower`, `${name} upper`];
    const found = ends.map(column);
    return found.every(Boolean) ? found : null;
  }

  function described(i) {
    const skipped = new Set(columns.flatMap((each) => interval(each.name) ?? []));
    const shown = columns.filter((each) => !each.label && !skipped.has(each) && cell(each, i) !== "");
    return shown.map((each) => {
      const ends = interval(each.name);
      const beside = ends ? ` (${data.level} interval ${cell(ends[0], i)} to ${cell(ends[1], i)})` : "";
      return `${each.name} ${cell(each, i)}${beside}`;
    });
  }

  function say() {
    const count = (n) => n.toLocaleString("en");
    const noun = size === 1 ? "group" : "groups";
    const found = state.matches;
    const all = found ? `${count(found.length)} of ${count(size)} ${noun} match` : `${count(size)} ${noun}`;
    const picked = state.picked < 0 ? "" : `${data.names[state.picked]}: ${described(state.picked).join(", ")}`;
    byId("said").textContent = byId("said").title = picked || all;
  }

  // --- charts --------------------------------------------------------------------------------------------------

  function span(list) {
    const sorted = Float64Array.from(known(list)).sort();
    if (!sorted.length) return [0, 1];
    const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
    let [low, high] = [at(0), at(1)];
    const [first, last] = [at(0.02), at(0.98)];
    if (sorted.length >= 20 && high - low > 4 * (last - first) && last > first) {
      low = Math.max(low, first - (last - first)); // a few far ends must not crush all others
      high = Math.min(high, last + (last - first));
    }
    const margin = 0.03 * (high - low) || 0.05 * Math.abs(high) || 1;
    return [low - margin, high + margin];
  }

  const whole = { forest: [0, size], shrinkage: span([...raw, ...pooled, data.centre]) };
  const forestSpan = span([...lower, ...upper, ...raw, data.centre, ...(size < 20 && data.band ? data.band : [])]);
  const shown = { forest: [...whole.forest], shrinkage: [...whole.shrinkage] };
  let order = indices; // row of the forest -> group
  let row = []; // group -> row of the forest

  // Round numbers on a transformed scale, and null where the usual ones of the axis will do.
  function ticks([low, high]) {
    const decades = Array.from({ length: 25 }, (_, k) => 10 ** (k - 12));
    const round = {
      exp: [[1, 2, 5], [1]].map((steps) => decades.flatMap((ten) => steps.map((step) => Math.log(step * ten)))),
      tanh: [[-0.95, -0.9, -0.8, -0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95].map(Math.atanh)],
      expit: [[0.001, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.99, 0.999].map((p) => Math.log(p / (1 - p)))],
    };
    const inside = (list) => list.filter((value) => value >= low && value <= high);
    return (round[data.transform] ?? []).map(inside).find((list) => list.length >= 3 && list.length <= 9) ?? null;
  }

  function sorted(by) {
    const list = { median, raw, weight }[by];
    if (list) return [...indices].sort((a, b) => (list[b] ?? -Infinity) - (list[a] ?? -Infinity) || a - b);
    return by === "name" ? [...indices].sort((a, b) => names.compare(data.names[a], data.names[b])) : indices;
  }

  function made(name) {
    const spec = JSON.parse(byId(`chart-${name}`).textContent);
    const options = { expr: vega.expressionInterpreter, renderer: "canvas", container: byId(name), tooltip: () => {} };
    const view = new vega.View(vega.parse(spec, null, { ast: true }), { ...options, hover: false });
    for (const key of ["measured", "transform", "centre"]) view.signal(key, data[key]);
    view.preventDefault(false);
    return view;
  }

  const views = { forest: made("forest"), shrinkage: made("shrinkage") };
  views.shrinkage.signal("pooled", data.pooled).signal("crowd", Math.min(1, 40 / size));
  if (data.band) views.forest.signal("bandLow", data.band[0]).signal("bandHigh", data.band[1]);
  const run = () => Object.values(views).forEach((view) => view.run());

  function sized() {
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = "bold 12px sans-serif";
    const widest = Math.max(...indices.slice(0, 2000).map((i) => pen.measureText(data.names[i]).width));
    const wide = state.printing ? 640 : byId("forest").clientWidth;
    const labels = Math.min(widest + 2, 0.3 * wide, 220);
    const height = Math.min(state.printing ? TALLEST.paper : TALLEST.screen, Math.max(90, size * (size <= 12 ? 30 : 16)));
    views.forest.padding({ left: labels + 14, right: 14, top: 6, bottom: 52 }).signal("labels", labels);
    views.forest.width(Math.max(60, wide - labels - 28)).height(height).resize();
    views.shrinkage.padding({ left: 74, right: 6, top: 8, bottom: 34 });
    views.shrinkage.width(Math.max(60, Math.min(wide, 800) - 80)).height(wide < 500 ? 380 : 460).resize();
  }

  function coloured() {
    const style = getComputedStyle(document.documentElement);
    for (const view of Object.values(views)) {
      COLOURS.forEach((name) => view.signal(name, style.getPropertyValue(`--${name}`).trim()));
    }
  }

  const datum = (i, named = false) => ({
    name: data.names[i], row: row[i], raw: raw[i], lower: lower[i], median: median[i], upper: upper[i],
    pooled: pooled[i], weight: weight[i] ?? 0, named,
  });
  const complete = (list, ...keys) => list.filter((each) => keys.every((key) => each[key] !== null));

  function filled() {
    order = sorted(byId("order").value);
    row = new Array(size);
    order.forEach((i, at) => (row[i] = at));
    const all = indices.map((i) => datum(i));
    views.forest.data("groups", complete(all, "median"));
    views.shrinkage.data("groups", complete(all, "raw", "pooled"));
  }

  function zoomed() {
    views.forest.signal("first", shown.forest[0]).signal("last", shown.forest[1]);
    views.forest.signal("low", forestSpan[0]).signal("high", forestSpan[1]).signal("ticks", ticks(forestSpan));
    views.shrinkage.signal("low", shown.shrinkage[0]).signal("high", shown.shrinkage[1]);
    views.shrinkage.signal("ticks", ticks(shown.shrinkage));
    for (const name of Object.keys(views)) {
      const all = shown[name].every((end, k) => end === whole[name][k]);
      byId(name).toggleAttribute("data-zoomed", !all);
    }
  }

  function marked() {
    const found = state.matches && state.matches.length <= MANY ? state.matches : [];
    const alone = [state.picked, state.hovered].filter((i) => i >= 0);
    const some = [...new Set([...found, ...alone])];
    const list = some.map((i) => datum(i, found.length <= NAMED || alone.includes(i)));
    const quiet = some.length > 0 && (found.length > 0 || state.picked >= 0);
    views.forest.signal("quiet", quiet).data("marked", complete(list, "median"));
    views.shrinkage.signal("quiet", quiet).data("marked", complete(list, "raw", "pooled"));
  }

  function zoom(name, factor, at) {
    const [low, high] = shown[name];
    const [first, last] = whole[name];
    const about = at ?? (low + high) / 2;
    const least = name === "forest" ? Math.min(4, size) : (last - first) / 1000;
    const long = Math.min(last - first, Math.max(least, (high - low) * factor));
    move(name, about - ((about - low) / (high - low)) * long, long);
  }

  function move(name, low, long) {
    const [first, last] = whole[name];
    const start = Math.min(Math.max(low, first), last - long);
    shown[name] = long >= last - first ? [first, last] : [start, start + long];
    zoomed();
    views[name].run();
  }

  // --- pointing and picking ------------------------------------------------------------------------------------

  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);

  function inside(name, event) {
    const box = byId(name).getBoundingClientRect();
    const [left, top] = views[name].origin();
    return [event.clientX - box.left - left, event.clientY - box.top - top];
  }

  function along(name, y) {
    const share = y / views[name].height();
    const [low, high] = shown[name];
    return name === "forest" ? low + share * (high - low) : high - share * (high - low);
  }

  function nearest(name, event) {
    const [x, y] = inside(name, event);
    if (y < -4 || y > views[name].height() + 4) return -1;
    if (name === "forest") return order[Math.floor(along(name, y))] ?? -1;
    const [left, right] = ["left", "right"].map((end) => views.shrinkage.signal(end));
    const share = Math.min(1, Math.max(0, (x - left) / (right - left)));
    const level = along(name, y);
    let [best, least] = [-1, Infinity];
    for (const i of indices) {
      if (raw[i] === null || pooled[i] === null) continue;
      const away = Math.abs(raw[i] + share * (pooled[i] - raw[i]) - level);
      if (away < least) [best, least] = [i, away];
    }
    return best;
  }

  function hover(i, event) {
    tip.hidden = i < 0;
    if (i >= 0) {
      tip.textContent = [data.names[i], ...described(i)].join("\n");
      const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
      tip.style.left = `${Math.max(8, Math.min(event.pageX + 16, room))}px`;
      tip.style.top = `${event.pageY + 16}px`;
    }
    if (i === state.hovered || size > LIVELY) return;
    state.hovered = i;
    marked();
    run();
  }

  function pick(i) {
    state.picked = i;
    const [first, last] = shown.forest;
    if (i >= 0 && (row[i] < first || row[i] >= last)) move("forest", row[i] - (last - first) / 2, last - first);
    if (i >= 0) {
      const at = listed().indexOf(i);
      if (at >= 0) state.start = PAGE * Math.floor(at / PAGE);
    }
    marked();
    run();
    table();
    say();
  }

  function step(by) {
    const list = state.matches ? order.filter((i) => state.matches.includes(i)) : order;
    if (!list.length) return;
    const at = list.indexOf(state.picked);
    const next = by === "first" ? 0 : by === "last" ? list.length - 1 : at < 0 ? 0 : at + by;
    pick(list[Math.min(list.length - 1, Math.max(0, next))]);
  }

  function pointed(name) {
    const place = byId(name);
    let drag = null;
    let due = 0;
    place.addEventListener("pointermove", (event) => {
      if (drag) {
        const moved = event.clientY - drag.y;
        if (!drag.moved && Math.abs(moved) < 5) return;
        drag.moved = true;
        const [low, high] = drag.shown;
        const by = (moved / views[name].height()) * (high - low);
        move(name, low + (name === "forest" ? -by : by), high - low);
        return;
      }
      cancelAnimationFrame(due);
      due = requestAnimationFrame(() => hover(nearest(name, event), event));
    });
    place.addEventListener("pointerleave", () => {
      cancelAnimationFrame(due);
      if (!drag) hover(-1);
    });
    place.addEventListener("pointerdown", (event) => {
      drag = { y: event.clientY, shown: [...shown[name]], moved: false };
      if (event.pointerType === "mouse") place.setPointerCapture(event.pointerId);
    });
    place.addEventListener("pointerup", (event) => {
      const i = nearest(name, event);
      if (drag && !drag.moved) {
        pick(i === state.picked ? -1 : i);
        hover(state.picked, event);
      }
      drag = null;
    });
    place.addEventListener("pointercancel", () => (drag = null));
    place.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(name, event.deltaY > 0 ? 1.25 : 0.8, along(name, inside(name, event)[1]));
    }, { passive: false });
    place.addEventListener("keydown", (event) => {
      const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: "first", End: "last" };
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key in steps) step(steps[event.key]);
      else if (event.key === "+" || event.key === "=") zoom(name, 0.5);
      else if (event.key === "-") zoom(name, 2);
      else if (event.key === "Escape") pick(-1);
      else return;
      event.preventDefault();
    });
  }

  // --- table ---------------------------------------------------------------------------------------------------

  let inOrder = indices;

  function arranged() {
    const by = columns[state.sort];
    if (!by) return indices;
    const list = by.values;
    const numeric = list.every((value) => value === null || typeof value === "number");
    const before = numeric ? (a, b) => a - b : (a, b) => names.compare(String(a), String(b));
    const gone = (i) => list[i] === null || list[i] === "";
    const sign = state.down ? -1 : 1;
    return [...indices].sort((a, b) => gone(a) - gone(b) || (gone(a) ? 0 : sign * before(list[a], list[b])) || a - b);
  }

  function listed() {
    if (!state.matches) return inOrder;
    const found = new Set(state.matches);
    return inOrder.filter((i) => found.has(i));
  }

  function line(i) {
    const made = document.createElement("tr");
    made.classList.toggle("marked", i === state.picked);
    columns.forEach((each, place) => {
      const part = document.createElement(place ? "td" : "th");
      if (each.number) part.className = "number";
      if (place) {
        part.textContent = cell(each, i);
      } else {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = cell(each, i) || "(no name)";
        button.dataset.group = i;
        button.setAttribute("aria-pressed", String(i === state.picked));
        part.scope = "row";
        part.append(button);
      }
      made.append(part);
    });
    return made;
  }

  function table() {
    const list = listed();
    const focused = document.activeElement?.dataset?.group;
    state.start = Math.min(state.start, Math.max(0, PAGE * Math.floor((list.length - 1) / PAGE)));
    const part = list.slice(state.start, state.start + state.rows);
    byId("table").tBodies[0].replaceChildren(...part.map(line));
    if (focused !== undefined) byId("table").querySelector(`button[data-group="${focused}"]`)?.focus();
    const count = list.length.toLocaleString("en");
    byId("page").textContent = part.length ? `${state.start + 1} to ${state.start + part.length} of ${count}` : "none";
    byId("back").disabled = state.start === 0;
    byId("next").disabled = state.start + part.length >= list.length;
    byId("csv").textContent = state.matches ? `Download ${count} as CSV` : "Download as CSV";
    const left = list.length - part.length;
    byId("printed").textContent = left ? `${part.length} of ${count} groups are printed; the page has all.` : "";
    document.querySelectorAll("#table thead th").forEach((head, place) => {
      head.setAttribute("aria-sort", place !== state.sort ? "none" : state.down ? "descending" : "ascending");
    });
  }

  function csvCell(value) {
    if (value === null) return "";
    if (typeof value !== "string") return String(value);
    const text = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value; // a spreadsheet would run it
    const quoted = text === "" || text !== text.trim() || /[,;"\n\r\t]/.test(text);
    return quoted ? `"${text.replaceAll('"', '""')}"` : text;
  }

  function csv() {
    const head = columns.map((each) => csvCell(each.name)).join(",");
    const body = listed().map((i) => columns.map((each) => csvCell(each.values[i])).join(","));
    return [head, ...body].join("\n") + "\n";
  }

  function download() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([csv()], { type: "text/csv;charset=utf-8" }));
    link.download = "groups.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  // --- events --------------------------------------------------------------------------------------------------

  function search() {
    const wanted = byId("find").value.trim().toLowerCase();
    state.matches = wanted ? indices.filter((i) => searched[i].includes(wanted)) : null;
    state.start = 0;
    marked();
    run();
    table();
    say();
  }

  function printing(on) {
    state.printing = on;
    state.rows = on ? PRINTED : PAGE;
    document.documentElement.toggleAttribute("data-printing", on);
    sized();
    coloured();
    run();
    table();
  }

  function all() {
    sized();
    coloured();
    filled();
    zoomed();
    marked();
    run();
    table();
    say();
  }

  Object.keys(views).forEach(pointed);
  byId("find").addEventListener("input", search);
  byId("order").addEventListener("change", () => {
    filled();
    marked();
    run();
  });
  document.querySelectorAll(".zoom button").forEach((button) => {
    const name = button.dataset.chart;
    const factor = { in: 0.5, out: 2, all: Infinity }[button.dataset.do];
    button.addEventListener("click", () => zoom(name, factor));
  });
  byId("table").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const at = button?.dataset.column;
    if (at !== undefined) {
      const number = columns[at].number && !columns[at].label;
      state.down = state.sort === Number(at) ? !state.down : number;
      state.sort = Number(at);
      state.start = 0;
      inOrder = arranged();
      table();
    } else {
      const group = event.target.closest("tbody tr")?.querySelector("button")?.dataset.group;
      if (group !== undefined) pick(Number(group) === state.picked ? -1 : Number(group));
    }
  });
  const turn = (by) => () => {
    state.start += by * PAGE;
    table();
  };
  byId("back").addEventListener("click", turn(-1));
  byId("next").addEventListener("click", turn(1));
  byId("csv").addEventListener("click", download);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    coloured();
    run();
  });
  addEventListener("beforeprint", () => printing(true));
  addEventListener("afterprint", () => printing(false));
  let width = byId("forest").clientWidth;
  new ResizeObserver(() => {
    if (state.printing || byId("forest").clientWidth === width) return;
    width = byId("forest").clientWidth;
    sized();
    run();
  }).observe(byId("forest"));
  all();
  document.documentElement.dataset.ready = "";
})();
