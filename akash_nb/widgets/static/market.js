const market = ({ model, root, send, isWaiting }) => {
  let view = { filters: {}, sort: {}, rows: [] };
  let typing = null;
  let drawn = ""; // the charts that are in the page

  const press = (name, values = {}) => send({ press: name, with: values });
  const filter = (values) => press("filter", values);
  const check = (name, label) => {
    const box = h("input", { type: "checkbox", onchange: () => filter({ [name]: box.checked }) });
    return { box, node: h("label", { class: "aknb-check" }, box, label) };
  };
  const pick = (name, label) => {
    const node = h("select", { class: "aknb-field", "aria-label": label, onchange: () => filter({ [name]: node.value }) });
    return node;
  };
  const mock = mockBadge();
  const title = h("h3");
  const refresh = h("button", { type: "button", onclick: () => { if (!isWaiting() && refresh.getAttribute("aria-disabled") !== "true") press("refresh"); } }, "Refresh");
  const note = h("span", { class: "aknb-faint" });
  const models = pick("model", "GPU model");
  const places = pick("region", "Region");
  const audited = check("audited", "Audited only");
  const online = check("online", "Online only");
  const text = h("input", { type: "search", class: "aknb-field", placeholder: "Find a provider…", "aria-label": "Find a provider by any text",
    oninput: () => { clearTimeout(typing); typing = setTimeout(() => filter({ text: text.value }), 200); } });
  const clear = h("button", { type: "button", onclick: () => { text.value = ""; press("clear"); } }, "Clear filters");
  const error = errorArea(send);

  const section = (label, ...parts) => h("section", { "aria-label": label }, h("h4", {}, label), ...parts);
  const grid = (label, heads) => {
    const body = h("tbody");
    const row = h("tr", {}, ...heads.map(([text, kind]) => h("th", { scope: "col", "data-kind": kind }, text)));
    const table = h("table", {}, h("caption", { class: "aknb-unseen" }, label), h("thead", {}, row), body);
    return { body, row, node: h("div", { class: "aknb-scroll", tabindex: "0", role: "region", "aria-label": label }, table) };
  };
  const board = grid("Table of GPUs", [["GPU"], ["Memory"], ["Interface"], ["Median $/h", "number"], ["Cheapest to dearest"], ["Free", "number"], ["Providers with one free", "number"]]);
  const regions = grid("Table of regions", [["Region"], ["Online", "number"], ["vCPU free", "number"], ["GPUs free", "number"]]);
  const list = grid("Table of providers", []);
  const empty = h("p", { class: "aknb-empty" });
  const back = h("button", { type: "button", onclick: () => press("page", { n: view.page - 1 }) }, "‹ Before");
  const on = h("button", { type: "button", onclick: () => press("page", { n: view.page + 1 }) }, "Next ›");
  const where = h("span", { class: "aknb-faint" });
  const pages = h("div", { class: "aknb-pages" }, back, where, on);
  const detailTitle = h("h4");
  const detailRows = h("dl");
  const site = h("p");
  const shut = h("button", { type: "button", class: "aknb-quiet", "aria-label": "Close the detail", onclick: () => select("") }, "✕");
  const detail = h("aside", { class: "aknb-detail-card", "aria-label": "The selected provider", hidden: true }, h("header", {}, detailTitle, shut), detailRows, site);
  const charts = h("div", { class: "aknb-charts", onclick: (event) => chosen(event) });
  const live = announcer();
  root.classList.add("aknb-market");
  root.append(
    h("header", { class: "aknb-head" }, mock, title, h("span", { class: "aknb-space" }), note, refresh),
    h("div", { class: "aknb-filters", role: "group", "aria-label": "Filters" }, models, places, audited.node, online.node, text, clear),
    error.node,
    h("div", { class: "aknb-two" }, section("GPUs", board.node), section("Regions", regions.node)),
    section("Providers", h("div", { class: "aknb-side" }, h("div", {}, list.node, empty, pages), detail)),
    section("Charts", charts), live.node);

  const select = (address) => {
    model.set("selection", address);
    model.save_changes();
    update(view);
  };
  const cell = (kind) => h("td", { "data-kind": kind });
  const toggle = (name, value) => h("button", { type: "button", class: "aknb-link", onclick: () => filter({ [name]: view.filters[name] === value ? "" : value }) }, value);
  const makeKind = (kind) =>
    h("tr", {}, h("th", { scope: "row" }, toggle("model", kind.model)), cell(), cell(), cell("number"),
      h("td", {}, h("span", { class: "aknb-range", "aria-hidden": "true" }, h("i"), h("b")), h("span", { class: "aknb-faint" })), cell("number"), cell("number"));
  const setKind = (node, kind) => {
    setAttr(node.firstChild.firstChild, "aria-pressed", String(view.filters.model === kind.model));
    setText(node.children[1], kind.memory);
    setText(node.children[2], kind.interface);
    setText(node.children[3], kind.median);
    const [bar, words] = node.children[4].children;
    show(bar, kind.bar !== null);
    if (kind.bar) {
      const [low, middle, high] = kind.bar.map((part) => part * 100);
      Object.assign(bar.children[0].style, { left: `${low}%`, width: `${Math.max(2, high - low)}%` });
      bar.children[1].style.left = `${middle}%`;
    }
    setText(words, kind.range);
    setText(node.children[5], kind.free);
    setText(node.children[6], kind.providers);
  };
  const makeRegion = (region) => h("tr", {}, h("th", { scope: "row" }, toggle("region", region.key)), cell("number"), cell("number"), cell("number"));
  const setRegion = (node, region) => {
    setAttr(node.firstChild.firstChild, "aria-pressed", String(view.filters.region === region.key));
    setAttr(node, "title", region.name);
    setText(node.children[1], `${region.online} of ${region.providers}`);
    setText(node.children[2], region.vcpu_free);
    setText(node.children[3], region.gpus_free);
  };
  const makeHead = ({ id, label, kind }) => {
    const sort = () => press("sort", { column: id, down: view.sort.id === id ? !view.sort.down : kind === "number" });
    return h("th", { scope: "col", "data-kind": kind }, h("button", { type: "button", onclick: sort }, label, h("span", { "aria-hidden": "true" })));
  };
  const setHead = (node, { id }) => {
    sortHead(node, view.sort.id === id ? (view.sort.down ? "descending" : "ascending") : "");
  };
  const makeProvider = ({ key }) => {
    const name = h("button", { type: "button", class: "aknb-link", onclick: () => select(model.get("selection") === key ? "" : key) });
    return h("tr", {}, ...view.columns.map(({ id, kind }) =>
      id === "provider" ? h("th", { scope: "row", "data-column": id }, name, h("span", { class: "aknb-off" })) : h("td", { "data-kind": kind, "data-column": id })));
  };
  const setProvider = (node, row) => {
    const isSelected = model.get("selection") === row.key;
    setAttr(node, "data-picked", isSelected ? "true" : null);
    setAttr(node, "data-online", String(row.online));
    view.columns.forEach(({ id }, index) => {
      const box = node.children[index];
      if (id !== "provider") return void (setText(box, row.cells[id]), setAttr(box, "title", row.cells[id]));
      setText(box.firstChild, row.cells[id]);
      setAttr(box.firstChild, "aria-pressed", String(isSelected));
      setText(box.lastChild, row.online ? "" : "offline");
    });
  };
  const option = ([value]) => h("option", { value });
  const setOptions = (node, values, everything, chosen) => {
    keyed(node, [["", everything], ...values.map((value) => [value, value])], ([value]) => value, option, (item, [, label]) => setText(item, label));
    node.value = chosen;
  };
  // Pictures from Python, read as XML: no script in them would run.
  const chosen = ({ target }) => {
    const cell = target.closest("[data-row]");
    if (cell) filter({ region: cell.dataset.row, model: cell.dataset.column });
  };
  const draw = (pictures) => {
    if (pictures.join() === drawn) return;
    drawn = pictures.join();
    const parsed = pictures.map((picture) => new DOMParser().parseFromString(picture, "image/svg+xml").documentElement);
    charts.replaceChildren(...parsed.map((picture) => h("div", { class: "aknb-scroll", tabindex: "0", role: "region", "aria-label": "Chart" }, document.importNode(picture, true))));
  };

  const update = (next) => {
    view = next;
    show(mock, view.mock);
    setText(title, view.is_read ? view.title : "Market");
    setAttr(root, "aria-label", `${view.mock ? "MOCK " : ""}Market: ${view.title}`);
    setText(note, view.note);
    setText(refresh, view.is_reading ? "Reading …" : "Refresh");
    setAttr(refresh, "aria-disabled", view.is_reading ? "true" : null);
    error.update(view.error);
    setOptions(models, view.models, "All GPU models", view.filters.model);
    setOptions(places, view.all_regions, "All regions", view.filters.region);
    audited.box.checked = view.filters.audited;
    online.box.checked = view.filters.online;
    if (document.activeElement !== text) text.value = view.filters.text;
    setAttr(clear, "aria-disabled", Object.values(view.filters).some(Boolean) ? null : "true");

    keyed(board.body, view.board, (kind) => kind.key, makeKind, setKind);
    keyed(regions.body, view.regions, (region) => region.key, makeRegion, setRegion);
    keyed(list.row, view.columns, (column) => column.id, makeHead, setHead);
    keyed(list.body, view.rows, (row) => row.key, makeProvider, setProvider);
    for (const node of [board.node, regions.node]) show(node.parentElement, view.is_read);
    show(charts.parentElement, view.charts.length > 0);
    show(list.node, view.rows.length > 0);
    show(empty, view.rows.length === 0);
    setText(empty, view.empty);
    show(pages, view.pages > 1);
    setText(where, `page ${view.page + 1} of ${view.pages}, ${view.found} providers`);
    back.disabled = view.page === 0;
    on.disabled = view.page + 1 >= view.pages;

    show(detail, Boolean(view.detail));
    setText(detailTitle, view.detail?.title);
    keyed(detailRows, view.detail?.rows ?? [], (fact) => fact.label, () => h("div", {}, h("dt"), h("dd")), (node, fact) => {
      setText(node.firstChild, fact.label);
      setText(node.lastChild, fact.value);
    });
    const address = view.detail?.website ?? "";
    if (site.textContent !== address) site.replaceChildren(link(address));
    draw(view.charts);
    live.say(view.is_reading ? "Reading the market" : view.is_read ? view.title : view.empty);
  };
  const reselect = () => update(view);
  model.on("change:selection", reselect);
  return { update, dispose: () => { model.off("change:selection", reselect); clearTimeout(typing); live.dispose(); } };
};

export default { render: mount(market) };
