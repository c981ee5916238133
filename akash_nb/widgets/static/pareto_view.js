// The bids as points. Drawn in pixels of the page, redrawn when the room changes; a point is one node for its life.

const s = (tag, props = {}, ...children) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(props)) setAttr(node, name, value);
  node.append(...children);
  return node;
};

// A shape for each group, about as large as a circle of that radius; and what a bid that is gone looks like.
const SHAPES = [
  (r) => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`,
  (r) => ((d) => `M${-d} ${-d}H${d}V${d}H${-d}z`)(r * 0.88),
  (r) => ((d) => `M0 ${-d}L${d} 0L0 ${d}L${-d} 0z`)(r * 1.25),
  (r) => ((d) => `M0 ${-d}L${d} ${d * 0.8}H${-d}z`)(r * 1.15),
];
const CROSS = "M-3.5 -3.5L3.5 3.5M-3.5 3.5L3.5 -3.5";
const RADIUS = { quiet: 5, crowd: 3, front: 7, halo: 12 };
const MOST_ALONE = 500; // more points are a crowd, each of them smaller
const REACH = 26; // pixels from the pointer to the point that it means
const MOST_MOVING = 300; // more points jump to their new places
const EDGE = { top: 12, right: 16, bottom: 26, inner: 12 };
const isGone = (point) => point.state === "lost" || point.state === "closed";

const plot = ({ model, root, send }) => {
  let view = { points: [], groups: [], fronts: [], x: { ticks: [] }, y: { ticks: [] } };
  let points = []; // those of the groups that are shown, in the order of price
  let places = new Map(); // key -> [left, top]
  let only = "";
  let stop = null; // the key of the point that Tab reaches
  let near = null; // the key of the point that is meant right now
  let size = { width: 0, height: 0 };
  let box = null; // what holds the table, too

  const mock = mockBadge();
  const title = h("h3");
  const group = h("select", { class: "aknb-field", "aria-label": "Group", onchange: () => { only = group.value; update(view); } });
  const error = errorArea(send);
  const axis = (name, words) => {
    const select = h("select", { class: "aknb-field", "aria-label": words, onchange: () => send({ axis: name, column: select.value }) });
    const hint = h("span", { class: "aknb-faint" });
    return { select, hint, node: h("div", { class: `aknb-axis aknb-axis-${name}` }, select, hint) };
  };
  const [across, up] = [axis("x", "Column across"), axis("y", "Column up")];
  const grid = s("path", { class: "aknb-grid" });
  const ticks = s("g", { class: "aknb-ticks", "aria-hidden": "true" });
  const lines = s("g", { class: "aknb-fronts" });
  const halos = s("g", { class: "aknb-halos", "aria-hidden": "true" });
  const marks = s("g", { class: "aknb-marks" });
  const glow = s("circle", { class: "aknb-glow", r: RADIUS.halo + 2, visibility: "hidden" });
  const svg = s("svg", { role: "group" }, grid, ticks, lines, glow, halos, marks);
  const card = h("div", { class: "aknb-card", "aria-hidden": "true", hidden: true });
  const canvas = h("div", { class: "aknb-canvas" }, svg, card);
  const empty = h("p", { class: "aknb-empty" });
  const leftOut = h("p", { class: "aknb-faint" });
  const legend = h("p", { class: "aknb-legend aknb-faint" });
  const note = h("span", { class: "aknb-faint" });
  const live = announcer();
  root.classList.add("aknb-plot");
  root.append(
    h("header", { class: "aknb-head" }, mock, title, h("span", { class: "aknb-space" }), group),
    error.node, leftOut, up.node, canvas, across.node, empty,
    h("footer", { class: "aknb-foot" }, legend, h("span", { class: "aknb-space" }), note), live.node);

  const find = (key) => points.find((point) => point.key === key);
  const nodeOf = (key) => marks.querySelector(`path[data-key="${CSS.escape(key)}"]`);
  const series = (gseq) => Math.max(0, view.groups.findIndex((item) => item.gseq === gseq)) % SHAPES.length;
  const chosen = () => model.get("selection");
  const canPick = (point) => view.can_pick && point.state === "open";

  // Where things are

  const area = () => {
    const left = 12 + Math.max(0, ...view.y.ticks.map(([, text]) => text.length)) * 6.9;
    return { left, top: EDGE.top, right: size.width - EDGE.right, bottom: size.height - EDGE.bottom };
  };
  const along = ({ low, high }, value, from, to) => from + ((value - low) / (high - low)) * (to - from);
  const scales = () => {
    const { left, top, right, bottom } = area();
    return {
      x: (value) => along(view.x, value, left + EDGE.inner, right - EDGE.inner),
      y: (value) => along(view.y, value, bottom - EDGE.inner, top + EDGE.inner),
    };
  };
  const move = (node, [left, top]) => {
    const at = `translate(${left.toFixed(1)}px, ${top.toFixed(1)}px)`;
    if (node.style.transform !== at) node.style.transform = at;
  };

  // Drawing

  const drawGround = ({ x, y }) => {
    const { left, top, right, bottom } = area();
    const room = (right - left) / Math.max(1, view.x.ticks.length);
    const every = Math.ceil((12 + Math.max(0, ...view.x.ticks.map(([, text]) => text.length)) * 6.9) / room);
    setAttr(grid, "d", [
      ...view.y.ticks.map(([value]) => `M${left} ${y(value).toFixed(1)}H${right}`),
      ...view.x.ticks.map(([value]) => `M${x(value).toFixed(1)} ${top}V${bottom}`),
    ].join(""));
    const texts = [
      ...view.y.ticks.map(([value, text]) => ({ key: `y${value}`, text, x: left - 8, y: y(value) + 4, anchor: "end" })),
      ...view.x.ticks.filter((_, index) => index % every === 0).map(([value, text]) => ({ key: `x${value}`, text, x: x(value), y: bottom + 18, anchor: "middle" })),
    ];
    keyed(ticks, texts, ({ key }) => key, () => s("text"), (node, tick) => {
      setText(node, tick.text);
      for (const name of ["x", "y"]) setAttr(node, name, tick[name].toFixed(1));
      setAttr(node, "text-anchor", tick.anchor);
    });
  };
  const drawFronts = () => {
    const shown = view.fronts.filter(({ gseq }) => !only || String(gseq) === only);
    keyed(lines, shown, ({ gseq }) => gseq, () => s("path"), (node, { gseq, keys }) => {
      const [first, ...rest] = keys.map((key) => places.get(key).map((value) => value.toFixed(1)));
      const steps = rest.map(([left, top]) => (view.vertical_first ? `V${top}H${left}` : `H${left}V${top}`));
      setAttr(node, "d", `M${first.join(" ")}${steps.join("")}`);
      setAttr(node, "data-series", series(gseq));
    });
  };
  const drawPoint = (node, point) => {
    const kind = isGone(point) ? "gone" : point.front ? "front" : points.length > MOST_ALONE ? "crowd" : "quiet";
    setAttr(node, "d", kind === "gone" ? CROSS : SHAPES[series(point.gseq)](RADIUS[kind]));
    setAttr(node, "data-kind", kind);
    setAttr(node, "data-state", point.state);
    setAttr(node, "data-series", series(point.gseq));
    setAttr(node, "aria-checked", String(chosen().includes(point.key)));
    setAttr(node, "aria-disabled", canPick(point) ? null : "true");
    setAttr(node, "aria-label", words(point));
    setAttr(node, "tabindex", point.key === stop ? "0" : "-1");
    move(node, places.get(point.key));
  };
  const words = (point) => [
    point.name,
    ...point.at.map(([label, text]) => `${label} ${text}`),
    point.front ? "on the Pareto front" : null,
    ...view.card.filter(([id]) => id !== "gpu" || point.cells.gpu !== "–").map(([id, label]) => `${label} ${point.cells[id]}`),
  ].filter(Boolean).join(", ");
  const drawMarks = () => {
    const rank = (point) => (isGone(point) ? 0 : point.front ? 2 : 1) + (chosen().includes(point.key) ? 3 : 0);
    const groups = view.groups.filter(({ gseq }) => points.some((point) => point.gseq === gseq));
    keyed(marks, groups, ({ gseq }) => gseq, () => s("g", { role: "radiogroup" }), (node, { gseq, name }) => {
      setAttr(node, "aria-label", `Bids for ${name}`);
      const own = points.filter((point) => point.gseq === gseq).sort((a, b) => rank(a) - rank(b)); // what matters is on top
      keyed(node, own, ({ key }) => key, () => s("path", { role: "radio" }), drawPoint);
    });
  };
  const drawHalos = () => {
    const picked = points.filter(({ key, state }) => chosen().includes(key) || state === "active");
    keyed(halos, picked, ({ key }) => key, () => s("circle", { r: RADIUS.halo }), (node, point) => {
      setAttr(node, "data-state", point.state);
      move(node, places.get(point.key));
    });
  };
  const drawLegend = () => {
    const key = (shape, kind, text, number = 0) => h("span", {},
      s("svg", { width: 18, height: 16, viewBox: "-9 -8 18 16", "aria-hidden": "true" }, s("path", { d: shape, "data-kind": kind, "data-series": number })), text);
    const halo = SHAPES[0](6.5);
    const groups = view.groups.length > 1 ? view.groups.map(({ gseq, name }) => key(SHAPES[series(gseq)](5), "front", name, series(gseq))) : [];
    const kinds = [
      points.some(({ front }) => front) && key(SHAPES[0](5.5), "front", "on the front", groups.length ? "any" : 0),
      points.some((point) => !point.front && !isGone(point)) && key(SHAPES[0](4.5), "quiet", "beaten"),
      points.some(({ key: own }) => chosen().includes(own)) && key(halo, "halo", "picked"),
      points.some(isGone) && key(CROSS, "gone", "no longer open"),
    ];
    const wanted = [...groups, ...kinds.filter(Boolean)];
    const signature = wanted.map((node) => node.outerHTML).join();
    if (legend.dataset.drawn !== signature) {
      legend.dataset.drawn = signature;
      legend.replaceChildren(...wanted);
    }
  };
  const draw = () => {
    if (size.width < 50) return; // not in the page yet
    const { x, y } = scales();
    places = new Map(points.map((point) => [point.key, [x(point.x), y(point.y)]]));
    drawGround({ x, y });
    drawFronts();
    drawMarks();
    drawHalos();
    mean(near !== null && places.has(near) ? near : null);
  };

  // The point that is meant: under the pointer or the focus

  const mean = (key, { follow = false } = {}) => {
    const point = key === null ? null : find(key);
    near = point ? key : null;
    setAttr(glow, "visibility", point ? null : "hidden");
    show(card, Boolean(point));
    svg.style.cursor = point && canPick(point) ? "pointer" : "";
    markRow(near, follow);
    if (!point) return;
    move(glow, places.get(key));
    fillCard(point);
    placeCard(places.get(key));
  };
  const fillCard = (point) => {
    const facts = [
      ...point.at,
      ...view.card.filter(([id]) => point.cells[id] !== "–").map(([id, label]) => [label, point.cells[id]]),
    ];
    card.replaceChildren(
      h("p", { class: "aknb-name" }, point.name),
      h("p", { class: "aknb-faint" }, [point.front ? "On the front" : null, chosen().includes(point.key) ? "picked" : null].filter(Boolean).join(", ")),
      h("dl", {}, ...facts.flatMap(([label, text], index) => [h("dt", {}, label), h("dd", index < 2 ? { class: "aknb-strong" } : {}, text)])));
  };
  const placeCard = ([left, top]) => {
    const [width, height] = [card.offsetWidth, card.offsetHeight];
    const beside = left + 18 + width <= size.width ? left + 18 : left - 18 - width;
    card.style.left = `${Math.max(0, beside)}px`;
    card.style.top = `${Math.max(0, Math.min(top - height / 2, size.height - height))}px`;
  };

  // The table beside it

  let marked = null;
  const rowOf = (key) => box?.querySelector(`.aknb-bids tr[data-key="${CSS.escape(key)}"]`) ?? null;
  const markRow = (key, follow) => {
    if (follow && key !== null) box?.querySelector(".aknb-bids")?.dispatchEvent(new CustomEvent("aknb-reveal", { detail: key }));
    const row = key === null ? null : rowOf(key);
    if (marked && marked !== row) setAttr(marked, "data-near", null);
    marked = row;
    if (!row) return;
    setAttr(row, "data-near", "true");
  };
  const overRow = (event) => {
    const row = event.target.closest?.(".aknb-bids tr[data-key]");
    mean(row && places.has(row.dataset.key) ? row.dataset.key : null);
  };
  const leaveTable = () => mean(null);
  const adopt = () => {
    if (box || !root.isConnected) return;
    box = root.closest(".aknb-pareto");
    const bids = () => box?.querySelector(".aknb-bids");
    if (!bids()) { box = null; return; }
    bids().addEventListener("pointerover", overRow);
    bids().addEventListener("pointerleave", leaveTable);
  };

  // Gestures

  const nearest = (event) => {
    const frame = svg.getBoundingClientRect();
    const [left, top] = [event.clientX - frame.left, event.clientY - frame.top];
    let [best, reach] = [null, REACH];
    for (const point of points) {
      const [x, y] = places.get(point.key);
      const distance = Math.hypot(x - left, y - top) - (point.front ? 2 : 0) + (isGone(point) ? 4 : 0);
      if (distance < reach) [best, reach] = [point, distance];
    }
    return best;
  };
  const focusOn = (key) => {
    const before = stop === null ? null : nodeOf(stop);
    if (before) setAttr(before, "tabindex", "-1");
    stop = key;
    const node = nodeOf(key);
    setAttr(node, "tabindex", "0");
    node.focus({ preventScroll: true });
  };
  const pick = (point) => { if (canPick(point)) send({ pick: point.key }); };
  svg.addEventListener("pointermove", (event) => {
    const key = nearest(event)?.key ?? null;
    if (key !== near) mean(key, { follow: true });
  });
  svg.addEventListener("pointerleave", () => mean(svg.querySelector(":focus-visible")?.dataset.key ?? null));
  svg.addEventListener("click", (event) => {
    const point = nearest(event);
    if (!point) return;
    focusOn(point.key);
    pick(point);
  });
  // Not on the drawing: Chromium gives an SVG element that listens for focus a tab stop.
  canvas.addEventListener("focusin", (event) => {
    const key = event.target.dataset?.key;
    if (places.has(key)) mean(key, { follow: true });
  });
  canvas.addEventListener("focusout", () => mean(null));
  svg.addEventListener("keydown", (event) => {
    const at = points.findIndex(({ key }) => key === event.target.dataset?.key);
    if (at < 0) return;
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
    if (event.key in steps) focusOn(points[Math.max(0, Math.min(points.length - 1, at + steps[event.key]))].key);
    else if (event.key === "Enter" || event.key === " ") { if (!event.repeat) pick(points[at]); }
    else if (event.key === "Escape") mean(null);
    else return;
    event.preventDefault();
  });

  // What changes

  const setAxis = ({ select, hint }, about) => {
    keyed(select, view.axes, ({ id }) => id, () => h("option"), (node, { id, label }) => { setAttr(node, "value", id); setText(node, label); });
    if (select.value !== about.id) select.value = about.id;
    setText(hint, about.hint);
  };
  const setGroups = () => {
    if (!view.groups.some(({ gseq }) => String(gseq) === only)) only = "";
    const options = [{ gseq: "", name: "All groups" }, ...view.groups];
    keyed(group, options, ({ gseq }) => gseq, () => h("option"), (node, { gseq, name }) => { setAttr(node, "value", String(gseq)); setText(node, name); });
    group.value = only;
    show(group, view.groups.length > 1);
  };
  const setStop = () => {
    if (find(stop)) return;
    const usual = points.find(({ key }) => chosen().includes(key)) ?? points.find(({ front }) => front) ?? points[0];
    stop = usual?.key ?? null;
  };
  const update = (next) => {
    const hadFocus = marks.contains(document.activeElement);
    view = next;
    setGroups();
    points = view.points.filter(({ gseq }) => !only || String(gseq) === only);
    setStop();
    show(mock, view.mock);
    setText(title, view.title);
    setText(leftOut, view.left_out);
    show(leftOut, Boolean(view.left_out));
    setAttr(root, "aria-label", `${view.mock ? "MOCK " : ""}${view.title} as points`);
    setAttr(svg, "aria-label", `${view.y.label} against ${view.x.label}. Arrow keys go from bid to bid in the order of price, Enter picks.`);
    error.update(view.error);
    setAxis(across, view.x);
    setAxis(up, view.y);
    for (const node of [canvas, across.node, up.node]) show(node, points.length > 0);
    show(empty, points.length === 0);
    setText(empty, view.left_out ? "Nothing to show here." : view.empty);
    svg.classList.toggle("aknb-moving", points.length <= MOST_MOVING);
    draw();
    drawLegend();
    setText(note, footNote(view));
    if (hadFocus && !marks.contains(document.activeElement) && stop !== null) focusOn(stop);
    live.say(points.length ? view.title : view.empty);
  };
  const room = new ResizeObserver(() => {
    adopt();
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width || (width === size.width && height === size.height)) return;
    size = { width, height };
    for (const name of ["width", "height"]) setAttr(svg, name, size[name]);
    svg.classList.remove("aknb-moving");
    draw();
    requestAnimationFrame(() => svg.classList.toggle("aknb-moving", points.length <= MOST_MOVING));
  });
  room.observe(canvas);
  const repick = () => update(view);
  model.on("change:selection", repick);
  const dispose = () => {
    room.disconnect();
    model.off("change:selection", repick);
    markRow(null);
    box?.querySelector(".aknb-bids")?.removeEventListener("pointerover", overRow);
    box?.querySelector(".aknb-bids")?.removeEventListener("pointerleave", leaveTable);
    live.dispose();
  };
  return { update, dispose };
};

export default { render: mount(plot) };
