// Adds to tables what is of use in a large one: sorting, a filter, and bars behind times.
// The tables are complete without it. Sorting itself is the library's work. The address holds how
// each table is sorted and filtered, under sort.<table> and rows.<table>; choose.js leaves these.
(() => {
  "use strict";

  const SORTED = 5, FILTERED = 12; // rows; guide.css keeps the room by the same numbers

  // The figure that a cell begins with; a state such as "out of memory" is one without a number.
  const figure = (cell) => cell.querySelector(":scope > data, :scope > a:first-child > data");
  const number = (cell) => {
    const value = figure(cell)?.value;
    return /^-?[0-9.]+$/.test(value) ? Number(value) : null;
  };

  // An empty key stands last, whichever way a column is sorted.
  const key = (cell) => {
    if (figure(cell)) return number(cell) ?? "";
    return cell.matches(".num, .state") ? "" : cell.textContent.trim();
  };

  const name = (heading) => {
    const copy = heading.cloneNode(true);
    copy.querySelectorAll("small, sup").forEach((part) => part.remove());
    return copy.textContent.trim();
  };

  const asked = new URLSearchParams(location.search), kept = new Map();
  const write = () => {
    const now = new URLSearchParams(location.search);
    for (const [key, value] of kept) value ? now.set(key, value) : now.delete(key);
    const query = `${now}` && `?${now}`;
    history.replaceState(history.state, "", location.pathname + query + location.hash);
  };
  const keep = (key, value) => {
    kept.set(key, value);
    write();
  };
  addEventListener("popstate", write); // an earlier address of the page, with the tables as now

  const heard = document.createElement("p");
  heard.className = "heard";
  heard.setAttribute("role", "status");
  document.querySelector("article").append(heard);

  // A column rises at the first click, falls at the second, and stands as it was at the third.
  const sortable = (table, place) => {
    const headings = [...table.tHead.rows[0].cells], names = headings.map(name);
    const first = [...table.tBodies[0].rows];
    let next = 0;
    const buttons = headings.map((heading, i) => {
      const column = next; // of several columns under one heading, the first
      next += heading.colSpan;
      heading.dataset.sortCol = column;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.setAttribute("aria-label", `Sort by ${names[i]}`);
      button.addEventListener("click", () => {
        if (heading.ariaSort === "descending") {
          heading.ariaSort = null;
          table.tBodies[0].append(...first);
          keep(place, "");
          heard.textContent = "In the first order again";
          return;
        }
        for (const {cells} of table.tBodies[0].rows) {
          const cell = cells[column];
          cell.dataset.sort ??= key(cell);
        }
        // The library sorts at any click into a heading; here links in it stay links.
        table.classList.add("sortable", "asc", "n-last");
      });
      heading.append(button);
      return button;
    });
    table.addEventListener("sort-end", () => {
      table.classList.remove("sortable");
      const i = headings.findIndex((heading) => heading.ariaSort);
      const way = headings[i].ariaSort;
      keep(place, (way === "descending" ? "-" : "") + names[i]);
      heard.textContent = `Sorted by ${names[i]}, ${way}`;
    });
    const [, falls, column] = /^(-?)(.*)$/.exec(asked.get(place) ?? "");
    const i = names.indexOf(column);
    if (falls && i >= 0) headings[i].ariaSort = "ascending";
    buttons[i]?.click();
  };

  const filtered = (table, place) => {
    const label = document.createElement("label"), input = document.createElement("input");
    const said = document.createElement("span");
    input.type = "search";
    input.autocomplete = "off";
    said.setAttribute("role", "status");
    label.append("Rows with ", input);
    const bar = document.createElement("div");
    bar.className = "filter";
    bar.append(label, said);
    table.closest("figure").prepend(bar);
    const filter = () => {
      const words = input.value.toLowerCase().split(/\s+/);
      const rows = [...table.tBodies[0].rows];
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
      }
      const shown = rows.filter((row) => !row.hidden).length;
      said.textContent = shown < rows.length ? `${shown} of ${rows.length} rows` : "";
    };
    input.addEventListener("input", () => {
      filter();
      keep(place, input.value.trim());
    });
    input.value = asked.get(place) ?? "";
    if (input.value) filter();
  };

  // A bar as long as the time is, on a logarithmic scale of its own for each column.
  const heated = (table) => {
    const columns = [];
    for (const {cells} of table.tBodies[0].rows) {
      for (const cell of cells) {
        const value = cell.matches("td") && number(cell);
        if (value > 0) (columns[cell.cellIndex] ??= []).push([cell, Math.log(value)]);
      }
    }
    for (const cells of columns.filter((one) => one?.length > 1)) {
      const logs = cells.map(([, log]) => log);
      const least = Math.min(...logs), range = Math.max(...logs) - least;
      for (const [cell, log] of cells) {
        cell.style.setProperty("--heat", range ? ((log - least) / range).toFixed(2) : 0);
      }
    }
  };

  for (const table of document.querySelectorAll("figure.data > .scroll > table.data")) {
    const many = table.tBodies[0].rows.length;
    if (table.matches(".times *")) heated(table);
    const place = table.querySelector("[id^=title-]").id.slice(6); // the same in every build
    if (many >= SORTED) sortable(table, `sort.${place}`);
    // The form of a comparison filters its tables.
    if (many >= FILTERED && !table.matches(".compare *")) filtered(table, `rows.${place}`);
  }
})();
