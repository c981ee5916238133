// What views of one deployment have in common. The head says which one it is and how it stands; beside a view that has
// said so (`quiet`) it has its own name only.
const deploymentHead = (name, ...more) => {
  const mock = mockBadge();
  const title = h("h3");
  const stage = h("span", { class: "aknb-chip" });
  const node = h("header", { class: "aknb-head" }, mock, title, stage, ...more);
  const update = (view) => {
    show(mock, view.mock);
    setText(title, view.quiet ? name : view.title);
    setText(stage, view.stage);
    show(stage, Boolean(view.stage) && !view.quiet);
    setAttr(stage, "data-stage", view.stage);
  };
  return { node, update };
};

// A figure with its name, in a list of them.
const figure = () => h("div", {}, h("dt"), h("dd"));
const setFigure = (node, { label, value, hint }) => {
  setText(node.children[0], label);
  setText(node.children[1], value);
  setAttr(node, "title", hint);
};
