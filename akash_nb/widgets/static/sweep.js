const sweep = ({ root, send, isWaiting }) => {
  const own = `aknb-${Math.random().toString(36).slice(2)}`;
  const mock = mockBadge();
  const title = h("h3");
  const button = (name, label) => {
    const why = h("span", { id: `${own}-${name}`, class: "aknb-unseen" });
    const press = () => {
      if (isWaiting() || node.getAttribute("aria-disabled") === "true") return;
      node.classList.add("aknb-pending");
      send({ press: name });
    };
    const node = h("button", { type: "button", "data-action": name, "aria-describedby": why.id, onclick: press }, label);
    return { name, node, why };
  };
  const buttons = [button("cancel", "Cancel"), button("go_on", "Go on")];
  const error = errorArea(send);
  const text = h("p", { id: `${own}-text` });
  const bar = h("progress", { max: "100", value: "0", "aria-label": "How far the sweep is", "aria-describedby": text.id });
  const figures = h("dl");
  const note = h("span");
  const live = announcer();
  root.classList.add("aknb-sweep");
  root.append(
    h("header", { class: "aknb-head" }, mock, title, h("span", { class: "aknb-space" }),
      ...buttons.flatMap(({ node, why }) => [node, why])),
    error.node, h("div", { class: "aknb-far" }, bar, text), figures,
    h("footer", { class: "aknb-foot" }, h("span", { class: "aknb-space" }), note), live.node,
  );

  const update = (view) => {
    show(mock, view.mock);
    setText(title, view.title);
    setAttr(root, "aria-label", `${view.mock ? "MOCK " : ""}${view.title}`);
    for (const { name, node, why } of buttons) {
      const reason = view.actions[name].why;
      setAttr(node, "aria-disabled", reason ? "true" : null);
      setAttr(node, "title", reason || null);
      setText(why, reason);
      node.classList.remove("aknb-pending");
    }
    error.update(view.error);
    setAttr(bar, "value", view.percent);
    setAttr(root, "data-state", view.stage);
    setText(text, view.text);
    keyed(figures, view.figures, (each) => each.label, () => h("div", {}, h("dt"), h("dd")), (node, { label, value, hint }) => {
      setText(node.firstChild, label);
      setText(node.lastChild, value);
      setAttr(node, "title", hint);
    });
    show(figures, view.figures.length > 0);
    setText(note, view.note);
    live.say(`${view.percent}%. ${view.text}`);
  };
  return { update, dispose: live.dispose };
};

export default { render: mount(sweep) };
