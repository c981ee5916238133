const form = ({ model, root, send }) => {
  const own = `aknb-${Math.random().toString(36).slice(2)}`;
  let view = { obstacle: "", services: [], presets: [], groups: [] };

  // Nothing is changed while the text cannot be read; what was typed stays.
  const press = (name, values) => { if (!view.obstacle) send({ press: name, with: values }); };

  const live = announcer();
  const mock = mockBadge();
  const services = h("select", { class: "aknb-field", "aria-label": "Service", onchange: () => press("service", { name: services.value }) });
  const presets = h("div", { class: "aknb-presets", role: "group", "aria-label": "Sizes" });
  const obstacle = h("p", { class: "aknb-obstacle", role: "status" });
  const said = h("p", { class: "aknb-faint aknb-said" });
  const error = errorArea(send);
  const groups = h("div", { class: "aknb-form-groups" });
  const lists = ["regions", "gpu-models"].map((name) => h("datalist", { id: `${own}-${name}` }));
  // Between other views, where they stand below each other, it is folded until somebody wants it.
  const narrow = matchMedia("(max-width: 900px)");
  let wanted = null;
  const isOpen = () => wanted ?? !(narrow.matches && root.closest(".aknb-page"));
  const setFold = () => {
    show(groups, isOpen());
    setAttr(fold, "aria-expanded", String(isOpen()));
    setText(fold, isOpen() ? "Hide" : "Show all");
  };
  const fold = h("button", { type: "button", class: "aknb-fold", "aria-controls": `${own}-groups`, onclick: () => { wanted = !isOpen(); setFold(); } });
  groups.id = `${own}-groups`;
  narrow.addEventListener("change", setFold);
  root.classList.add("aknb-form");
  setAttr(root, "aria-label", "SDL form");
  root.append(
    h("header", { class: "aknb-head" }, mock, h("h3", {}, "Form"), services, fold, h("span", { class: "aknb-space" }), presets),
    error.node, obstacle, groups, said, live.node, ...lists);

  // ---- one control

  // Keeps what is being typed; else shows what the text says.
  const sync = (input, value) => {
    const isTyped = input === document.activeElement && input.value !== input.dataset.shown;
    if (!isTyped && input.value !== value) input.value = value;
    input.dataset.shown = value;
  };
  const commit = (input, act, place) => {
    input.addEventListener("change", () => {
      input.dataset.shown = input.value;
      act(input.value);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      input.dataset.shown = input.value; // what comes back is shown
      press("reset", { place: place() });
    });
    return input;
  };
  const datalist = { regions: "regions", "gpu-models": "gpu-models" };
  const makeInput = (kind, { placeholder, list, least, most } = {}) => {
    if (kind === "select") return h("select", { class: "aknb-field" });
    const isNumber = kind === "number" || kind === "port";
    return h("input", {
      class: "aknb-field", type: isNumber ? "number" : "text", placeholder, min: kind === "port" ? 1 : least, max: kind === "port" ? 65535 : most, step: isNumber ? 1 : null,
      list: datalist[list ?? kind] ? `${own}-${datalist[list ?? kind]}` : null, autocomplete: "off", autocapitalize: "off", spellcheck: "false",
    });
  };
  const setOptions = (node, options) => keyed(node, options, ([value]) => value, ([value]) => h("option", { value }), (option, [, label]) => setText(option, label));
  const lock = (input, isLocked) => {
    if (input.tagName === "INPUT" && input.type !== "checkbox") {
      input.readOnly = isLocked;
      setAttr(input, "aria-disabled", isLocked ? "true" : null);
    } else if (input.disabled !== isLocked && input !== document.activeElement) input.disabled = isLocked;
  };

  // ---- fields

  const makeField = (field) => {
    const id = `${own}-${field.name}`;
    const input = commit(makeInput(field.kind, field), (value) => press("set", { name: field.name, value }), () => [field.name]);
    setAttr(input, "id", id);
    setAttr(input, "aria-describedby", `${id}-hint ${id}-error`);
    return h("div", { class: "aknb-form-field", "data-wide": field.wide ? "true" : null }, h("label", { for: id }, field.label), input,
      h("p", { class: "aknb-faint", id: `${id}-hint` }), h("p", { class: "aknb-form-error", id: `${id}-error` }));
  };
  const setField = (node, field) => {
    const [, input, hint, wrong] = node.children;
    sync(input, field.value);
    lock(input, Boolean(field.locked || view.obstacle));
    setAttr(input, "aria-invalid", field.error ? "true" : null);
    setText(hint, field.locked || field.hint);
    show(hint, Boolean(field.locked || field.hint));
    setText(wrong, field.error);
    show(wrong, Boolean(field.error));
  };

  // ---- lists

  const makeCell = (table, column, place, act) => {
    const label = `${column.label}`;
    if (column.kind === "check") {
      const box = h("input", { type: "checkbox", "aria-label": label, onchange: () => act(box.checked) });
      return h("span", { class: "aknb-cell", "data-part": column.part }, h("label", { class: "aknb-check" }, box, "everywhere"));
    }
    const input = commit(makeInput(column.kind, column), act, place);
    if (column.kind === "select") setOptions(input, column.options);
    setAttr(input, "aria-label", label);
    return h("span", { class: "aknb-cell", "data-part": column.part }, input);
  };
  const inputOf = (cell) => cell.querySelector("input, select");

  const makeRow = (table, { index }) => {
    const { name, columns } = table;
    let row = null;
    const cells = columns.map((column) =>
      makeCell(table, column, () => [name, index, column.part], (value) => press("cell", { name, index, part: column.part, was: row.was, value })));
    const reveal = h("button", { type: "button", class: "aknb-quiet", onclick: () => press("reveal", { name: row.was }) });
    const remove = h("button", { type: "button", class: "aknb-quiet", onclick: () => press("remove", { name, index, was: row.was }) }, "✕");
    const wrong = h("p", { class: "aknb-form-error", id: `${own}-${name}-${index}` });
    const node = h("li", {}, ...cells, reveal, remove, h("span", { class: "aknb-faint aknb-row-note" }), wrong);
    node.update = (next, isAllLocked) => {
      row = next;
      const isLocked = isAllLocked || next.locked;
      const errors = [];
      next.cells.forEach((cell, at) => {
        const input = inputOf(cells[at]);
        if (input.type === "checkbox") input.checked = cell.value;
        else {
          const { kind, options } = columns[at];
          if (kind === "select") setOptions(input, options.some(([value]) => value === cell.value) ? options : [...options, [cell.value, cell.value]]);
          sync(input, cell.value);
          if (input.tagName === "INPUT" && columns[at].kind === "text") {
            setAttr(input, "type", cell.secret === "hidden" ? "password" : "text");
            setAttr(input, "placeholder", cell.secret === "hidden" && cell.is_set ? "••••••" : columns[at].placeholder);
          }
        }
        setAttr(input, "aria-label", `${columns[at].label} of ${next.was || "this row"}`);
        setAttr(input, "aria-invalid", cell.error ? "true" : null);
        setAttr(input, "aria-describedby", cell.error ? wrong.id : null);
        lock(input, isLocked);
        if (cell.error) errors.push(cell.error);
      });
      const secret = next.cells.find((cell) => cell.secret)?.secret;
      show(reveal, Boolean(secret));
      setText(reveal, secret === "shown" ? "Hide" : "Show");
      setAttr(reveal, "aria-label", `${secret === "shown" ? "Hide" : "Show"} the value of ${next.was}`);
      setAttr(remove, "aria-label", `Remove ${next.was}`);
      show(remove, !isLocked);
      setAttr(node, "data-locked", next.locked ? "true" : null);
      setText(node.children[cells.length + 2], next.note);
      show(node.children[cells.length + 2], Boolean(next.note));
      setText(wrong, errors.join(" "));
      show(wrong, errors.length > 0);
    };
    return node;
  };

  const makeTable = (table) => {
    const { name, columns } = table;
    const heads = h("div", { class: "aknb-row-heads", "aria-hidden": "true" }, ...columns.map(({ part, label }) => h("span", { class: "aknb-cell", "data-part": part }, label)));
    const rows = h("ul", { "aria-label": table.title });
    const empty = h("p", { class: "aknb-faint" });
    const typed = () => Object.fromEntries(cells.map((cell, at) => [columns[at].part, inputOf(cell).type === "checkbox" ? inputOf(cell).checked : inputOf(cell).value]));
    const add = () => {
      if (view.obstacle) return;
      press("add", { name, values: typed() });
      for (const cell of cells) if (inputOf(cell).tagName === "INPUT") inputOf(cell).value = "";
      inputOf(cells[0]).focus();
    };
    const cells = columns.map((column) => {
      const cell = makeCell(table, column, () => [], () => {});
      const input = inputOf(cell);
      if (input.type === "checkbox") input.checked = true;
      setAttr(input, "aria-label", `${column.label} of a new one in ${table.title}`);
      input.addEventListener("keydown", (event) => { if (event.key === "Enter" && input.value) { event.preventDefault(); add(); } });
      return cell;
    });
    const wrong = h("p", { class: "aknb-form-error", id: `${own}-${name}-new` });
    const button = h("button", { type: "button", onclick: add, "aria-label": `Add to ${table.title}` }, "Add");
    const adder = h("div", { class: "aknb-adder" }, ...cells, button, wrong);
    const node = h("div", { class: "aknb-form-table", "data-table": name }, h("p", { class: "aknb-form-title" }, table.title), heads, rows, empty, adder);
    node.update = (next) => {
      const isLocked = Boolean(next.locked || view.obstacle);
      const hadFocus = rows.contains(document.activeElement);
      show(heads, columns.length > 1);
      keyed(rows, next.rows, (row) => row.index, (row) => makeRow(table, row), (item, row) => item.update(row, isLocked));
      if (hadFocus && !rows.contains(document.activeElement)) inputOf(cells[0]).focus();
      setText(empty, next.locked || next.empty);
      show(empty, Boolean(next.locked || next.empty));
      show(adder, !next.locked);
      cells.forEach((cell, at) => {
        const input = inputOf(cell);
        const draft = next.new.values[columns[at].part];
        if (draft && input.tagName === "INPUT" && input.type !== "checkbox" && !input.value) input.value = draft;
        setAttr(input, "aria-invalid", next.new.error ? "true" : null);
        setAttr(input, "aria-describedby", next.new.error ? wrong.id : null);
        lock(input, isLocked);
      });
      setText(wrong, next.new.error);
      show(wrong, Boolean(next.new.error));
    };
    return node;
  };

  // ---- all of it

  const makeGroup = (group) => h("fieldset", {}, h("legend", {}, group.title), h("div", { class: "aknb-form-fields" }), h("div", { class: "aknb-form-tables" }), h("p", { class: "aknb-faint" }));
  const setGroup = (node, group) => {
    const [, fields, tables, note] = node.children;
    keyed(fields, group.fields, (field) => field.name, makeField, setField);
    keyed(tables, group.tables, (table) => table.name, makeTable, (table, next) => table.update(next));
    show(fields, group.fields.length > 0);
    for (const table of tables.children) show(table.firstChild, table.firstChild.textContent !== group.title);
    setText(note, group.note);
    show(note, Boolean(group.note));
  };
  const makePreset = ({ name }) => h("button", { type: "button", onclick: () => press("preset", { name }) });
  const setPreset = (node, { label, title, active }) => {
    setText(node, label);
    setAttr(node, "title", title);
    setAttr(node, "aria-pressed", String(active));
    setAttr(node, "aria-disabled", view.obstacle ? "true" : null);
  };
  const update = (next) => {
    view = next;
    show(mock, view.mock);
    error.update(view.error);
    setText(obstacle, view.obstacle && view.groups.length ? `${view.obstacle.replace(/\.$/, "")}. The form waits until the text can be read.` : view.obstacle);
    show(obstacle, Boolean(view.obstacle));
    root.classList.toggle("aknb-waiting", Boolean(view.obstacle));
    setOptions(services, view.services.map((name) => [name, name]));
    services.value = view.service;
    show(services, view.services.length > 1);
    keyed(presets, view.presets, (preset) => preset.name, makePreset, setPreset);
    // another service's controls are others: what was typed there does not belong here
    keyed(groups, view.groups, (group) => `${view.service}/${group.title}`, makeGroup, setGroup);
    setFold();
    setText(said, view.said);
    show(said, Boolean(view.said));
    if (view.said) live.say(view.said);
  };
  const offer = () => {
    const { regions, "gpu-models": models } = model.get("catalogue");
    const gpus = models.flatMap(([name, detail]) => [[name, detail], ...(detail.match(/\b\d+Gi\b/g) ?? []).map((ram) => [`${name} ${ram}`, ""])]);
    [regions, gpus].forEach((values, at) => lists[at].replaceChildren(...values.map(([value, label]) => h("option", { value, label: label || null }))));
  };
  model.on("change:catalogue", offer);
  offer();
  requestAnimationFrame(setFold); // not in the page before
  return { update, dispose: () => { narrow.removeEventListener("change", setFold); model.off("change:catalogue", offer); live.dispose(); } };
};

export default { render: mount(form) };
