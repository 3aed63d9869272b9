/** Makes an element. Text only ever becomes text: nothing here reads markup. */
export function element(name, attributes = {}, ...content) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null) made.setAttribute(key, value);
  }

  made.append(...content.map(part => (part instanceof Node ? part : String(part))));
  return made;
}

export const byId = id => document.getElementById(id);

/** Rows of names and values; a value that is missing has no row. */
export function facts(rows) {
  const list = element("dl", { class: "facts" });
  for (const [name, value] of rows) {
    if (value !== undefined && value !== null && value !== "") list.append(element("div", {}, element("dt", {}, name), element("dd", {}, value)));
  }

  return list;
}
