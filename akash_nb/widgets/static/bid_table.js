const TYPED_MS = 120; // a pause in typing that is long enough to filter

const WEEK = "Share of checks answered in 7 days. The bars are those days by the service's screening, where it names the provider";

const table = ({ model, root, send }) => {
  const own = `aknb-${Math.random().toString(36).slice(2)}`;
  const typing = new Map(); // column -> timer
  const sent = new Set(); // columns whose filter was sent and has not been answered
  const picked = new Map(); // group -> key that was clicked and has not been answered
  let view = null;
  let order = ""; // by which sort and filters the rows are shown
  let shape = ""; // the columns
  let all = []; // what is in the table
  let drawn = null; // by which revision of the rows

  const mock = mockBadge();
  const title = h("h3");
  const error = errorArea(send);
  const makeFilter = (id, label) => {
    const write = () => {
      clearTimeout(typing.get(id));
      typing.delete(id);
      sent.add(id);
      send({ filter: id, text: field.value });
    };
    const later = () => {
      clearTimeout(typing.get(id));
      typing.set(id, setTimeout(write, TYPED_MS));
    };
    const field = h("input", { type: "search", class: "aknb-field", "aria-label": label, "aria-describedby": `${own}-help`, "data-filter": id,
      oninput: later, onfocus: () => setHelp(), onblur: () => { setHelp(); setFilter(field); } });
    return field;
  };
  const any = makeFilter("any", "Filter the bids by any text");
  any.placeholder = "Filter…";
  const count = h("span", { class: "aknb-faint" });
  const help = h("span", { class: "aknb-help", id: `${own}-help` });
  const clear = h("button", { type: "button", onclick: () => { for (const field of filters()) field.value = ""; any.focus(); send({ clear: true }); } }, "Clear filters");
  const notice = h("p", { class: "aknb-notice", hidden: true });
  const tools = h("div", { class: "aknb-tools" }, count, help, h("span", { class: "aknb-space" }), clear);
  const heads = h("tr", { "aria-rowindex": 1 });
  const body = h("tbody");
  const grid = h("table", {}, h("caption", { class: "aknb-unseen" }, "Bids: arrow keys go from row to row, Space picks"), h("thead", {}, heads), body);
  const frame = h("div", { class: "aknb-scroll", tabindex: "0", role: "region", "aria-label": "Bids" }, grid);
  const empty = h("p", { class: "aknb-empty" });
  const note = h("span", { class: "aknb-faint" });
  const trouble = h("span", { class: "aknb-trouble" });
  const silence = h("span");
  const look = h("button", { type: "button", onclick: () => send({ look: true }) }, "Look again");
  const live = announcer();
  root.classList.add("aknb-bids");
  root.append(
    h("header", { class: "aknb-head" }, mock, title, h("span", { class: "aknb-space" }), any),
    error.node, notice, tools, empty, frame,
    h("footer", { class: "aknb-foot" }, trouble, silence, look, h("span", { class: "aknb-space" }), note), live.node);

  // The head: sort and filter of each column

  const filters = () => root.querySelectorAll("input[data-filter]");
  const setFilter = (field) => {
    const id = field.dataset.filter;
    const [text, problem] = view?.filters[id] ?? ["", ""];
    if (field !== document.activeElement && !typing.has(id) && !sent.has(id) && field.value !== text) field.value = text;
    setAttr(field, "aria-invalid", problem ? "true" : null);
    setAttr(field, "title", problem || null);
  };
  const setHelp = () => {
    const id = document.activeElement?.closest?.("input[data-filter]")?.dataset.filter;
    const problem = view?.filters[id]?.[1];
    const said = view?.columns.find((column) => column.id === id)?.help ?? (id === "any" ? view.any_help : "");
    setText(help, problem || said);
    setAttr(help, "data-problem", problem ? "true" : null);
  };
  const sortBy = (id) => send({ sort: view.sort === id ? `-${id}` : id });
  const makeHead = ({ id, label, kind }) => {
    if (id === "pick") return h("th", { scope: "col", class: "aknb-pick" }, h("span", { class: "aknb-unseen" }, "Pick"));
    return h("th", { scope: "col", "data-kind": kind, "data-column": id, title: kind === "days" ? WEEK : null },
      h("button", { type: "button", onclick: () => sortBy(id) }, label, h("span", { "aria-hidden": "true" })),
      makeFilter(id, `Filter ${label}`));
  };
  const setHead = (node, { id }) => {
    if (id === "pick") return;
    sortHead(node, view.sort === id ? "ascending" : view.sort === `-${id}` ? "descending" : "");
  };

  // The rows

  const store = rowStore(model, send, () => soon.ask());
  const makeCell = ({ id, kind }) => {
    const cell = h("td", { "data-kind": kind, "data-column": id }, h("span"));
    if (kind === "bar") cell.append(h("i", { class: "aknb-meter", "aria-hidden": "true" }, h("i")));
    if (kind === "days") cell.append(h("span", { class: "aknb-week", "aria-hidden": "true" }, ...Array.from({ length: 7 }, () => h("i"))));
    return cell;
  };
  const makeRow = ({ section, row }) => {
    if (section) return h("tr", { class: "aknb-group" }, h("th", { scope: "rowgroup", colspan: 99 }, section.name));
    const pick = h("input", { type: "radio", name: `${own}-${row.gseq}`, "aria-label": `Pick the bid of ${row.name}`, onchange: () => { picked.set(row.gseq, row.key); send({ pick: row.key }); } });
    const click = (event) => { if (event.target !== pick && !pick.disabled && !String(getSelection())) pick.click(); };
    return h("tr", { onclick: click }, h("td", { class: "aknb-pick" }, pick), ...view.columns.map(makeCell));
  };
  const isPicked = (row) => (picked.has(row.gseq) ? picked.get(row.gseq) === row.key : model.get("selection").includes(row.key));
  const canPick = (row) => view.can_pick && row.state === "open";
  const setRow = (node, { section, row }) => {
    if (section) return;
    const pick = node.firstChild.firstChild;
    const chosen = isPicked(row);
    setAttr(node, "data-state", row.state);
    setAttr(node, "data-picked", chosen ? "true" : null);
    pick.disabled = !canPick(row);
    pick.checked = chosen;
    setAttr(node, "title", row.title);
    view.columns.forEach(({ id, kind }, index) => {
      const cell = node.children[index + 1];
      setText(cell.firstChild, id === "state" ? stateText(row) : row.cells[id]);
      if (kind === "bar") cell.lastChild.firstChild.style.width = `${(100 * row.usd_hour) / (view.most[row.gseq] || 1)}%`;
      if (kind === "days") {
        setAttr(cell, "data-grade", grade(row.uptime_7d));
        setAttr(cell, "title", row.days_text || null);
        [...cell.lastChild.children].forEach((day, n) => setAttr(day, "data-day", row.days?.[n]));
      }
    });
  };
  const stateText = (row) => {
    if (row.ends_at === null || view.now === null) return row.cells.state;
    const left = Math.max(0, Math.floor(row.ends_at - view.now));
    return `${row.cells.state} ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  };
  const grade = (uptime) => (uptime === null ? null : uptime >= 0.99 ? "good" : uptime >= 0.95 ? "fair" : "poor");
  const widest = (items) => {
    const found = items.filter(({ row }) => row).map(({ row }) => row);
    if (!found.length) return null;
    const cells = longest(found, (row) => row.cells);
    const open = found.find(({ ends_at }) => ends_at !== null); // all of them say the same, and a time
    if (open && view.now !== null) cells.state = longest([cells, { state: `${open.cells.state} 0:00` }], (texts) => texts).state;
    return { row: { ...found[0], gseq: "widest", ends_at: null, cells } };
  };
  const rows = windowed({ frame, grid, body, make: makeRow, update: setRow, stops: ({ row }) => Boolean(row) && canPick(row), widest });
  const itemsOf = (section) => {
    const shown = section.ids.map(store.get).filter(Boolean).map((row) => ({ key: row.key, row }));
    return section.name && shown.length ? [{ key: `group ${section.id}`, section }, ...shown] : shown;
  };

  const draw = () => {
    const columns = view.columns.map(({ id }) => id).join();
    if (store.revision() !== drawn) {
      all = store.sections().flatMap(itemsOf);
      setAttr(root, "data-week", all.some(({ row }) => row?.days) ? "true" : null);
    }
    drawn = store.revision();
    if (columns !== shape) { // a GPU column has come or gone
      rows.remake();
      all = [...all];
    }
    shape = columns;
    const found = all.filter(({ row }) => row && row.state !== "silent").length;
    const isEmpty = view.count === 0 && !view.silent?.count;

    setAttr(root, "data-gpu", view.columns.some(({ id }) => id === "gpu") ? "true" : null);
    keyed(heads, [{ id: "pick" }, ...view.columns], (c) => c.id, makeHead, setHead);
    for (const node of [frame, any, tools]) show(node, !isEmpty);
    const by = JSON.stringify([view.sort, view.filters]);
    rows.show(all, { fromTop: by !== order }); // it reads the page: before the texts are written
    order = by;

    show(mock, view.mock);
    setText(title, view.title);
    setAttr(root, "aria-label", `${view.mock ? "MOCK " : ""}${view.title}`);
    error.update(view.error);
    filters().forEach(setFilter);
    setHelp();
    show(notice, Boolean(view.notice));
    setText(notice, view.notice);
    setText(count, view.count ? `${found} of ${view.count} shown` : "");
    const written = Object.entries(view.filters).map(([id, [text]]) => `${view.columns.find((c) => c.id === id)?.label ?? id}: ${text}`);
    show(clear, written.length > 0);
    setAttr(clear, "title", written.join("\n") || null); // a narrow page hides some columns
    show(empty, found === 0);
    setText(silence, view.silent?.text);
    show(look, Boolean(view.silent?.can_look));
    setText(empty, view.count ? `None of ${view.count} bids matches the filters.` : view.empty);
    setText(trouble, view.trouble);
    setText(note, footNote(view));
    live.say(view.count ? view.title : view.empty);
  };
  const soon = onceAFrame(draw);
  const update = (next) => {
    const isFirst = view === null;
    view = next;
    if (view.error) picked.clear(); // it may have been refused
    if (isFirst) draw();
    else soon.ask();
  };
  const reveal = ({ detail }) => rows.reveal(detail);
  root.addEventListener("aknb-reveal", reveal);
  const onAnswer = ({ ack }) => { if (ack) sent.clear(); };
  model.on("msg:custom", onAnswer);
  const onSelection = () => { picked.clear(); soon.ask(); };
  model.on("change:selection", onSelection);
  const dispose = () => {
    model.off("change:selection", onSelection);
    model.off("msg:custom", onAnswer);
    typing.forEach(clearTimeout);
    for (const part of [store, rows, soon, live]) part.dispose();
  };
  return { update, dispose };
};

export default { render: mount(table) };
