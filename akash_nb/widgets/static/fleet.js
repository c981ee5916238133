const compareCells = (a, b) => (typeof a === "string" ? a.localeCompare(b) : a - b);

const fleet = ({ model, root, send, isWaiting }) => {
  let sort = { id: "dseq", down: true };
  let view = { columns: [], rows: [] };
  let shownRows = [];
  let last = null; // where a range begins

  const press = (name, values) => {
    if (!isWaiting()) send(values ? { press: name, with: values } : { press: name });
  };
  const mock = mockBadge();
  const title = h("h3");
  const filter = h("input", { type: "search", class: "aknb-field", placeholder: "Filter…", "aria-label": "Filter the deployments by any text", oninput: () => update(view, { fromTop: true }) });
  const closed = h("input", { type: "checkbox", onchange: () => press("closed", { shown: closed.checked }) });
  const refresh = h("button", { type: "button", onclick: () => press("refresh") }, "Refresh");
  const error = errorArea(send);

  const close = h("button", { type: "button", class: "aknb-close", onclick: () => { if (close.getAttribute("aria-disabled") !== "true") press("close"); } });
  const count = h("span", { class: "aknb-faint" });
  const tags = h("input", { class: "aknb-field", placeholder: "tag, tag…", "aria-label": "Tags for the selected deployments, with commas between them",
    onkeydown: (event) => { if (event.key === "Enter" && !event.repeat) label("tag"); } });
  const label = (name) => { if (tags.value.trim() && !isWaiting()) { press(name, { tags: tags.value }); tags.value = ""; } };
  const tagging = h("span", { class: "aknb-tagging", role: "group", "aria-label": "Tags" }, tags,
    h("button", { type: "button", onclick: () => label("tag") }, "Tag"), h("button", { type: "button", onclick: () => label("untag") }, "Untag"));
  const stop = h("button", { type: "button", onclick: () => press("stop") }, "Stop");
  const busy = h("span", { class: "aknb-doing" });
  const question = questionArea(send, isWaiting, () => [close]);

  const all = h("input", { type: "checkbox", "aria-label": "Select all that are shown", onchange: () => selectAll(all.checked) });
  const heads = h("tr", { "aria-rowindex": 1 });
  const body = h("tbody");
  const grid = h("table", {}, h("caption", { class: "aknb-unseen" }, "Deployments of the wallet"), h("thead", {}, heads), body);
  const wrap = h("div", { class: "aknb-scroll", tabindex: "0", role: "region", "aria-label": "Deployments" }, grid);
  const empty = h("p", { class: "aknb-empty" });
  const totals = h("dl", { class: "aknb-totals" });
  const trouble = h("span", { class: "aknb-trouble" });
  const note = h("span", { class: "aknb-faint" });
  const live = announcer();
  root.classList.add("aknb-fleet");
  root.append(
    h("header", { class: "aknb-head" }, mock, title, h("span", { class: "aknb-space" }), h("label", { class: "aknb-check" }, closed, "Closed ones"), filter, refresh),
    error.node,
    h("div", { class: "aknb-acts" }, close, count, tagging, h("span", { class: "aknb-space" }), busy, stop),
    question.node, wrap, empty, totals,
    h("footer", { class: "aknb-foot" }, trouble, h("span", { class: "aknb-space" }), note), live.node);

  const select = (keys) => {
    model.set("selection", keys);
    model.save_changes();
    update(view);
  };
  const selected = () => new Set(model.get("selection"));
  const selectAll = (wanted) => {
    const keys = selected();
    for (const row of shownRows) if (row.can_close) keys[wanted ? "add" : "delete"](row.key);
    select([...keys]);
  };
  const toggle = (key, wanted, isRange) => {
    const order = shownRows.map((row) => row.key);
    const [from, to] = [order.indexOf(isRange ? last : key), order.indexOf(key)].sort((a, b) => a - b);
    const keys = selected();
    for (const row of shownRows.slice(from < 0 ? to : from, to + 1)) if (row.can_close) keys[wanted ? "add" : "delete"](row.key);
    last = key;
    select([...keys]);
  };
  const sortBy = (id) => {
    sort = { id, down: sort.id === id && !sort.down };
    update(view, { fromTop: true });
  };
  const makeHead = ({ id, label, kind }) => {
    if (id === "pick") return h("th", { scope: "col", class: "aknb-pick" }, all);
    if (id === "show") return h("th", { scope: "col" }, h("span", { class: "aknb-unseen" }, "Show"));
    return h("th", { scope: "col", "data-kind": kind, "data-column": id }, h("button", { type: "button", onclick: () => sortBy(id) }, label, h("span", { "aria-hidden": "true" })));
  };
  const setHead = (node, { id }) => {
    if (id === "pick" || id === "show") return;
    sortHead(node, sort.id === id ? (sort.down ? "descending" : "ascending") : "");
  };
  const makeCell = ({ id, kind }) => {
    const cell = h(id === "dseq" ? "th" : "td", { "data-kind": kind, "data-column": id, scope: id === "dseq" ? "row" : null }, h("span"));
    if (kind === "bar") cell.append(h("i", { class: "aknb-meter", "aria-hidden": "true" }, h("i")), h("span", { class: "aknb-until" }), h("span", { class: "aknb-limit" }));
    if (kind === "state") cell.append(h("span", { class: "aknb-words" }));
    return cell;
  };
  const makeRow = ({ key }) => {
    const pick = h("input", { type: "checkbox", onclick: (event) => toggle(key, pick.checked, event.shiftKey) });
    const button = h("button", { type: "button", onclick: () => press("show", { dseq: key }) }, "Show");
    return h("tr", {}, h("td", { class: "aknb-pick" }, pick), ...view.columns.map(makeCell), h("td", { class: "aknb-show" }, button));
  };
  const setWords = (node, words) => keyed(node, words, (word) => word, (word) => h("b", {}, word), () => {});
  const setRow = (node, row) => {
    const pick = node.firstChild.firstChild;
    const isSelected = row.can_close && model.get("selection").includes(row.key);
    setAttr(node, "data-state", row.state);
    setAttr(node, "data-picked", isSelected ? "true" : null);
    setAttr(node, "data-work", row.work?.state);
    setAttr(node, "aria-busy", row.work?.state === "closing" ? "true" : null);
    setAttr(pick, "aria-label", `Select ${row.key}, ${row.name}`);
    pick.disabled = !row.can_close;
    pick.checked = isSelected;
    view.columns.forEach(({ id, kind }, index) => {
      const cell = node.children[index + 1];
      setText(cell.firstChild, row.cells[id][1]);
      if (id === "dseq") setAttr(cell, "data-services", row.cells.services[1]);
      if (["tags", "services", "provider"].includes(id)) setAttr(cell, "title", row.cells[id][1]);
      if (kind === "bar") {
        setAttr(cell, "data-low", row.is_low ? "true" : null);
        show(cell.children[1], row.cells[id][0] !== null);
        cell.children[1].firstChild.style.width = `${row.bar * 100}%`;
        setText(cell.children[2], row.until && `until ${row.until}`);
        setText(cell.lastChild, [row.is_low ? "low" : "", row.limit].filter(Boolean).join(" · "));
      }
      if (kind === "state") setWords(cell.lastChild, row.warnings);
    });
    const button = node.lastChild.firstChild;
    setText(button, row.is_current ? "Shown" : "Show");
    setAttr(button, "aria-label", `${row.is_current ? "Shown" : "Show"}: deployment ${row.key}`);
    setAttr(button, "aria-pressed", String(row.is_current));
    button.disabled = !row.can_show;
  };
  // What is being done to a deployment, or has failed, stands below its row.
  const makeWork = () => h("tr", { class: "aknb-work" }, h("td"), h("td", { colspan: 99 }, h("span")));
  const setWork = (node, row) => {
    setAttr(node, "data-work", row.work.state);
    setText(node.lastChild.firstChild, row.work.state === "failed" ? `Not closed: ${row.work.text}` : row.work.text);
  };
  const order = (a, b) => {
    const [x, y] = [a, b].map((row) => row.cells[sort.id][0]);
    if (x === null || y === null) return (x === null) - (y === null) || compareCells(a.key, b.key);
    return (sort.down ? -1 : 1) * compareCells(x, y) || compareCells(a.key, b.key);
  };

  const widest = (rows) => {
    const cells = longest(rows, (row) => row.cells, ([, text]) => text);
    const words = rows.reduce((most, { warnings }) => (warnings.length > most.length ? warnings : most), []);
    return { ...rows[0], warnings: words, cells: Object.fromEntries(Object.entries(cells).map(([id, text]) => [id, [null, text]])) };
  };
  const lines = windowed({ frame: wrap, grid, body, make: (row) => (row.isWork ? makeWork() : makeRow(row)),
    update: (node, row) => (row.isWork ? setWork : setRow)(node, row), stops: (row) => !row.isWork && row.can_close, widest });

  const update = (next, how) => {
    view = next;
    const wanted = filter.value.trim().toLowerCase();
    const texts = (row) => [...Object.values(row.cells).map(([, text]) => text), ...row.warnings, row.limit];
    const open = (row) => (row.state === "active" ? 0 : 1);
    shownRows = view.rows.filter((row) => !wanted || texts(row).some((text) => text.toLowerCase().includes(wanted)))
      .sort(order).sort((a, b) => open(a) - open(b));
    const keys = selected();
    const closable = shownRows.filter((row) => row.can_close);
    const seen = closable.filter((row) => keys.has(row.key)).length;

    show(mock, view.mock);
    setText(title, view.title);
    setAttr(root, "aria-label", `${view.mock ? "MOCK " : ""}${view.title}`);
    closed.checked = view.with_closed;
    error.update(view.error);
    setText(close, keys.size ? `Close ${keys.size}` : "Close");
    setAttr(close, "aria-disabled", keys.size ? null : "true");
    setText(count, keys.size ? `selected${seen < keys.size ? `, ${keys.size - seen} of them not shown` : ""}` : "Select deployments to close them");
    show(tagging, keys.size > 0);
    setText(busy, view.busy);
    show(stop, view.can_stop);
    question.update(view.question);

    keyed(heads, [{ id: "pick" }, ...view.columns, { id: "show" }], (c) => c.id, makeHead, setHead);
    all.checked = seen > 0 && seen === closable.length;
    all.indeterminate = seen > 0 && seen < closable.length;
    all.disabled = closable.length === 0;
    show(wrap, view.rows.length > 0);
    lines.show(shownRows.flatMap((row) => (row.work && row.work.state !== "closed" ? [row, { ...row, key: `${row.key} work`, isWork: true }] : [row])), how);
    show(empty, shownRows.length === 0);
    setText(empty, view.rows.length ? `None of ${view.rows.length} deployments matches the filter.` : view.empty);
    keyed(totals, view.rows.length ? view.totals : [], (t) => t.label, () => h("div", {}, h("dt"), h("dd")), (node, t) => {
      setText(node.children[0], t.label);
      setText(node.children[1], t.value);
      setAttr(node, "title", t.hint);
    });
    setText(trouble, view.trouble || view.stale);
    setText(note, view.note);
    live.say(view.stale || view.busy || (view.rows.length ? view.title : view.empty));
  };
  const reselect = () => update(view);
  model.on("change:selection", reselect);
  return { update, dispose: () => { model.off("change:selection", reselect); lines.dispose(); live.dispose(); } };
};

export default { render: mount(fleet) };
