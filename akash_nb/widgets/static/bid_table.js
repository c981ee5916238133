const compare = (a, b) => (typeof a === "string" ? a.localeCompare(b) : a - b);

const table = ({ model, root, send }) => {
  const own = `aknb-${Math.random().toString(36).slice(2)}`;
  let sort = { id: "usd_hour", down: false };
  let view = { columns: [], rows: [] };

  const mock = mockBadge();
  const title = h("h3");
  const filter = h("input", { type: "search", class: "aknb-field", placeholder: "Filter…", "aria-label": "Filter the bids by any text", oninput: () => update(view) });
  const shown = h("span", { class: "aknb-faint" });
  const error = errorArea(send);
  const heads = h("tr");
  const grid = h("table", {}, h("caption", { class: "aknb-unseen" }, "Bids"), h("thead", {}, heads));
  const wrap = h("div", { class: "aknb-scroll", tabindex: "0", role: "region", "aria-label": "Bids" }, grid);
  const empty = h("p", { class: "aknb-empty" });
  const note = h("span", { class: "aknb-faint" });
  const trouble = h("span", { class: "aknb-trouble" });
  const live = announcer();
  root.classList.add("aknb-bids");
  root.append(
    h("header", { class: "aknb-head" }, mock, title, h("span", { class: "aknb-space" }), shown, filter),
    error.node, wrap, empty,
    h("footer", { class: "aknb-foot" }, trouble, h("span", { class: "aknb-space" }), note), live.node);

  const sortBy = (id) => {
    sort = { id, down: sort.id === id && !sort.down };
    update(view);
  };
  const makeHead = ({ id, label, kind }) =>
    h("th", { scope: "col", "data-kind": kind }, h("button", { type: "button", onclick: () => sortBy(id) }, label, h("span", { "aria-hidden": "true" })));
  const setHead = (node, { id }) => {
    const way = sort.id === id ? (sort.down ? "descending" : "ascending") : "none";
    setAttr(node, "aria-sort", way);
    setText(node.firstChild.lastChild, { ascending: " ▲", descending: " ▼", none: "" }[way]);
  };
  const makeRow = (row) => {
    const pick = h("input", { type: "radio", name: `${own}-${row.gseq}`, "aria-label": `Pick the bid of ${row.name}`, onchange: () => send({ pick: row.key }) });
    const cells = view.columns.map(({ id, kind }) =>
      kind === "bar" ? h("td", { "data-kind": "number" }, h("span"), h("i", { class: "aknb-meter", "aria-hidden": "true" }, h("i"))) : h("td", { "data-kind": kind, "data-column": id }, h("span")));
    const node = h("tr", { onclick: (event) => { if (event.target !== pick && !pick.disabled && !String(getSelection())) pick.click(); } }, h("td", { class: "aknb-pick" }, pick), ...cells);
    return node;
  };
  const setRow = (node, row) => {
    const pick = node.firstChild.firstChild;
    const chosen = model.get("selection").includes(row.key);
    setAttr(node, "data-state", row.state);
    setAttr(node, "data-picked", chosen ? "true" : null);
    pick.disabled = !(view.can_pick && row.state === "open");
    pick.checked = chosen;
    setAttr(node, "title", row.title);
    view.columns.forEach(({ id, kind }, index) => {
      const cell = node.children[index + 1];
      setText(cell.firstChild, row.cells[id][1]);
      if (kind === "bar") cell.lastChild.firstChild.style.width = `${row.bar * 100}%`;
      if (id === "uptime_7d") setAttr(cell, "data-grade", grade(row.cells[id][0]));
    });
  };
  const grade = (uptime) => (uptime === null ? null : uptime >= 0.99 ? "good" : uptime >= 0.95 ? "fair" : "poor");
  const makeGroup = (name) => h("tbody", {}, h("tr", { class: "aknb-group", "data-key": "head" }, h("th", { scope: "rowgroup", colspan: 99 }, name)));
  const order = (a, b) => {
    const [x, y] = [a, b].map((row) => row.cells[sort.id][0]);
    if (x === null || y === null) return (x === null) - (y === null) || compare(a.key, b.key);
    return (sort.down ? -1 : 1) * compare(x, y) || compare(a.key, b.key);
  };

  const update = (next) => {
    view = { ...next, columns: next.columns.filter(({ id }) => id !== "gpu" || next.has_gpu) };
    const signature = view.columns.map(({ id }) => id).join();
    if (grid.dataset.columns !== signature) { // a GPU column has come or gone
      grid.dataset.columns = signature;
      grid.querySelectorAll("tbody").forEach((node) => node.remove());
    }
    const wanted = filter.value.trim().toLowerCase();
    const matches = (row) => !wanted || Object.values(row.cells).some(([, text]) => text.toLowerCase().includes(wanted));
    const rows = view.rows.filter(matches).sort(order);
    const chosen = (row) => (row.state === "open" || row.state === "active" ? 0 : 1);
    rows.sort((a, b) => chosen(a) - chosen(b)); // what is gone stays visible, below

    show(mock, view.mock);
    setText(title, view.title);
    setAttr(root, "aria-label", `${view.mock ? "MOCK " : ""}${view.title}`);
    error.update(view.error);
    keyed(heads, [{ id: "pick" }, ...view.columns], (c) => c.id, (c) => (c.id === "pick" ? h("th", { scope: "col", class: "aknb-pick" }, h("span", { class: "aknb-unseen" }, "Pick")) : makeHead(c)),
      (node, c) => { if (c.id !== "pick") setHead(node, c); });
    const groups = view.groups.filter(({ gseq }) => view.groups.length === 1 || view.rows.some((row) => row.gseq === gseq));
    const bodies = [...grid.tBodies];
    for (const body of bodies) if (!groups.some(({ gseq }) => gseq === Number(body.dataset.key))) body.remove();
    for (const { gseq, name } of groups) {
      let body = [...grid.tBodies].find((node) => node.dataset.key === String(gseq));
      if (!body) {
        body = makeGroup(name);
        body.dataset.key = gseq;
        grid.append(body);
      }
      const own = rows.filter((row) => row.gseq === gseq);
      keyed(body, [{ key: "head" }, ...own], (row) => row.key, makeRow, (node, row) => {
        if (row.key === "head") show(node, groups.length > 1);
        else setRow(node, row);
      });
    }
    show(wrap, view.rows.length > 0);
    show(filter, view.rows.length > 0);
    show(empty, view.rows.length === 0 || rows.length === 0);
    setText(empty, view.rows.length ? `None of ${view.rows.length} bids matches the filter.` : view.empty);
    setText(shown, rows.length < view.rows.length ? `${rows.length} of ${view.rows.length} shown` : "");
    setText(trouble, view.trouble);
    setText(note, view.note);
    live.say(view.rows.length ? view.title : view.empty);
  };
  const repick = () => update(view);
  model.on("change:selection", repick);
  return { update, dispose: () => { model.off("change:selection", repick); live.dispose(); } };
};

export default { render: mount(table) };
