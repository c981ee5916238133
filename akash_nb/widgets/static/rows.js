// Tables of thousands of rows: Python sends what has changed, and only rows near the scroll position are in the page.

// The rows of a RowsView in step with Python. `changed` is told when they are others.
const rowStore = (model, send, changed) => {
  let rows = new Map();
  let sections = [];
  let revision = -1;
  let asked = false;
  const takeAll = () => {
    const all = model.get("rows");
    rows = new Map((all.rows ?? []).map((row) => [row.id, row]));
    sections = all.sections ?? [];
    revision = all.revision ?? 0;
    asked = false;
  };
  const takeChange = () => {
    const change = model.get("change");
    if (!(change.revision > revision)) return;
    if (change.base !== revision) { // one has passed before this view was there
      if (!asked) send({ resend: true });
      asked = true;
      return;
    }
    for (const id of change.drop) rows.delete(id);
    for (const row of change.put) rows.set(row.id, row);
    ({ revision, sections } = change);
  };
  const onAll = () => { takeAll(); takeChange(); changed(); };
  const onChange = () => { takeChange(); changed(); };
  takeAll();
  takeChange();
  model.on("change:rows", onAll);
  model.on("change:change", onChange);
  return {
    get: (id) => rows.get(id),
    sections: () => sections,
    revision: () => revision,
    dispose: () => { model.off("change:rows", onAll); model.off("change:change", onChange); },
  };
};

// Run something once in the next frame, however often it is asked for before.
const onceAFrame = (work) => {
  let frame = null;
  const run = () => { frame = null; work(); };
  return { ask: () => { frame ??= requestAnimationFrame(run); }, dispose: () => cancelAnimationFrame(frame) };
};

// The longest of texts, by column: `longest(rows, (row) => row.cells)`, where a cell is no text with `textOf(cell)`.
const longest = (rows, cellsOf, textOf = (cell) => cell) => {
  const found = {};
  for (const row of rows) {
    const cells = cellsOf(row);
    for (const name in cells) {
      const text = textOf(cells[name]);
      if (!(found[name]?.length >= text.length)) found[name] = text;
    }
  }
  return found;
};

const SPARE = 8; // rows above and below what is in sight
const STOPS = "input, button, a";

// The body of a table in a frame that scrolls. `set(items)` shows them; each needs a `key`. Rows are made and updated
// by the caller and may be of any height. A row with the focus stays in the page wherever the frame is scrolled to.
// Args: `frame` scrolls, `grid` is the table, `body` its tbody, `stops(item)` whether arrow keys stop there,
// `widest(items)` an item with the longest text of each column: it makes a row that is not seen and keeps the columns
// as wide while other rows come into sight.
const windowed = ({ frame, grid, body, make, update, stops, widest }) => {
  let items = [];
  let places = new Map(); // key -> index
  let tops = [0]; // tops[i]: pixels above row i; one more for the end
  let heights = new Map();
  let usual = 30;
  let width = 0;
  let ruler = null;

  const heightOf = (item) => heights.get(item.key) ?? usual;
  const layout = () => {
    tops = [0];
    for (const item of items) tops.push(tops[tops.length - 1] + heightOf(item));
  };
  // The first row whose end is below that height.
  const rowAt = (top) => {
    let [low, high] = [0, items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (tops[middle + 1] > top) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const headHeight = () => grid.tHead?.offsetHeight ?? 0;
  const roomBelow = () => (frame.clientHeight || 420) - headHeight();
  const focused = () => {
    const row = body.contains(document.activeElement) ? document.activeElement.closest("tr") : null;
    return row?.dataset.key;
  };
  const makeGap = () => h("tr", { class: "aknb-gap", "aria-hidden": "true" }, h("td", { colspan: 99 }));
  const linesOf = (from, to, kept) => {
    const shown = [];
    for (let i = from; i < to; i++) shown.push(i);
    if (kept !== undefined && kept < from) shown.unshift(kept);
    if (kept !== undefined && kept >= to) shown.push(kept);
    const lines = [];
    let [at, gaps] = [0, 0];
    for (const i of [...shown, items.length]) {
      if (i > at) lines.push({ key: `gap ${gaps++}`, height: tops[i] - tops[at] });
      if (i < items.length) lines.push({ key: items[i].key, i });
      at = i + 1;
    }
    return lines;
  };
  const set = (node, { i, height }) => {
    if (i === undefined) { node.firstChild.style.height = `${height}px`; return; }
    setAttr(node, "aria-rowindex", i + 2); // the head is the first
    update(node, items[i]);
  };
  // Take over how high the rows are; true where that was not known.
  const measure = () => {
    let differs = false;
    const fresh = heights.size === 0;
    for (const node of body.children) {
      const item = items[places.get(node.dataset.key)];
      const height = item && node.getBoundingClientRect().height;
      if (!height) continue;
      if (heightOf(item) !== height) differs = true;
      heights.set(item.key, height);
    }
    if (fresh && heights.size) usual = [...heights.values()].sort((a, b) => a - b)[heights.size >> 1];
    return differs;
  };
  const draw = (top) => {
    const key = focused();
    const from = Math.max(0, rowAt(top) - SPARE);
    const to = Math.min(items.length, rowAt(top + roomBelow()) + 1 + SPARE);
    keyed(body, linesOf(from, to, places.get(key)), (line) => line.key, (line) => (line.i === undefined ? makeGap() : make(items[line.i])), set);
    if (key !== undefined && focused() === undefined) frame.focus({ preventScroll: true }); // its row is gone
  };
  // What is read of the page is read before what is written: each reading of what was written costs a layout.
  const paint = (top = frame.scrollTop, { areOthers = false } = {}) => {
    if (frame.clientWidth !== width) { // other lines may wrap
      width = frame.clientWidth;
      heights = new Map();
    }
    draw(top);
    if (areOthers) measureColumns();
    const first = rowAt(top);
    const before = tops[first];
    if (measure()) {
      layout();
      draw((top = top > 0 ? top + tops[first] - before : top));
    }
    if (frame.scrollTop !== top) frame.scrollTop = top;
  };
  // How far what is in sight moves with other items: most of it by the same way, single rows elsewhere.
  const drift = (next) => {
    const shifts = [];
    for (let i = rowAt(frame.scrollTop); i < items.length && tops[i] < frame.scrollTop + roomBelow(); i++) {
      const now = next.get(items[i].key);
      if (now !== undefined) shifts.push([items[i].key, tops[i]]);
    }
    return () => {
      const moved = shifts.map(([key, top]) => tops[places.get(key)] - top).sort((a, b) => a - b);
      return moved.length ? moved[moved.length >> 1] : 0;
    };
  };

  const measureColumns = () => {
    const item = items.length ? widest(items) : null;
    if (!item) return;
    if (!ruler) {
      ruler = make(item);
      ruler.classList.add("aknb-ruler");
      setAttr(ruler, "aria-hidden", "true");
      grid.tHead.append(ruler);
    }
    update(ruler, item);
    for (const control of ruler.querySelectorAll(STOPS)) {
      control.disabled = true;
      setAttr(control, "aria-label", null);
    }
  };

  const show = (next, { fromTop = false } = {}) => {
    if (next === items && !fromTop) return paint();
    const nextPlaces = new Map(next.map((item, i) => [item.key, i]));
    const top = frame.scrollTop;
    const driftOf = drift(nextPlaces);
    [items, places] = [next, nextPlaces];
    layout();
    setAttr(grid, "aria-rowcount", items.length + 1);
    return paint(fromTop ? 0 : top > 0 ? Math.max(0, top + driftOf()) : 0, { areOthers: true });
  };
  // Scroll so that a row is in sight; its node.
  const reveal = (key) => {
    const i = places.get(key);
    if (i === undefined) return null;
    const top = frame.scrollTop;
    paint(Math.max(Math.min(top, tops[i]), tops[i + 1] - roomBelow()));
    return body.querySelector(`tr[data-key="${CSS.escape(key)}"]`);
  };
  const pageOf = (i) => Math.max(1, rowAt(tops[i] + roomBelow()) - i - 1);
  const goals = {
    ArrowDown: (i) => [i + 1, 1], ArrowUp: (i) => [i - 1, -1],
    PageDown: (i) => [Math.min(items.length - 1, i + pageOf(i)), 1], PageUp: (i) => [Math.max(0, i - pageOf(i)), -1],
    Home: () => [0, 1], End: () => [items.length - 1, -1],
  };
  // Focus the control of a column in the first row from `i` on that is a stop.
  const go = (i, step, column) => {
    while (i >= 0 && i < items.length && !stops(items[i])) i += step;
    if (i >= 0 && i < items.length) reveal(items[i].key).querySelectorAll(STOPS)[column]?.focus({ preventScroll: true });
  };
  const onKey = (event) => {
    const key = focused();
    if (!(event.key in goals) || key === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const column = [...event.target.closest("tr").querySelectorAll(STOPS)].indexOf(event.target);
    go(...goals[event.key](places.get(key)), column);
  };
  // From the frame into its rows, past all that the head has.
  const enter = (event) => {
    if (event.target !== frame || event.key !== "ArrowDown" || !items.some(stops)) return;
    event.preventDefault();
    go(rowAt(frame.scrollTop), 1, 0);
  };
  const scrolled = onceAFrame(() => paint());
  const observer = new ResizeObserver(scrolled.ask);
  observer.observe(frame);
  frame.addEventListener("scroll", scrolled.ask, { passive: true });
  body.addEventListener("keydown", onKey);
  frame.addEventListener("keydown", enter);
  return {
    show,
    reveal,
    repaint: () => paint(),
    remake: () => { // the columns are others
      body.replaceChildren();
      ruler?.remove();
      ruler = null;
      heights = new Map();
    },
    dispose: () => { observer.disconnect(); scrolled.dispose(); },
  };
};
